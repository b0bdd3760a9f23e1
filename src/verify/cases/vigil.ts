import type { Stage } from '../case.ts'
import { type Exchange, fieldOf, jsonOf } from '../http/exchange.ts'
import { IMAGE_OPERATIONS } from '../requests.ts'
import { isTerminal, type Scene } from '../scene.ts'
import { RETENTION_WITH_CLOCK_MS } from '../session.ts'
import { momentOf } from '../shape.ts'
import type { Story } from '../stories.ts'
import { pointOf } from '../story-plan.ts'
import type { Caller } from '../target.ts'
import { Deferred, type ExpiringJob } from '../ticket.ts'
import { CannotJudge, NotTried } from '../verdict.ts'

/** Clocks and second-wise timestamps of others may be off by so much. */
const MARGIN_MS = 1_500
/** With a clock that we move, one second before is one second before. */
const SECOND_MS = 1_000

/** Jobs on their way to their expiry, and the means to be there in time. */
export interface Vigil {
  readonly jobs: readonly ExpiringJob[]
  readonly retentionMs: number
  /** How far before or after an instant one must look to be sure. */
  readonly marginMs: number
  /** Time cannot be moved, only waited for. */
  readonly isByWall: boolean
  ownerOf(job: ExpiringJob): Caller
  /** Another account; `null` without one. */
  strangerTo(job: ExpiringJob): Caller | null
  /** Waits for the moment, whose Unix time in ms it is; what is too far off is deferred. */
  until(momentMs: number): Promise<void>
}

/** @throws {Deferred} from `until`, under this rule's name */
export async function keepVigil(stage: Stage, rule: string): Promise<Vigil> {
  const { session } = stage
  const place = await stage.scene()
  const { world } = place
  const isFirst = ({ point }: ExpiringJob): boolean => point['account'] !== 'second'
  const callers = {
    ownerOf: (job: ExpiringJob) => (isFirst(job) ? place.alice : place.other),
    strangerTo: (job: ExpiringJob) => (isFirst(job) ? place.bob : place.alice),
  }
  if (world !== null) {
    const until = async (momentMs: number): Promise<void> => {
      // What is past already was looked at by the way.
      if (momentMs > (await clockMs(place))) await world.clock.set(new Date(momentMs))
    }
    const jobs = await jobsByClock(place)
    return { ...callers, jobs, retentionMs: RETENTION_WITH_CLOCK_MS, marginMs: SECOND_MS, isByWall: false, until }
  }
  const { retentionMs, longestWaitMs } = session.settings
  const jobs = session.resumed ?? (await jobsByWall(stage))
  const until = async (momentMs: number): Promise<void> => {
    const waitMs = momentMs - Date.now()
    if (waitMs > longestWaitMs) throw new Deferred(rule, jobs, momentMs)
    await session.deadline.sleep(Math.max(0, waitMs))
  }
  return { ...callers, jobs, retentionMs, marginMs: MARGIN_MS, isByWall: true, until }
}

/** In one World: of each operation one that succeeds and one that fails, and one of another account that nobody polls. */
async function jobsByClock(place: Scene): Promise<ExpiringJob[]> {
  const submittedMs = await clockMs(place)
  await place.levers.scenarios.add({ match: { prompt: 'doomed' }, effect: { fail: 'GENERATION_FAILED' } })
  const made: { jobId: string; caller: Caller; point: ExpiringJob['point'] }[] = []
  const submit = async (
    caller: Caller,
    account: string,
    operation: (typeof IMAGE_OPERATIONS)[number],
    prompt: string,
  ) => {
    const { jobId } = await place.submit(caller, operation, { prompt })
    made.push({ jobId, caller, point: { operation, account, outcome: prompt === 'doomed' ? 'failed' : 'succeeded' } })
  }
  for (const operation of IMAGE_OPERATIONS) {
    await submit(place.alice, 'first', operation, 'a lighthouse')
    await submit(place.other, 'second', operation, 'doomed')
  }
  await place.levers.clock.settle()
  const lookedMs = await clockMs(place)
  const polled = await Promise.all(
    made.map(async ({ jobId, caller, point }) => {
      const terminal = (await place.finish(caller, jobId)).at(-1) as Exchange
      // What a job says of itself counts only if it can be.
      const completedMs = momentOf(fieldOf(jsonOf(terminal), 'completed_at'))
      const finishedMs = completedMs >= submittedMs && completedMs <= lookedMs ? completedMs : lookedMs
      return {
        jobId,
        point,
        submittedMs,
        finishedAfterMs: finishedMs,
        finishedBeforeMs: finishedMs,
        terminal: jsonOf(terminal),
      }
    }),
  )
  return [...polled, await neverPolled(place)]
}

/** Nobody has looked at it when it expires. */
async function neverPolled(place: Scene): Promise<ExpiringJob> {
  const submittedMs = await clockMs(place)
  const { jobId } = await place.submit(place.other, 'generate')
  await place.levers.clock.settle()
  const lookedMs = await clockMs(place)
  const point = { operation: 'generate', account: 'second', outcome: 'succeeded' }
  return { jobId, point, submittedMs, finishedAfterMs: submittedMs, finishedBeforeMs: lookedMs, terminal: null }
}

async function clockMs(place: Scene): Promise<number> {
  return Date.parse((await place.levers.clock.read()).now)
}

/** The shared jobs, which are there already. */
async function jobsByWall({ session, story, trial }: Stage): Promise<ExpiringJob[]> {
  session.stories.startAll(session.stories.plans)
  const jobs: ExpiringJob[] = []
  let problem: unknown = new NotTried('no job was made')
  for (const plan of session.stories.plans) {
    try {
      jobs.push(expiringOf(await story(plan)))
    } catch (error) {
      if (!(error instanceof NotTried || error instanceof CannotJudge)) throw error
      trial.leave(pointOf(plan), error.message)
      problem = error
    }
  }
  if (jobs.length === 0) throw problem
  return jobs
}

function expiringOf({ plan, submit, jobId, polls, terminal }: Story): ExpiringJob {
  const lastOpen = polls.filter((poll) => !isTerminal(poll)).at(-1)
  return {
    jobId,
    point: pointOf(plan),
    submittedMs: submit.at,
    finishedAfterMs: lastOpen?.at ?? submit.at,
    finishedBeforeMs: terminal.at + terminal.durationMs,
    terminal: jsonOf(terminal),
  }
}
