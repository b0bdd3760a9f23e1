import { isDeepStrictEqual } from 'node:util'
import type { Case, Stage } from '../case.ts'
import { type Exchange, fieldOf, jsonOf } from '../http/exchange.ts'
import type { Mailbox } from '../http/receiver.ts'
import { IMAGE_OPERATIONS, imageBody } from '../requests.ts'
import { isTerminal, statusOf } from '../scene.ts'
import { mailboxOf, ownArrivals } from '../stories.ts'
import { ACCOUNTS, OUTCOMES, OUTPUTS, type StoryPlan } from '../story-plan.ts'
import { show } from '../trial.ts'
import { CannotJudge } from '../verdict.ts'
import { callbackAttempts } from './callback-attempts.ts'
import { withoutQueries } from './hidden.ts'
import { eachStory, ofStories } from './over-stories.ts'
import { holdSignature } from './signature.ts'

const OVER = { operation: IMAGE_OPERATIONS, account: ACCOUNTS, outcome: OUTCOMES } as const
const callsBack = ({ callback }: StoryPlan): boolean => callback === 'with'

/** The first callback. @throws {CannotJudge} if none came, which callback.delivered reports */
export function firstOf(mailbox: Mailbox): Exchange {
  const [first] = mailbox.arrivals
  if (!first) throw new CannotJudge('no callback came: see callback.delivered')
  return first
}

const delivered: Case = {
  id: 'callback.delivered',
  over: OVER,
  looksAt: callsBack,
  async run(stage) {
    const { trial, session } = stage
    const silent: string[] = []
    await eachStory(stage, callsBack, (story) => {
      const { plan, terminal, scene } = story
      const [first] = mailboxOf(story).arrivals
      const what = `a POST to the callback_url of a job that ${String(statusOf(terminal))}, ${plan.name}`
      if (first) {
        trial.expect(first, first.method === 'POST', `POST, for ${plan.name}`, first.method)
        const isThere = first.url === story.body['callback_url']
        trial.expect(first, isThere, `the whole of ${String(story.body['callback_url'])} to be called`, first.url)
      }
      // How long it takes is open: only a clock shows that none will come.
      else if (scene.world !== null) trial.expect(terminal, false, what, 'nothing within an hour of its clock')
      else silent.push(plan.name)
    })
    if (silent.length === 0) return
    const waited = `${session.settings.callbackWaitMs / 1000} s (--callback-wait)`
    throw new CannotJudge(
      `no callback came within ${waited} of its job’s end, and it may still be on its way: ${silent.join('; ')}`,
    )
  },
}

const notBefore = ofStories({
  id: 'callback.not-before',
  over: OVER,
  where: callsBack,
  look: (trial, story) => {
    firstOf(mailboxOf(story))
    for (const { arrival, poll } of story.atArrival) {
      if (poll === null) continue
      const isOver = poll.status !== 200 || isTerminal(poll)
      const seen = `a job that is ${show(statusOf(poll))} (exchange ${poll.id})`
      trial.expect(arrival, isOver, 'a job that has ended when its callback arrives', seen)
    }
  },
})

const payload = ofStories({
  id: 'callback.payload',
  over: { ...OVER, outputs: OUTPUTS },
  where: callsBack,
  look: (trial, story) => {
    const mailbox = mailboxOf(story)
    const arrival = firstOf(mailbox)
    const last = ownArrivals(story).at(-1) ?? arrival
    const wanted = withoutQueries(jsonOf(story.terminal))
    for (const each of new Set([arrival, last])) {
      const seen = withoutQueries(jsonOf(each))
      const isSame = isDeepStrictEqual(seen, wanted)
      trial.expect(each, isSame, `the value that the poll answers: ${show(wanted)}`, show(seen ?? each.requestBody))
    }
  },
})

const signature = ofStories({
  id: 'callback.signature',
  over: { ...OVER, outputs: OUTPUTS },
  where: callsBack,
  look: async (trial, story) => {
    const secret = await story.caller.toldTo(trial.show).secret()
    const mailbox = mailboxOf(story)
    firstOf(mailbox)
    for (const arrival of mailbox.arrivals) holdSignature(trial, arrival, secret)
  },
})

