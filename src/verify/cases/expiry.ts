import { isDeepStrictEqual } from 'node:util'
import type { Case, Stage } from '../case.ts'
import { type Exchange, fieldOf, jsonOf } from '../http/exchange.ts'
import { highestPrice } from '../prices.ts'
import { isTerminal, type Scene } from '../scene.ts'
import { RETENTION_WITH_CLOCK_MS } from '../session.ts'
import { Deferred, type ExpiringJob } from '../ticket.ts'
import { show, type Trial } from '../trial.ts'
import { CannotJudge, NotTried } from '../verdict.ts'
import { withoutQueries } from './hidden.ts'

/** Clocks and second-wise timestamps of others may be off by so much. */
const MARGIN_MS = 1_500
/** With a clock that we move, one second before is one second before. */
const SECOND_MS = 1_000
const HOUR_MS = 3_600_000
const COST = highestPrice('generate', {})

/** A job on its way to its expiry, and the means to be there in time. */
interface Vigil {
  readonly place: Scene
  readonly job: ExpiringJob
  readonly retentionMs: number
  /** How far before or after an instant one must look to be sure. */
  readonly marginMs: number
  /** Waits for the moment, whose Unix time in ms it is; what is too far off is deferred. */
  until(momentMs: number): Promise<void>
}

async function keepVigil(stage: Stage, rule: string): Promise<Vigil> {
  const { session } = stage
  const place = await stage.scene()
  const { world } = place
  if (world !== null) {
    const job = await jobByClock(place)
    const until = async (momentMs: number): Promise<void> => {
      await world.clock.set(new Date(momentMs))
    }
    return { place, job, retentionMs: RETENTION_WITH_CLOCK_MS, marginMs: SECOND_MS, until }
  }
  const { retentionMs, longestWaitMs } = session.settings
  const job = await session.expiring(() => jobByWall(place))
  const until = async (momentMs: number): Promise<void> => {
    const waitMs = momentMs - Date.now()
    if (waitMs > longestWaitMs) throw new Deferred(rule, job, momentMs)
    await session.deadline.sleep(waitMs)
  }
  return { place, job, retentionMs, marginMs: MARGIN_MS, until }
}

async function jobByClock(place: Scene): Promise<ExpiringJob> {
  const submittedMs = await clockMs(place)
  const { jobId } = await place.submit(place.alice, 'generate')
  const terminal = (await place.finish(place.alice, jobId)).at(-1) as Exchange
  const lookedMs = await clockMs(place)
  // What a job says of itself counts only if it can be.
  const completedMs = Date.parse(String(fieldOf(jsonOf(terminal), 'completed_at')))
  const isPossible = completedMs >= submittedMs && completedMs <= lookedMs
  const finishedMs = isPossible ? completedMs : lookedMs
  return { jobId, submittedMs, finishedAfterMs: finishedMs, finishedBeforeMs: finishedMs, terminal: jsonOf(terminal) }
}

async function clockMs(place: Scene): Promise<number> {
  return Date.parse((await place.levers.clock.read()).now)
}

async function jobByWall(place: Scene): Promise<ExpiringJob> {
  const submittedMs = Date.now()
  const { jobId } = await place.submit(place.alice, 'generate')
  const polls = await place.finish(place.alice, jobId)
  const terminal = polls.at(-1) as Exchange
  const lastOpen = polls.filter((poll) => !isTerminal(poll)).at(-1)
  return {
    jobId,
    submittedMs,
    finishedAfterMs: lastOpen?.at ?? submittedMs,
    finishedBeforeMs: terminal.at + terminal.durationMs,
    terminal: jsonOf(terminal),
  }
}

/** Whether the job has expired by now, where time cannot be moved. */
function isOver({ place, job, retentionMs }: Vigil): boolean {
  return place.world === null && Date.now() > job.finishedAfterMs + retentionMs
}

const TOO_LATE = 'its time is over: nobody looked shortly before the job expired'

/** From how long before its expiry a look at a job counts, when tickets come back by hand. */
function lastHour({ retentionMs }: Vigil): number {
  return Math.min(HOUR_MS, retentionMs)
}

const retained: Case = {
  id: 'poll.retained',
  cost: COST,
  async run(stage) {
    const { trial } = stage
    const vigil = await keepVigil(stage, 'poll.retained')
    const { place, job, retentionMs, marginMs } = vigil
    if (isOver(vigil)) throw new NotTried(TOO_LATE)
    const look = async (lastMs: number): Promise<Exchange> => {
      await vigil.until(place.world === null && retentionMs > HOUR_MS ? lastMs - lastHour(vigil) : lastMs)
      return await place.alice.poll(job.jobId)
    }
    const early = await look(job.submittedMs + retentionMs - marginMs)
    if (trial.status(early, 200, 'until 24 h after the job finished')) {
      const [seen, wanted] = [withoutQueries(jsonOf(early)), withoutQueries(job.terminal)]
      const isWhole = isDeepStrictEqual(fieldOf(seen, 'result'), fieldOf(wanted, 'result'))
      trial.expect(early, isWhole, `its full result: ${show(fieldOf(wanted, 'result'))}`, show(fieldOf(seen, 'result')))
      await holdToTheEnd(trial, vigil, look)
    }
  },
}

