import { randomUUID } from 'node:crypto'
import type { JobOperation } from '../../spec/index.ts'
import type { Case, Stage } from '../case.ts'
import { type Exchange, fieldOf, jsonOf } from '../http/exchange.ts'
import type { Mailbox } from '../http/receiver.ts'
import { highestPrice, publishedFloor } from '../prices.ts'
import { IMAGE_OPERATIONS, type ImageBody } from '../requests.ts'
import { jobIdOf, type Scene } from '../scene.ts'
import { RETENTION_WITH_CLOCK_MS } from '../session.ts'
import { ACCOUNTS, CALLBACK, kindsOf, OUTCOMES, pointOf, type StoryPlan } from '../story-plan.ts'
import type { Caller } from '../target.ts'
import { seenStatus, show, type Trial } from '../trial.ts'
import { CannotJudge, NotTried } from '../verdict.ts'
import { eachStory } from './over-stories.ts'
import { OTHER_IDS } from './request-ids.ts'

const ONE_IMAGE = highestPrice('generate', {})
/** The two that `--depth quick` has to pay for: edit and remix of one output. */
const TWO_KINDS = highestPrice('edit', {}) + highestPrice('remix', {})
const ALL_ONCE = IMAGE_OPERATIONS.reduce((sum, operation) => sum + highestPrice(operation, {}), 0)

/** A replay is answered with the original job, and the same URL. That it is 202 is only a choice. */
function holdReplay(trial: Trial, replay: Exchange, original: Exchange, when = ''): boolean {
  const jobId = jobIdOf(original)
  const seen = fieldOf(jsonOf(replay), 'job_id')
  const expected = `the original \`job_id\` ${jobId}${when && ` ${when}`}`
  const told = replay.status < 300 ? show(seen) : seenStatus(replay)
  const check = { kind: 'job', of: original.id, isSame: true } as const
  const isKnown = replay.status < 300 && seen === jobId
  if (!trial.expect(replay, isKnown, expected, told, { check })) return false
  const [url, wanted] = [fieldOf(jsonOf(replay), 'poll_url'), fieldOf(jsonOf(original), 'poll_url')]
  // What is wrong with the first one's already, submit.poll-url says.
  const isSame = url === wanted || !String(wanted).endsWith(jobId)
  trial.expect(replay, isSame, `the original \`poll_url\` ${show(wanted)}${when && ` ${when}`}`, show(url))
  return trial.prefer(replay, replay.status === 202, '202 for a replay', seenStatus(replay))
}

/** The same submit again. What it is answered with is judged here alone: the status of a replay is a choice. */
function again(place: Scene, caller: Caller, operation: JobOperation, body: ImageBody): Promise<Exchange> {
  return place.ask(caller, operation, body, true)
}

/** Jobs that a rule makes by itself, in one place. */
function kindsFor({ session }: Stage, place: Scene): readonly StoryPlan[] {
  return kindsOf(session.stories.plans, place.world !== null)
}

function callerFor(place: Scene, { account }: StoryPlan): Caller {
  return account === 'first' ? place.alice : place.other
}

/** What to ask for; with somebody who receives its callback, if it has one. */
function bodyFor(
  { session, trial }: Stage,
  kind: StoryPlan,
  id: string | null,
): { body: ImageBody; mailbox: Mailbox | null } {
  const mailbox = kind.callback === 'with' ? session.receiver.open([204], trial.show) : null
  const body = {
    ...kind.body,
    ...(id !== null && { client_request_id: id }),
    ...(mailbox && { callback_url: mailbox.url }),
  }
  return { body, mailbox }
}

const sameJob: Case = {
  id: 'idem.same-job',
  over: {
    operation: IMAGE_OPERATIONS,
    account: ACCOUNTS,
    callback: CALLBACK,
    id: ['the same', ...OTHER_IDS.map(({ what }) => what)],
  },
  cost: (depth) => (depth === 'full' ? 2 * (ALL_ONCE + OTHER_IDS_IN_MONEY * ONE_IMAGE) : 2 * TWO_KINDS),
  async run(stage) {
    const { trial, scene, session } = stage
    const place = await scene()
    const made: { kind: StoryPlan; body: ImageBody; submit: Exchange }[] = []
    const isThrifty = place.world === null && session.settings.depth === 'quick'
    for (const kind of kindsFor(stage, place).slice(0, isThrifty ? 2 : undefined)) {
      const { body } = bodyFor(stage, kind, randomUUID())
      const caller = callerFor(place, kind)
      const { exchange: submit } = await place.submit(caller, kind.operation, body)
      made.push({ kind, body, submit })
      holdReplay(trial, await again(place, caller, kind.operation, body), submit, `on ${kind.name}`)
      trial.mark({ ...pointOf(kind), id: 'the same' })
    }
    if (place.world === null) {
      if (session.settings.depth === 'full') await holdOtherIds(stage, place, OTHER_IDS_IN_MONEY)
      return
    }
    // Others came in between.
    for (const { kind, body, submit } of made) {
      const replay = await again(place, callerFor(place, kind), kind.operation, body)
      holdReplay(trial, replay, submit, `on ${kind.name}, after others`)
    }
    await holdOtherIds(stage, place, OTHER_IDS.length)
    const [oldest] = made
    if (!oldest) return
    const { kind, body, submit } = oldest
    const replay = await again(place, callerFor(place, kind), kind.operation, body)
    holdReplay(trial, replay, submit, `on ${kind.name}, after many others`)
  },
}

