import { createHmac } from 'node:crypto'
import { isDeepStrictEqual } from 'node:util'
import type { Case, Stage } from '../case.ts'
import { type Exchange, fieldOf, jsonOf } from '../http/exchange.ts'
import type { Mailbox, ReceiverAnswer } from '../http/receiver.ts'
import { highestPrice } from '../prices.ts'
import { IMAGE_OPERATIONS } from '../requests.ts'
import { isTerminal, type Scene, type Submitted, statusOf } from '../scene.ts'
import { mailboxOf, type Story, type StoryName } from '../stories.ts'
import { show, type Trial } from '../trial.ts'
import { CannotJudge } from '../verdict.ts'
import { withoutQueries } from './hidden.ts'

const ALL: readonly StoryName[] = [...IMAGE_OPERATIONS, 'failing']
const ONE_IMAGE = highestPrice('generate', {})
const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS
const SIGNATURE = 'x-phota-signature'
/** "A few" retries, read generously. */
const MOST_ATTEMPTS = 20

/** A case that looks at what these jobs called back. */
function ofCallbacks(
  id: string,
  look: (trial: Trial, told: { story: Story; mailbox: Mailbox }, stage: Stage) => void | Promise<void>,
): Case {
  return {
    id,
    stories: ALL,
    async run(stage) {
      const problems: unknown[] = []
      for (const name of ALL) {
        try {
          const story = await stage.story(name)
          await look(stage.trial, { story, mailbox: mailboxOf(story, stage.session) }, stage)
        } catch (error) {
          problems.push(error)
        }
      }
      if (problems.length > 0) throw problems[0]
    },
  }
}

/** The first callback that came. @throws {CannotJudge} if none did: that is callback.delivered's to say */
function firstOf(mailbox: Mailbox): Exchange {
  const [first] = mailbox.arrivals
  if (!first) throw new CannotJudge('no callback came: see callback.delivered')
  return first
}

const delivered = ofCallbacks('callback.delivered', (trial, { story, mailbox }, { session }) => {
  const { operation, terminal } = story
  const waited = `${session.settings.callbackWaitMs / 1000} s (--callback-wait)`
  const what = `a POST to the callback_url of a job that ${String(statusOf(terminal))}, ${operation}`
  const [first] = mailbox.arrivals
  if (!trial.expect(terminal, first !== undefined, what, `nothing within ${waited}`) || !first) return
  trial.expect(first, first.method === 'POST', 'POST', first.method)
})

const notBefore = ofCallbacks('callback.not-before', (trial, { story, mailbox }) => {
  firstOf(mailbox)
  for (const { arrival, poll } of story.atArrival) {
    if (poll === null) continue
    const isOver = poll.status !== 200 || isTerminal(poll)
    trial.expect(
      arrival,
      isOver,
      'a job that has ended when its callback arrives',
      `a job that is ${show(statusOf(poll))} (exchange ${poll.id})`,
    )
  }
})

const payload = ofCallbacks('callback.payload', (trial, { story, mailbox }) => {
  const arrival = firstOf(mailbox)
  const last = mailbox.arrivals.at(-1) ?? arrival
  const wanted = withoutQueries(jsonOf(story.terminal))
  for (const each of new Set([arrival, last])) {
    const seen = withoutQueries(jsonOf(each))
    trial.expect(
      each,
      isDeepStrictEqual(seen, wanted),
      `the value that the poll answers: ${show(wanted)}`,
      show(seen ?? each.requestBody),
    )
  }
})

const signature = ofCallbacks('callback.signature', async (trial, { story, mailbox }) => {
  const secret = await story.caller.toldTo(trial.show).secret()
  firstOf(mailbox)
  for (const arrival of mailbox.arrivals) holdSignature(trial, arrival, secret)
})

function holdSignature(trial: Trial, arrival: Exchange, secret: string): boolean {
  const seen = arrival.requestHeaders[SIGNATURE]
  const wanted = sign(arrival.bytes, secret)
  return trial.expect(arrival, seen === wanted, `X-Phota-Signature: ${wanted}`, show(seen ?? 'no such header'))
}

function sign(bytes: Uint8Array, secret: string): string {
  return `sha256=${createHmac('sha256', secret).update(bytes).digest('hex')}`
}

/** For a receiver that is silent on purpose, so that nobody waits for it in earnest; then for a machine too busy to even see what came. */
const GRACES = ['100ms', '3s'] as const

