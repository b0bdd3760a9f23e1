import { randomUUID } from 'node:crypto'
import type { Stage } from '../case.ts'
import { type Exchange, fieldOf, jsonOf } from '../http/exchange.ts'
import { isTerminal, type Scene } from '../scene.ts'
import { RETENTION_WITH_CLOCK_MS } from '../session.ts'
import { momentOf } from '../shape.ts'
import type { Story } from '../stories.ts'
import { pointOf } from '../story-plan.ts'
import type { Caller } from '../target.ts'
import { Deferred, type ExpiringJob } from '../ticket.ts'
import { CannotJudge, NotTried } from '../verdict.ts'

/** How far the target's clock, and timestamps in whole seconds, may be off. */
const MARGIN_MS = 1_500
/** The margin with a clock that the run moves. */
const SECOND_MS = 1_000

/** Jobs on their way to their expiry, and the means to be there in time. */
export interface Vigil {
  readonly jobs: readonly ExpiringJob[]
  readonly retentionMs: number
  /** How far before or after an instant one must look to be sure. */
  readonly marginMs: number
  /** Whether the clock cannot be moved, so that the run has to wait. */
  readonly isByWall: boolean
  ownerOf(job: ExpiringJob): Caller
  /** Another account; `null` without one. */
  strangerTo(job: ExpiringJob): Caller | null
  /** Its submit again, where the clock can be moved; whatever that answers. */
  replay(job: ExpiringJob): Promise<void>
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
      // A moment in the past needs no wait.
      if (momentMs > (await clockMs(place))) await world.clock.set(new Date(momentMs))
    }
    const { jobs, made } = await jobsByClock(stage, place)
    const replay = async (job: ExpiringJob): Promise<void> => {
      await made.find(({ jobId }) => jobId === job.jobId)?.again()
    }
    const times = { retentionMs: RETENTION_WITH_CLOCK_MS, marginMs: SECOND_MS, isByWall: false }
    return { ...callers, ...times, jobs, until, replay }
  }
  const { retentionMs, longestWaitMs } = session.settings
  const jobs = session.resumed ?? (await jobsByWall(stage))
  const until = async (momentMs: number): Promise<void> => {
    const waitMs = momentMs - Date.now()
    if (waitMs > longestWaitMs) throw new Deferred(rule, jobs, momentMs)
    await session.deadline.sleep(Math.max(0, waitMs))
  }
  const replay = async (): Promise<void> => undefined
  return { ...callers, jobs, retentionMs, marginMs: MARGIN_MS, isByWall: true, until, replay }
}

/** What they ask for, so that it is known again where it must not be. */
export const PROMPT = 'a lighthouse that nobody else has asked for'

interface Submitted {
  readonly jobId: string
  readonly caller: Caller
  readonly point: ExpiringJob['point']
  readonly again: () => Promise<Exchange>
}

/** In one World: jobs of all kinds, which succeed and fail, and one that nobody polls. */
async function jobsByClock(
  { session, trial }: Stage,
  place: Scene,
): Promise<{ jobs: ExpiringJob[]; made: Submitted[] }> {
  const submittedMs = await clockMs(place)
  await place.levers.scenarios.add({ match: { prompt: 'doomed' }, effect: { fail: 'GENERATION_FAILED' } })
  const made: Submitted[] = []
  for (const plan of session.stories.plans) {
    const { operation, account, outcome } = plan
    const caller = account === 'first' ? place.alice : place.other
    const mailbox = plan.callback === 'with' ? session.receiver.open([204], trial.show) : null
    const body = {
      ...plan.body,
      prompt: outcome === 'failed' ? `${PROMPT}, doomed` : PROMPT,
      client_request_id: randomUUID(),
      ...(mailbox && { callback_url: mailbox.url }),
    }
    const { jobId } = await place.submit(caller, operation, body)
    made.push({ jobId, caller, point: pointOf(plan), again: () => place.ask(caller, operation, body, true) })
  }
  await place.levers.clock.settle()
  const lookedMs = await clockMs(place)
  const polled = await Promise.all(
    made.map(async ({ jobId, caller, point }) => {
      const last = await caller.poll(jobId)
      const terminal = isTerminal(last) ? last : ((await place.finish(caller, jobId)).at(-1) as Exchange)
      // What a job says of itself counts only if it can be.
      const completedMs = momentOf(fieldOf(jsonOf(terminal), 'completed_at'))
      const finishedMs = completedMs >= submittedMs && completedMs <= lookedMs ? completedMs : lookedMs
      const times = { submittedMs, finishedAfterMs: finishedMs, finishedBeforeMs: finishedMs }
      return { jobId, point, ...times, terminal: jsonOf(terminal) }
    }),
  )
  return { jobs: [...polled, await neverPolled(place)], made }
}

/** A job that is not polled before it expires. */
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