/** In real money, the likeliest kinds of confusion only. */
const OTHER_IDS_IN_MONEY = 3

/** Tried on another operation too. */
const REMIXED: readonly string[] = OTHER_IDS.slice(0, 3).map(({ what }) => what)

/** Ids that are alike, and not the same, make two jobs. */
async function holdOtherIds({ trial }: Stage, place: Scene, count: number): Promise<void> {
  for (const { what, ids } of OTHER_IDS.slice(0, count)) {
    const isWanted = place.world !== null && REMIXED.includes(what)
    const operations = isWanted ? (['generate', 'remix'] as const) : (['generate'] as const)
    for (const operation of operations) {
      const [one, other] = ids()
      const first = await place.ask(place.alice, operation, { client_request_id: one })
      const second = await place.ask(place.alice, operation, { client_request_id: other }, true)
      // Whoever takes no such id confuses none.
      if ([first, second].some(({ status }) => status === 400 || status === 422)) {
        trial.prefer(second, false, `an id with ${what} to be taken`, seenStatus(second))
        trial.mark({ id: what })
        continue
      }
      const [a, b] = [jobIdOf(first), jobIdOf(second)]
      const check = { kind: 'job', of: first.id, isSame: false } as const
      const expected = `a job of ${operation} of its own for an id that differs in ${what}`
      trial.expect(second, a !== b, expected, `the job of ${show(one)} for ${show(other)}`, { check })
      trial.mark({ id: what })
    }
  }
}

const AT_ONCE = 6

const parallel: Case = {
  id: 'idem.parallel',
  over: { operation: IMAGE_OPERATIONS, account: ACCOUNTS, callback: CALLBACK },
  cost: (depth) => (depth === 'full' ? 4 * ALL_ONCE : 2 * ONE_IMAGE),
  async run(stage) {
    const { trial, scene, session } = stage
    const place = await scene()
    const isFree = place.world !== null
    const kinds = kindsFor(stage, place).filter(({ outputs, operation }) =>
      isFree ? outputs === '1' : session.settings.depth === 'full' || operation === 'edit',
    )
    // Several rounds, because a race is lost only now and then; alone one costs in real money.
    for (let round = 0; round < (isFree ? 2 : 1); round++) {
      for (const kind of kinds) {
        const { body } = bodyFor(stage, kind, randomUUID())
        const caller = callerFor(place, kind)
        const count = isFree ? AT_ONCE : session.settings.depth === 'full' ? 4 : 2
        const sent = Array.from({ length: count }, () => again(place, caller, kind.operation, body))
        const answers = await settledAnswers(sent)
        const refused = answers.find(({ status }) => status >= 300)
        if (refused) {
          const expected = `the one job for each of ${count} submits at once, on ${kind.name}`
          trial.expect(refused, false, expected, seenStatus(refused))
        }
        const ids = new Set(answers.filter(({ status }) => status < 300).map((answer) => jobIdOf(answer)))
        const expected = `one job for ${count} submits at once with one client_request_id, on ${kind.name}`
        trial.expect(answers[0] ?? null, ids.size <= 1, expected, `${ids.size} jobs: ${show([...ids])}`)
        trial.mark(pointOf(kind))
      }
    }
  },
}

/** @throws the first problem, once all are over */
async function settledAnswers(sent: readonly Promise<Exchange>[]): Promise<Exchange[]> {
  const settled = await Promise.allSettled(sent)
  for (const one of settled) if (one.status === 'rejected') throw one.reason
  return settled.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []))
}