/** Tries it with more patience, until as many attempts as that were seen. */
async function withSilence(
  { scene }: Stage,
  count: number,
  attempt: (place: Scene) => Promise<Mailbox>,
): Promise<Mailbox> {
  let mailbox: Mailbox | undefined
  for (const callbackGrace of GRACES) {
    const place = await scene({ callbackGrace })
    mailbox = await attempt(place)
    if (mailbox.arrivals.length >= count || place.world === null) break
  }
  return mailbox as Mailbox
}

interface Called extends Submitted {
  readonly mailbox: Mailbox
}

/** A job of its own that calls back to somebody who answers so. */
async function call({ trial, session }: Stage, place: Scene, answers: readonly ReceiverAnswer[]): Promise<Called> {
  const mailbox = session.receiver.open(answers, trial.show)
  const submitted = await place.submit(place.alice, 'generate', { callback_url: mailbox.url })
  return { ...submitted, mailbox }
}

/** Lets the job end, and all that may arrive arrive. @param count as many as are hoped for */
async function watch(
  stage: Stage,
  place: Scene,
  { jobId, mailbox }: Called,
  count: number,
): Promise<readonly Exchange[]> {
  const { callbackWaitMs } = stage.session.settings
  if (place.world !== null) {
    await place.world.clock.advance(HOUR_MS)
    return mailbox.arrivals
  }
  await place.finish(place.alice, jobId)
  await mailbox.wait(1, callbackWaitMs)
  return await mailbox.wait(count, callbackWaitMs)
}

const retry: Case = {
  id: 'callback.retry',
  cost: ONE_IMAGE,
  async run(stage) {
    const { trial, scene } = stage
    const place = await scene()
    const secret = await place.alice.secret()
    const failing = await call(stage, place, [500])
    const attempts = [...(await watch(stage, place, failing, 2))]
    firstOf(failing.mailbox)
    const waited =
      place.world === null
        ? `${stage.session.settings.callbackWaitMs / 1000} s (--callback-wait)`
        : 'an hour of its clock'
    trial.expect(attempts[0] ?? null, attempts.length >= 2, 'another attempt after a 500', `none within ${waited}`)
    holdAlike(trial, attempts, secret)
    if (place.world !== null) await place.pass(DAY_MS)
    const count = failing.mailbox.arrivals.length
    trial.expect(
      attempts.at(-1) ?? null,
      count <= MOST_ATTEMPTS,
      `a few attempts, ${MOST_ATTEMPTS} at most`,
      `${count}`,
    )
    if (place.world === null) return
    let silentSecret = ''
    const { arrivals } = await withSilence(stage, 2, async (silent) => {
      silentSecret = await silent.alice.secret()
      const called = await call(stage, silent, ['hang', 204])
      await watch(stage, silent, called, 2)
      return called.mailbox
    })
    const [first, second] = arrivals
    trial.expect(
      first ?? null,
      second !== undefined,
      'another attempt after a time-out',
      'none within an hour of its clock',
    )
    holdAlike(trial, arrivals, silentSecret)
  },
}

/** Retries are the first attempt again; other bytes under their own good signature are only another choice. */
function holdAlike(trial: Trial, attempts: readonly Exchange[], secret: string): void {
  const [first, ...others] = attempts
  if (!first) return
  for (const other of others) {
    const isSigned = other.requestHeaders[SIGNATURE] === first.requestHeaders[SIGNATURE]
    const isSame = Buffer.compare(first.bytes, other.bytes) === 0
    if ((isSame && isSigned) || !holdSignature(trial, other, secret)) continue
    const isOfSameMoment = fieldOf(jsonOf(first), 'status') === fieldOf(jsonOf(other), 'status')
    if (isOfSameMoment) trial.prefer(other, isSame, 'the same body as at the first attempt', other.requestBody ?? '')
  }
}

const stops: Case = {
  id: 'callback.stops',
  cost: 2 * ONE_IMAGE,
  async run(stage) {
    const { trial, scene, session } = stage
    const place = await scene()
    for (const answer of [200, 204]) {
      const called = await call(stage, place, [answer])
      // One more than there should be, so that it is waited for.
      await watch(stage, place, called, 2)
      if (place.world !== null) await called.mailbox.wait(2, Math.min(100, session.settings.callbackWaitMs))
      firstOf(called.mailbox)
      const [, second] = called.mailbox.arrivals
      trial.expect(
        second ?? called.exchange,
        second === undefined,
        `no second delivery after a ${answer}`,
        'another delivery',
      )
    }
  },
}

