import { randomUUID } from 'node:crypto'
import type { JobOperation } from '../../spec/index.ts'
import type { Case, Stage } from '../case.ts'
import { type Exchange, fieldOf, jsonOf } from '../http/exchange.ts'
import { highestPrice } from '../prices.ts'
import { IMAGE_OPERATIONS, type ImageBody } from '../requests.ts'
import { jobIdOf, type Scene } from '../scene.ts'
import { RETENTION_WITH_CLOCK_MS } from '../session.ts'
import { ACCOUNTS, CALLBACK, OUTCOMES, pointOf, type StoryPlan } from '../story-plan.ts'
import { seenStatus, show, type Trial } from '../trial.ts'
import { CannotJudge, NotTried } from '../verdict.ts'
import { brokeReplay, chargedOnce, retryAfter402 } from './idempotency-money.ts'
import { eachStory } from './over-stories.ts'
import { AT_ONCE, again, bodyFor, callerFor, holdReplay, kindsFor, settledAnswers } from './replays.ts'
import { OTHER_IDS } from './request-ids.ts'

const ONE_IMAGE = highestPrice('generate', {})

/** The two that `--depth quick` has to pay for: edit and remix of one output. */
const TWO_KINDS = highestPrice('edit', {}) + highestPrice('remix', {})

const ALL_ONCE = IMAGE_OPERATIONS.reduce((sum, operation) => sum + highestPrice(operation, {}), 0)

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
      // An id that is refused cannot be confused with another.
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