const chargedOnce: Case = {
  id: 'idem.charged-once',
  over: {
    operation: IMAGE_OPERATIONS,
    account: ACCOUNTS,
    outcome: OUTCOMES,
    submits: ['one after another', 'at once'],
  },
  async run(stage) {
    const { trial, scene } = stage
    for (const outcome of OUTCOMES) {
      const place = await scene()
      if (outcome === 'failed') await place.levers.scenarios.add({ effect: { fail: 'GENERATION_FAILED' } })
      const kinds = kindsFor(stage, place).filter(({ outputs }) => outputs === '1')
      for (const kind of kinds) {
        const { body } = bodyFor(stage, { ...kind, callback: 'without' }, randomUUID())
        const caller = callerFor(place, kind)
        const what = `${kind.operation} × ${kind.outputs}, ${outcome}`
        const { jobId } = await place.submit(caller, kind.operation, body)
        const reserved = await place.balance(caller)
        const replay = await again(place, caller, kind.operation, body)
        trial.equal(replay, await place.balance(caller), reserved, `the balance after a replay of ${what}`)
        await place.levers.clock.settle()
        const settled = await place.balance(caller)
        const late = await again(place, caller, kind.operation, body)
        // If it made another job, that is idem.after-terminal's to say.
        if (fieldOf(jsonOf(late), 'job_id') !== jobId) continue
        await place.levers.clock.settle()
        trial.equal(late, await place.balance(caller), settled, `the balance after a replay of the ended ${what}`)
        trial.mark({ ...pointOf(kind), outcome, submits: 'one after another' })
      }
    }
    await holdParallelCharge(stage)
  },
}

async function holdParallelCharge(stage: Stage): Promise<void> {
  const { trial, scene } = stage
  const place = await scene()
  for (const operation of IMAGE_OPERATIONS) {
    const start = await place.balance()
    await place.submit(place.alice, operation)
    const one = await place.balance()
    const body = { client_request_id: randomUUID() }
    await settledAnswers(Array.from({ length: AT_ONCE }, () => again(place, place.alice, operation, body)))
    const all = await place.balance()
    const expected = `${AT_ONCE} submits of ${operation} at once with one id to reserve what one does`
    trial.equal(null, one.available - all.available, start.available - one.available, expected)
    trial.mark({ submits: 'at once' })
  }
}

const scoped: Case = {
  id: 'idem.scoped',
  over: { operation: IMAGE_OPERATIONS, state: ['pending', 'ended'] },
  cost: (depth) => (depth === 'full' ? 2 * ALL_ONCE : 2 * ONE_IMAGE),
  async run(stage) {
    const { trial, scene, session } = stage
    const place = await scene()
    const isThrifty = place.world === null && session.settings.depth === 'quick'
    const made: { operation: JobOperation; jobId: string; id: ImageBody }[] = []
    for (const operation of isThrifty ? (['generate'] as const) : IMAGE_OPERATIONS) {
      const id = { client_request_id: randomUUID() }
      const { jobId } = await place.submit(place.alice, operation, id)
      made.push({ operation, jobId, id })
      await holdOwn(trial, place, { operation, jobId, id })
      trial.mark({ operation, state: 'pending' })
    }
    if (place.world === null) {
      trial.leave({ state: 'ended' }, 'it takes a control API')
      return
    }
    // Ended, and then expired: another account's ids stay its own.
    const later = made.map(({ operation }) => ({ operation, id: { client_request_id: randomUUID() } }))
    const ended: typeof made = []
    for (const { operation, id } of later) {
      ended.push({ operation, id, jobId: (await place.submit(place.alice, operation, id)).jobId })
    }
    await place.world.clock.settle()
    for (const one of ended.slice(0, 2)) await holdOwn(trial, place, one)
    await place.pass(RETENTION_WITH_CLOCK_MS + 10_000)
    for (const one of ended.slice(2)) await holdOwn(trial, place, one)
    trial.mark({ state: 'ended' })
  },
}

async function holdOwn(
  trial: Trial,
  place: Scene,
  { operation, jobId, id }: { operation: JobOperation; jobId: string; id: ImageBody },
): Promise<void> {
  const theirs = await place.ask(place.other, operation, id)
  const seen = fieldOf(jsonOf(theirs), 'job_id')
  const isOwn = theirs.status < 300 && typeof seen === 'string' && seen !== jobId
  const told = theirs.status < 300 ? show(seen) : seenStatus(theirs)
  if (!trial.expect(theirs, isOwn, `another job of ${operation} for another account`, told) || !isOwn) return
  trial.status(await place.other.poll(seen), 200, 'for its own job')
}

const absent: Case = {
  id: 'idem.absent',
  over: { operation: IMAGE_OPERATIONS, account: ACCOUNTS, callback: CALLBACK },
  cost: (depth) => (depth === 'full' ? 2 * ALL_ONCE : 2 * ONE_IMAGE),
  async run(stage) {
    const { trial, scene, session } = stage
    const place = await scene()
    const isThrifty = place.world === null && session.settings.depth === 'quick'
    for (const kind of kindsFor(stage, place)) {
      if (isThrifty && kind.operation !== 'edit') continue
      const { body } = bodyFor(stage, kind, null)
      const caller = callerFor(place, kind)
      const first = await place.submit(caller, kind.operation, body)
      const second = await place.submit(caller, kind.operation, body)
      const check = { kind: 'job', of: first.exchange.id, isSame: false } as const
      const expected = `a job for each of two equal submits, on ${kind.name}`
      trial.expect(second.exchange, second.jobId !== first.jobId, expected, first.jobId, { check })
      trial.mark(pointOf(kind))
    }
  },
}