/** Nothing that a sender would take for an answer; who goes on asking is refused in the end, so as not to wait for each time-out. */
const SILENCE: readonly ReceiverAnswer[] = ['hang', 'hang', 'hang', 'hang', 'hang', 500]

const bestEffort: Case = {
  id: 'callback.best-effort',
  cost: ONE_IMAGE,
  async run(stage) {
    const mailbox = await withSilence(stage, 1, (place) => holdUnimpressed(stage, place))
    firstOf(mailbox)
  },
}

/** The job ends as it would, and stays so, though its receiver says nothing. */
async function holdUnimpressed(stage: Stage, place: Scene): Promise<Mailbox> {
  const { trial, session } = stage
  const { mailbox, jobId } = await call(stage, place, SILENCE)
  let first: Exchange
  if (place.world !== null) {
    // Just to the end of the work: the receiver is being waited for.
    await place.world.clock.advance('18s')
    first = await place.alice.poll(jobId)
    if (!isTerminal(first)) {
      const settled = (await place.finish(place.alice, jobId)).at(-1) as Exchange
      const took =
        Date.parse(String(fieldOf(jsonOf(settled), 'completed_at'))) -
        Date.parse(String(fieldOf(jsonOf(settled), 'created_at')))
      const isDue = took <= 18_000
      trial.expect(first, !isDue, 'the job to have ended, whether its receiver answers or not', show(jsonOf(first)))
      first = settled
    }
  } else {
    first = (await place.finish(place.alice, jobId)).at(-1) as Exchange
    await mailbox.wait(1, session.settings.callbackWaitMs)
  }
  trial.expect(first, statusOf(first) === 'succeeded', 'a job that succeeds', show(jsonOf(first)))
  await place.pass(place.world === null ? session.settings.callbackWaitMs : HOUR_MS)
  const later = await place.alice.poll(jobId)
  const isSame = statusOf(later) === statusOf(first)
  trial.expect(later, isSame, `the job to stay ${show(statusOf(first))}`, show(jsonOf(later)))
  return mailbox
}

const none: Case = {
  id: 'callback.none',
  cost: 2 * ONE_IMAGE,
  async run(stage) {
    const { trial, scene, session } = stage
    const place = await scene()
    const called = await call(stage, place, [204])
    const { exchange, jobId } = await place.submit(place.alice, 'generate')
    await watch(stage, place, called, 1)
    await place.finish(place.alice, jobId)
    // There is nothing to be waited for, so it is waited.
    const wait = place.world === null ? session.settings.callbackWaitMs : Math.min(100, session.settings.callbackWaitMs)
    await called.mailbox.wait(Number.POSITIVE_INFINITY, wait)
    const stray = called.mailbox.arrivals.find((arrival) => arrival.requestBody?.includes(jobId))
    trial.expect(
      stray ?? exchange,
      stray === undefined,
      'nobody to be called for a job without `callback_url`',
      'a callback for it',
    )
  },
}

const secretShape: Case = {
  id: 'secret.shape',
  async run({ trial, scene }) {
    const { alice } = await scene()
    const first = await alice.call('getWebhookSecret')
    const second = await alice.call('getWebhookSecret')
    for (const exchange of [first, second]) {
      if (!trial.status(exchange, 200, 'with the secret')) continue
      const secret = fieldOf(jsonOf(exchange), 'webhook_signing_secret')
      trial.expect(
        exchange,
        typeof secret === 'string' && secret !== '',
        '`webhook_signing_secret` to be a non-empty string',
        show(jsonOf(exchange)),
      )
    }
    trial.expect(
      second,
      isDeepStrictEqual(jsonOf(first), jsonOf(second)),
      'the same secret on each call',
      'another one',
    )
  },
}

const secretPerAccount: Case = {
  id: 'secret.per-account',
  async run({ trial, scene }) {
    const place = await scene()
    const mine = await place.alice.secret()
    const theirs = await place.other.secret()
    trial.expect(null, mine !== theirs, 'another secret for another account', 'the same secret')
  },
}

export const callback: readonly Case[] = [
  delivered,
  notBefore,
  payload,
  signature,
  retry,
  stops,
  bestEffort,
  none,
  secretShape,
  secretPerAccount,
]