const callsNobody = ({ callback }: StoryPlan): boolean => callback === 'without'

const none: Case = {
  id: 'callback.none',
  over: { operation: IMAGE_OPERATIONS, account: ACCOUNTS },
  looksAt: callsNobody,
  async run(stage) {
    if (stage.session.controlUrl === null) await noneByWall(stage)
    else await noneByClock(stage)
  },
}

/** After a job that has one, in the same World: nobody may call where that one did. */
async function noneByClock({ trial, session, scene }: Stage): Promise<void> {
  const place = await scene()
  for (const [account, caller] of [
    ['first', place.alice],
    ['second', place.other],
  ] as const) {
    for (const operation of IMAGE_OPERATIONS) {
      const mailbox = session.receiver.open([204], trial.show)
      await place.submit(caller, operation, { callback_url: mailbox.url })
      const { exchange, jobId } = await place.submit(caller, operation)
      await place.synchronous(caller, operation, imageBody(operation, { response_mode: 'urls' }))
      await place.levers.clock.settle()
      const [first, ...others] = mailbox.arrivals
      const idOf = (arrival: Exchange | undefined): unknown => arrival && fieldOf(jsonOf(arrival), 'job_id')
      // One that is sent twice is callback.stops' to say.
      const stray =
        others.find((arrival) => idOf(arrival) !== idOf(first)) ??
        mailbox.arrivals.find(({ requestBody }) => requestBody?.includes(jobId))
      const expected = `nobody to be called for work of ${operation} without \`callback_url\``
      trial.expect(stray ?? exchange, stray === undefined, expected, 'a callback for it')
      trial.mark({ operation, account })
    }
  }
}

/** Without a clock, that no callback comes is seen only by waiting. */
async function noneByWall(stage: Stage): Promise<void> {
  const { trial, session } = stage
  await session.quiet(callsNobody, trial)
  const arrivals = session.target.wire.exchanges.filter(({ direction }) => direction === 'received')
  await eachStory(stage, callsNobody, ({ jobId, submit, plan }) => {
    const stray = arrivals.find(({ requestBody }) => requestBody?.includes(jobId))
    const expected = `nobody to be called for a job without \`callback_url\`, ${plan.name}`
    trial.expect(stray ?? submit, stray === undefined, expected, 'a callback for it')
  })
}

const secretShape: Case = {
  id: 'secret.shape',
  over: { account: ACCOUNTS },
  async run({ trial, scene, session }) {
    const place = await scene()
    const { alice, bob, world } = place
    for (const [account, caller] of [
      ['first', alice],
      ['second', bob],
    ] as const) {
      if (caller === null) continue
      const first = await caller.call('getWebhookSecret')
      const second = await caller.call('getWebhookSecret')
      trial.mark({ account })
      for (const exchange of [first, second]) {
        if (!trial.status(exchange, 200, 'with the secret')) continue
        const secret = fieldOf(jsonOf(exchange), 'webhook_signing_secret')
        const isText = typeof secret === 'string' && secret !== ''
        trial.expect(exchange, isText, '`webhook_signing_secret` to be a non-empty string', show(jsonOf(exchange)))
      }
      const isSame = isDeepStrictEqual(secretOf(first), secretOf(second))
      trial.expect(second, isSame, 'the same secret on each call', 'another one')
      if (world === null || !session.hasReceiver) continue
      const mailbox = session.receiver.open([204], trial.show)
      await place.submit(caller, 'generate', { callback_url: mailbox.url })
      await world.clock.settle()
      const third = await caller.call('getWebhookSecret')
      const isKept = isDeepStrictEqual(secretOf(first), secretOf(third))
      trial.expect(third, isKept, 'the same secret after a callback', 'another one')
    }
  },
}

function secretOf(exchange: Exchange): unknown {
  return fieldOf(jsonOf(exchange), 'webhook_signing_secret')
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
  ...callbackAttempts,
  none,
  secretShape,
  secretPerAccount,
]
