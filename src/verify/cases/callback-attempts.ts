import type { JobOperation } from '../../spec/index.ts'
import type { Case, Stage } from '../case.ts'
import { type Exchange, fieldOf, jsonOf } from '../http/exchange.ts'
import type { Mailbox, ReceiverAnswer } from '../http/receiver.ts'
import { highestPrice } from '../prices.ts'
import { IMAGE_OPERATIONS } from '../requests.ts'
import { isTerminal, type Scene, type Submitted, statusOf } from '../scene.ts'
import { ownArrivals } from '../stories.ts'
import { ACCOUNTS, OUTCOMES, type StoryPlan } from '../story-plan.ts'
import { type Point, show, type Trial } from '../trial.ts'
import { CannotJudge } from '../verdict.ts'
import { eachStory } from './over-stories.ts'
import { holdSignature, SIGNATURE } from './signature.ts'

const ONE_IMAGE = highestPrice('generate', {})
const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS
/** The most attempts that still count as "a few" retries. */
const MOST_ATTEMPTS = 20

/**
 * The callback grace while a receiver is silent on purpose: short, so that the run does not wait. If the machine is too
 * busy to see the attempts in that time, they are tried again with the longer one.
 */
const GRACES = ['100ms', '3s'] as const

/** One job, and how its receiver answers. */
interface Try {
  readonly answers: readonly ReceiverAnswer[]
  readonly operation: JobOperation
  readonly account: (typeof ACCOUNTS)[number]
  readonly outcome: (typeof OUTCOMES)[number]
  /** Its value in the rule's own dimension. */
  readonly point: Point
}

const callsBack = ({ callback }: StoryPlan): boolean => callback === 'with'

interface Called extends Submitted {
  readonly attempt: Try
  readonly mailbox: Mailbox
}

/** One try for each answer; operations, accounts and outcomes take turns. For runs with a clock. */
function tries(dimension: string, answers: readonly (readonly [string, readonly ReceiverAnswer[]])[]): Try[] {
  return answers.map(([name, given], nth) => ({
    answers: given,
    operation: IMAGE_OPERATIONS[nth % IMAGE_OPERATIONS.length] ?? 'generate',
    account: ACCOUNTS[nth % ACCOUNTS.length] ?? 'first',
    outcome: OUTCOMES[Math.floor(nth / 2) % OUTCOMES.length] ?? 'succeeded',
    point: { [dimension]: name },
  }))
}

/** Without a control API, all are successful jobs of generate, and of the first account. */
function plain({ answers, point }: Try): Try {
  return { answers, operation: 'generate', account: 'first', outcome: 'succeeded', point }
}

/** Submits a job for each try, all of them before any is waited for. */
async function callAll({ trial, session }: Stage, place: Scene, all: readonly Try[]): Promise<Called[]> {
  await place.world?.scenarios.add({ match: { prompt: 'doomed' }, effect: { fail: 'GENERATION_FAILED' } })
  const called: Called[] = []
  for (const attempt of place.world === null ? all.map(plain) : all) {
    const mailbox = session.receiver.open(attempt.answers, trial.show)
    const caller = attempt.account === 'first' ? place.alice : place.other
    const prompt = attempt.outcome === 'failed' ? 'doomed' : 'a lighthouse'
    const submitted = await place.submit(caller, attempt.operation, { prompt, callback_url: `${mailbox.url}?job=1` })
    called.push({ ...submitted, attempt, mailbox })
  }
  return called
}

function pointOf({ operation, account, outcome, point }: Try): Point {
  return { operation, account, outcome, ...point }
}

function nameOf({ operation, account, outcome, point }: Try): string {
  return `${Object.values(point).join(', ')}; ${operation}, ${account} account, ${outcome}`
}

/** Tries with a growing callback grace, until each receiver has seen that many attempts. */
async function withSilence(
  { scene }: Stage,
  count: number,
  attempt: (place: Scene) => Promise<readonly Called[]>,
): Promise<readonly Called[]> {
  let called: readonly Called[] = []
  for (const callbackGrace of GRACES) {
    const place = await scene({ callbackGrace })
    called = await attempt(place)
    if (place.world === null || called.every(({ mailbox }) => mailbox.count >= count)) break
  }
  return called
}