/** Kept from its submit on, or from its end on: that is a choice. Not to be kept even so long is none. */
async function holdToTheEnd(trial: Trial, vigil: Vigil, look: (atMs: number) => Promise<Exchange>): Promise<void> {
  const { job, retentionMs, marginMs } = vigil
  const [fromSubmitMs, fromEndMs] = [
    job.submittedMs + retentionMs + marginMs,
    job.finishedAfterMs + retentionMs - marginMs,
  ]
  const canTell = fromSubmitMs < fromEndMs
  const between = canTell ? await look(fromSubmitMs) : null
  const late = await look(fromEndMs)
  const wasKept = between?.status === 200
  const expected = '200 until 24 h after the job finished'
  if (wasKept) trial.status(late, 200, 'until 24 h after the job finished')
  else trial.prefer(late, late.status === 200, expected, `${late.status}: it is counted from its submit`)
}

const expired: Case = {
  id: 'poll.expired',
  cost: COST,
  async run(stage) {
    const vigil = await keepVigil(stage, 'poll.expired')
    await afterExpiry(vigil)
    stage.trial.status(await vigil.place.alice.poll(vigil.job.jobId), 410, '24 h after the job finished')
  },
}

async function afterExpiry({ place, job, retentionMs, marginMs, until }: Vigil): Promise<void> {
  const dueMs = job.finishedBeforeMs + retentionMs
  if (place.world === null && Date.now() > dueMs + Math.max(retentionMs, HOUR_MS)) {
    throw new CannotJudge(
      `overdue: the job expired at ${new Date(dueMs).toISOString()}, and what it answers so much later nobody promised`,
    )
  }
  await until(place.world === null ? dueMs + marginMs : dueMs)
}

const expiredScoped: Case = {
  id: 'poll.expired-scoped',
  cost: COST,
  async run(stage) {
    const vigil = await keepVigil(stage, 'poll.expired-scoped')
    await afterExpiry(vigil)
    stage.trial.status(await vigil.place.other.poll(vigil.job.jobId), 404, 'for another account’s expired job')
  },
}

const downloads: Case = {
  id: 'result.expiry',
  cost: COST,
  async run(stage) {
    const { trial } = stage
    const vigil = await keepVigil(stage, 'result.expiry')
    const { place, job, retentionMs, marginMs } = vigil
    const url = firstUrl(job)
    const isLate = isOver(vigil)
    if (!isLate) {
      const lastMs = job.submittedMs + retentionMs - marginMs
      await vigil.until(place.world === null && retentionMs > HOUR_MS ? lastMs - lastHour(vigil) : lastMs)
      const early = await place.alice.download(url)
      if (early.problem !== null) throw new CannotJudge(`the download ${early.problem}`)
      trial.expect(early, early.status === 200, 'the download to work until its job expires', `${early.status}`)
    }
    const expires = Number(new URL(url).searchParams.get('expires'))
    trial.expect(null, expires > 0, '`expires` in the URL, in seconds since 1970', redacted(url))
    // What it carries counts, unless that is later than its job by more than a second of rounding.
    const dueMs = job.finishedBeforeMs + retentionMs
    const carriedMs = expires > 0 ? Math.max(expires * 1000, job.finishedAfterMs) : dueMs
    if (place.world === null) await afterExpiry(vigil)
    if (carriedMs - dueMs <= 2 * MARGIN_MS) await vigil.until(Math.max(carriedMs, dueMs) + marginMs)
    else await vigil.until(carriedMs + marginMs)
    const late = await place.alice.download(url)
    if (late.problem !== null) throw new CannotJudge(`the download ${late.problem}`)
    const isRefused = late.status >= 400
    trial.expect(late, isRefused, 'the download to be refused after the expiry that it carries', `${late.status}`)
    // Half of it was seen to hold, which is not the whole.
    if (isLate && isRefused) throw new NotTried(TOO_LATE)
  },
}

function firstUrl({ terminal }: ExpiringJob): string {
  const urls = fieldOf(fieldOf(terminal, 'result'), 'download_urls')
  const [url] = Array.isArray(urls) ? urls : []
  if (typeof url !== 'string' || !URL.canParse(url))
    throw new CannotJudge('the job has no download URL: see poll.succeeded')
  return url
}

function redacted(url: string): string {
  return url.split('?')[0] ?? url
}

export const expiry: Readonly<Record<'retained' | 'expired' | 'expiredScoped' | 'downloads', Case>> = {
  retained,
  expired,
  expiredScoped,
  downloads,
}