const afterTerminal: Case = {
  id: 'idem.after-terminal',
  over: { operation: IMAGE_OPERATIONS, account: ACCOUNTS, outcome: OUTCOMES, callback: CALLBACK },
  looksAt: ({ replays }) => replays > 0,
  async run(stage) {
    const { trial, session } = stage
    await eachStory(
      stage,
      ({ replays }) => replays > 0,
      ({ replays, submit, plan, scene }) => {
        const last = replays.at(-1)
        if (!last) throw new CannotJudge('it was not submitted again')
        // Once its retention is over, the id is free for another job.
        const isOver = scene.world === null && last.at + last.durationMs >= submit.at + session.retentionMs
        if (isOver) throw new NotTried('its retention was over before it could be submitted again')
        holdReplay(trial, last, submit, `of the ${plan.outcome} job, on ${plan.name}`)
      },
    )
  },
}

const brokeReplay: Case = {
  id: 'idem.broke-replay',
  over: { operation: IMAGE_OPERATIONS },
  async run({ trial, scene }) {
    for (const operation of IMAGE_OPERATIONS) {
      const place = await scene()
      const broke = place.broke as Caller
      const id = { client_request_id: randomUUID() }
      const floor = await floorOf(place, operation)
      // Enough for one, and for no second.
      await place.deposit(broke, (floor * 1.5 * 1e-6).toFixed(6))
      const { exchange } = await place.submit(broke, operation, id)
      const replay = await again(place, broke, operation, id)
      holdReplay(trial, replay, exchange, `of ${operation}, when there is no money for another`)
      trial.mark({ operation })
    }
  },
}

/** What a submit reserves there: published, or seen. Micro-dollars. */
async function floorOf(place: Scene, operation: JobOperation): Promise<number> {
  const published = publishedFloor(operation, 1)
  if (published !== null) return published
  const before = await place.balance()
  await place.submit(place.alice, operation)
  const { available } = await place.balance()
  if (available >= before.available) throw new CannotJudge('a submit reserves nothing: see bill.reserve')
  return before.available - available
}

const retryAfter402: Case = {
  id: 'idem.retry-after-402',
  over: { operation: IMAGE_OPERATIONS },
  async run({ trial, scene }) {
    for (const operation of IMAGE_OPERATIONS) {
      const place = await scene()
      const broke = place.broke as Caller
      const id = { client_request_id: randomUUID() }
      const refused = await place.ask(broke, operation, id)
      trial.expect(refused, refused.status >= 400, `402 without money, on ${operation}`, seenStatus(refused))
      await place.deposit(broke, '100')
      const accepted = await place.ask(broke, operation, id)
      const jobId = fieldOf(jsonOf(accepted), 'job_id')
      const isMade = accepted.status < 300 && typeof jobId === 'string'
      trial.mark({ operation })
      const expected = `a job of ${operation}, once the balance allows`
      if (!trial.expect(accepted, isMade, expected, seenStatus(accepted)) || !isMade) continue
      trial.status(await broke.poll(jobId), 200, 'for the job')
    }
  },
}

const otherBody: Case = {
  id: 'idem.other-body',
  cost: (depth) => (depth === 'full' ? 2 * ONE_IMAGE : 0),
  async run({ trial, scene, session }) {
    const place = await scene()
    if (place.world === null && session.settings.depth === 'quick') throw new NotTried('left out by --depth quick')
    const id = { client_request_id: randomUUID() }
    const { exchange } = await place.submit(place.alice, 'generate', id)
    const other = await again(place, place.alice, 'generate', { ...id, prompt: 'something else' })
    holdReplay(trial, other, exchange, 'whatever the body')
  },
}

const afterExpiry: Case = {
  id: 'idem.after-expiry',
  async run({ trial, scene }) {
    const place = await scene()
    const id = { client_request_id: randomUUID() }
    const { jobId } = await place.submit(place.alice, 'generate', id)
    await place.finish(place.alice, jobId)
    await place.pass(RETENTION_WITH_CLOCK_MS + 3_600_000)
    const anew = await again(place, place.alice, 'generate', id)
    const seen = fieldOf(jsonOf(anew), 'job_id')
    const isNew = anew.status < 300 && typeof seen === 'string' && seen !== jobId
    const told = anew.status < 300 ? show(seen) : seenStatus(anew)
    trial.expect(anew, isNew, 'a new job, once the first one is expired', told)
  },
}

export const idempotency: readonly Case[] = [
  sameJob,
  parallel,
  chargedOnce,
  scoped,
  absent,
  afterTerminal,
  brokeReplay,
  retryAfter402,
  otherBody,
  afterExpiry,
]