const RETRIED = tries('answer', [
  ['500', [500]],
  ['502', [502]],
  ['503', [503]],
  ['504', [504]],
])
const SILENT = IMAGE_OPERATIONS.map(
  (operation, nth): Try => ({
    answers: ['hang', 204],
    operation,
    account: ACCOUNTS[nth % ACCOUNTS.length] ?? 'first',
    outcome: OUTCOMES[Math.floor(nth / 2) % OUTCOMES.length] ?? 'succeeded',
    point: { answer: 'silence' },
  }),
)
const OTHER_REFUSALS = tries('', [
  ['404', [404]],
  ['429', [429]],
  ['302', [302]],
])

const retry: Case = {
  id: 'callback.retry',
  over: {
    answer: ['500', '502', '503', '504', 'silence'],
    operation: IMAGE_OPERATIONS,
    account: ACCOUNTS,
    outcome: OUTCOMES,
    end: ['seen'],
  },
  cost: (depth) => (depth === 'full' ? 3 : 1) * ONE_IMAGE,
  async run(stage) {
    const { session, scene } = stage
    if (session.controlUrl === null) await retryByWall(stage)
    else await retryByClock(stage, await scene())
  },
}

async function retryByClock(stage: Stage, place: Scene): Promise<void> {
  const { trial } = stage
  const called = await callAll(stage, place, [...RETRIED, ...OTHER_REFUSALS])
  await place.pass(HOUR_MS)
  const first = new Map(called.map(({ mailbox }) => [mailbox, mailbox.count]))
  await place.pass(DAY_MS)
  if (called.every(({ mailbox }) => mailbox.count === 0))
    throw new CannotJudge('no callback came: see callback.delivered')
  for (const { attempt, mailbox } of called) {
    const name = nameOf(attempt)
    const isPromised = RETRIED.includes(attempt)
    const source = isPromised ? {} : ({ source: 'choice' } as const)
    // If no callback comes at all, callback.delivered reports it.
    if (mailbox.count === 0) continue
    const isTried = (first.get(mailbox) ?? 0) >= 2
    trial.expect(
      mailbox.arrivals[0] ?? null,
      isTried,
      `another attempt after ${name}`,
      'none within an hour of its clock',
      source,
    )
    holdAlike(trial, mailbox.arrivals, await secretOf(place, attempt))
    const isBounded = mailbox.count <= MOST_ATTEMPTS
    trial.expect(
      mailbox.arrivals.at(-1) ?? null,
      isBounded,
      `a few attempts, ${MOST_ATTEMPTS} at most, after ${name}`,
      `${mailbox.count}`,
    )
    if (isPromised) trial.mark({ ...pointOf(attempt), end: 'seen' })
  }
  let silentPlace = place
  const silent = await withSilence(stage, 2, async (calm) => {
    silentPlace = calm
    const waiting = await callAll(stage, calm, SILENT)
    await calm.pass(HOUR_MS)
    return waiting
  })
  for (const { attempt, mailbox } of silent) {
    const expected = `another attempt after ${nameOf(attempt)}`
    const [one, two] = mailbox.arrivals
    if (!one) continue
    trial.expect(one, two !== undefined, expected, 'none within an hour of its clock')
    holdAlike(trial, mailbox.arrivals, await secretOf(silentPlace, attempt))
    trial.mark(pointOf(attempt))
  }
}

function secretOf(place: Scene, { account }: Try): Promise<string> {
  return (account === 'first' ? place.alice : place.other).secret()
}

/** An attempt that does not come in time is not a failure, because the time between attempts is left open. */
async function retryByWall(stage: Stage): Promise<void> {
  const { trial, scene, session } = stage
  const place = await scene()
  const secret = await place.alice.secret()
  const wanted = session.settings.depth === 'full' ? ['500', '503'] : ['500']
  const silent = session.settings.depth === 'full' ? SILENT.slice(0, 1) : []
  const chosen = [...RETRIED.filter(({ point }) => wanted.includes(point['answer'] ?? '')), ...silent]
  const called = await callAll(stage, place, chosen)
  const reasons: string[] = []
  await Promise.all(
    called.map(async (one) => {
      const { mailbox, attempt, jobId } = one
      await place.finish(place.alice, jobId)
      const { callbackWaitMs } = session.settings
      await mailbox.wait(1, callbackWaitMs)
      await mailbox.wait(2, callbackWaitMs)
      const answer = attempt.point['answer'] ?? ''
      if (mailbox.count < 2) {
        const reason = `no second attempt came within ${callbackWaitMs / 1000} s (--callback-wait)`
        reasons.push(reason)
        trial.leave({ answer }, reason)
        return
      }
      trial.expect(mailbox.arrivals[1] ?? null, true, `another attempt after ${answer}`, '')
      trial.mark({ ...pointOf(attempt) })
      if (answer !== 'silence') await watchEnd(stage, mailbox)
      holdAlike(trial, mailbox.arrivals, secret)
    }),
  )
  if (reasons.length === called.length) throw new CannotJudge(reasons[0] ?? 'no callback came')
}

/** Waits for as long as the next attempt could take, by how the last ones came; never for longer than three waits. */
async function watchEnd({ trial, session }: Stage, mailbox: Mailbox): Promise<void> {
  const { callbackWaitMs } = session.settings
  const untilMs = performance.now() + 3 * callbackWaitMs
  for (;;) {
    const count = mailbox.count
    if (count > MOST_ATTEMPTS) break
    const nextMs = Math.min(expectedGapMs(mailbox.arrivals), untilMs - performance.now())
    const isCut = nextMs < expectedGapMs(mailbox.arrivals)
    if (nextMs > 0) await mailbox.wait(count + 1, nextMs)
    if (mailbox.count > count) continue
    if (isCut) trial.leave({ end: 'seen' }, `attempts still came after ${(3 * callbackWaitMs) / 1000} s`)
    else trial.mark({ end: 'seen' })
    return
  }
  const expected = `a few attempts, ${MOST_ATTEMPTS} at most`
  trial.expect(mailbox.arrivals.at(-1) ?? null, false, expected, `${mailbox.count} and more`)
  trial.mark({ end: 'seen' })
}

/** Gaps that grew go on growing: the next one may be as much larger, and half as much again. */
function expectedGapMs(arrivals: readonly Exchange[]): number {
  const gaps = arrivals.slice(1).map(({ at }, nth) => at - (arrivals[nth]?.at ?? at))
  const [last = 1_000, before] = gaps.toReversed()
  const growth = before === undefined ? 6 : Math.max(1, last / Math.max(1, before))
  return 1_000 + 1.5 * growth * last
}

/** Retries must repeat the first attempt. Other bytes with a valid signature of their own are only a note. */
function holdAlike(trial: Trial, attempts: readonly Exchange[], secret: string): void {
  const [first, ...others] = attempts
  if (!first) return
  const jobId = fieldOf(jsonOf(first), 'job_id')
  for (const other of others) {
    const isSigned = other.requestHeaders[SIGNATURE] === first.requestHeaders[SIGNATURE]
    const isSame = Buffer.compare(first.bytes, other.bytes) === 0
    trial.expect(other, other.url === first.url, `each attempt to go to ${first.url}`, other.url)
    if ((isSame && isSigned) || !holdSignature(trial, other, secret)) continue
    const seen = fieldOf(jsonOf(other), 'job_id')
    if (!trial.expect(other, seen === jobId, `each attempt to be of the job ${show(jobId)}`, show(seen))) continue
    const isOfSameMoment = fieldOf(jsonOf(first), 'status') === fieldOf(jsonOf(other), 'status')
    if (isOfSameMoment) trial.prefer(other, isSame, 'the same body as at the first attempt', other.requestBody ?? '')
  }
}

const STOPPED = tries('answer', [
  ['200', [200]],
  ['201', [201]],
  ['202', [202]],
  ['204', [204]],
  ['500, then 204', [500, 204]],
])

const stops: Case = {
  id: 'callback.stops',
  over: {
    answer: ['200', '201', '202', '204', '500, then 204'],
    operation: IMAGE_OPERATIONS,
    account: ACCOUNTS,
    outcome: OUTCOMES,
    replay: ['with', 'without'],
  },
  looksAt: callsBack,
  cost: (depth) => (depth === 'full' ? 2 : 1) * ONE_IMAGE,
  async run(stage) {
    const { trial, scene, session } = stage
    const place = await scene()
    const isByClock = place.world !== null
    const few = session.settings.depth === 'full' ? ['200', '500, then 204'] : ['200']
    const chosen = isByClock ? STOPPED : STOPPED.filter(({ point }) => few.includes(point['answer'] ?? ''))
    const called = await callAll(stage, place, chosen)
    if (isByClock) await place.pass(DAY_MS)
    else await Promise.all(called.map(({ jobId }) => place.finish(place.alice, jobId)))
    let isHeard = false
    for (const { mailbox, attempt, exchange } of called) {
      const right = attempt.answers.length
      if (!isByClock) await mailbox.wait(right, session.settings.callbackWaitMs)
      if (mailbox.count < right) {
        trial.leave(attempt.point, 'no attempt came that could have ended them')
        continue
      }
      await mailbox.wait(right + 1, session.quietMs)
      isHeard = true
      const stray = mailbox.arrivals[right]
      const expected = `no delivery after ${nameOf(attempt)}`
      trial.expect(stray ?? exchange, mailbox.count === right, expected, `${mailbox.count - right} more`)
      trial.mark(isByClock ? pointOf(attempt) : { ...pointOf(plain(attempt)) })
    }
    if (!isHeard) throw new CannotJudge('no callback came: see callback.delivered')
    await holdOnce(stage)
  },
}

/** A callback of a shared job that was answered 2xx is not sent again, even if its submit is replayed. */
async function holdOnce(stage: Stage): Promise<void> {
  const { trial, session } = stage
  await session.quiet(callsBack, trial)
  await eachStory(stage, callsBack, (story) => {
    const { mailbox, replays, submit, plan } = story
    if (mailbox === null || mailbox.count === 0) throw new CannotJudge('no callback came: see callback.delivered')
    const [, second] = ownArrivals(story)
    const expected = `one delivery that was taken with 204, for ${plan.name}`
    trial.expect(second ?? submit, second === undefined, expected, `${mailbox.count}`)
    trial.mark({ replay: replays.length > 0 ? 'with' : 'without' })
  })
}

/**
 * A receiver that does not answer. After five attempts it answers 500, so that the run does not wait for more timeouts.
 */
const SILENCE: readonly ReceiverAnswer[] = ['hang', 'hang', 'hang', 'hang', 'hang', 500]

const UNIMPRESSED = [
  ...IMAGE_OPERATIONS.map(
    (operation, nth): Try => ({
      answers: SILENCE,
      operation,
      account: ACCOUNTS[nth % ACCOUNTS.length] ?? 'first',
      outcome: 'succeeded',
      point: { answer: 'silence' },
    }),
  ),
  { answers: [500], operation: 'generate', account: 'second', outcome: 'succeeded', point: { answer: '500' } } as const,
]

const bestEffort: Case = {
  id: 'callback.best-effort',
  over: { answer: ['silence', '500'], operation: IMAGE_OPERATIONS },
  cost: () => ONE_IMAGE,
  async run(stage) {
    const called = await withSilence(stage, 1, (place) => holdUnimpressed(stage, place))
    if (called.every(({ mailbox }) => mailbox.count === 0))
      throw new CannotJudge('no callback came: see callback.delivered')
  },
}

/** The job ends as without a callback, and stays so, although its receiver is silent or answers errors. */
async function holdUnimpressed(stage: Stage, place: Scene): Promise<readonly Called[]> {
  const { trial, session } = stage
  const isByClock = place.world !== null
  const called = await callAll(stage, place, isByClock ? UNIMPRESSED : UNIMPRESSED.slice(0, 1))
  // Just to the end of the work: the receivers are being waited for.
  if (isByClock) await place.pass(18_000)
  const firsts: Exchange[] = []
  for (const one of called) {
    const { attempt, jobId, mailbox } = one
    const caller = isByClock && attempt.account === 'second' ? place.other : place.alice
    const first = isByClock ? await caller.poll(jobId) : ((await place.finish(caller, jobId)).at(-1) as Exchange)
    firsts.push(first)
    if (!isByClock) await mailbox.wait(1, session.settings.callbackWaitMs)
    const expected = `the job to have ended, whatever its receiver answers (${nameOf(attempt)})`
    trial.expect(first, isTerminal(first) && statusOf(first) === 'succeeded', expected, show(jsonOf(first)))
  }
  await place.pass(isByClock ? HOUR_MS : Math.min(session.quietMs, 5_000))
  for (const [nth, { attempt, jobId, exchange }] of called.entries()) {
    const caller = isByClock && attempt.account === 'second' ? place.other : place.alice
    const later = await caller.poll(jobId)
    // A 410 after the retention is not a change of the job.
    const isOver = !isByClock && later.at + later.durationMs >= exchange.at + session.retentionMs
    if (later.status === 410 && isOver) continue
    const first = firsts[nth] as Exchange
    const isSame = statusOf(later) === statusOf(first)
    trial.expect(later, isSame, `the job to stay ${show(statusOf(first))} (${nameOf(attempt)})`, show(jsonOf(later)))
    trial.mark({ operation: isByClock ? attempt.operation : 'generate', ...attempt.point })
  }
  return called
}

export const callbackAttempts: readonly Case[] = [retry, stops, bestEffort]
