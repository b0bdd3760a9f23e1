import { isDeepStrictEqual } from 'node:util'
import type { Case } from '../case.ts'
import { type Exchange, fieldOf, jsonOf, textOf } from '../http/exchange.ts'
import { IMAGE_OPERATIONS } from '../requests.ts'
import { ACCOUNTS, OUTCOMES } from '../story-plan.ts'
import type { ExpiringJob } from '../ticket.ts'
import { seenStatus, show, type Trial } from '../trial.ts'
import { CannotJudge, NotTried } from '../verdict.ts'
import { carriedExpiryMs } from './forgeries.ts'
import { holdHidden, withoutQueries } from './hidden.ts'
import { keepVigil, PROMPT, type Vigil } from './vigil.ts'

const HOUR_MS = 3_600_000
const EIGHT_DAYS_MS = 8 * 24 * HOUR_MS
/** How long after its expiry a job may still be answered: implementations may remove jobs every few seconds. */
const SWEEP_MS = 10_000
const OVER = { operation: IMAGE_OPERATIONS, account: ACCOUNTS, outcome: OUTCOMES } as const
const everything = (): boolean => true

const TOO_LATE = 'its time is over: nobody looked shortly before the job expired'

/** `24 h`, or how long the implementation is said to keep results. */
function retentionOf({ retentionMs }: Vigil): string {
  if (retentionMs % HOUR_MS === 0) return `${retentionMs / HOUR_MS} h`
  return `${retentionMs / 1000} s (--retention)`
}

/** From how long before its expiry a look at a job counts, when tickets come back by hand. */
function lastHour({ retentionMs }: Vigil): number {
  return Math.min(HOUR_MS, retentionMs)
}

/** By the wall, an answer may come so late that it says nothing of the time before the expiry. */
function isOver({ isByWall, retentionMs }: Vigil, job: ExpiringJob): boolean {
  return isByWall && Date.now() > job.submittedMs + retentionMs
}

/** Looks at each job at a moment of its own, in the order of the moments. Moments in Unix ms. */
async function atMoments(
  vigil: Vigil,
  moments: readonly { readonly job: ExpiringJob; readonly atMs: number }[],
  look: (job: ExpiringJob, atMs: number) => Promise<void>,
): Promise<void> {
  for (const { job, atMs } of moments.toSorted((a, b) => a.atMs - b.atMs)) {
    await vigil.until(atMs)
    await look(job, atMs)
  }
}

const retained: Case = {
  id: 'poll.retained',
  over: OVER,
  looksAt: everything,
  async run(stage) {
    const { trial } = stage
    const vigil = await keepVigil(stage, 'poll.retained')
    const { jobs, retentionMs, marginMs, isByWall } = vigil
    const open = jobs.filter((job) => !isByWall || Date.now() <= job.submittedMs + retentionMs - marginMs)
    if (open.length === 0) throw new NotTried(TOO_LATE)
    const until = `until its retention of ${retentionOf(vigil)} is over`
    // Kept from its submit on, or from its end on: that is a choice. Not to be kept even so long is none.
    const early = (job: ExpiringJob): number => {
      const lastMs = job.submittedMs + retentionMs - marginMs
      return isByWall && retentionMs > HOUR_MS ? lastMs - lastHour(vigil) : lastMs
    }
    const isKept = new Set<ExpiringJob>()
    const moments = open.map((job) => ({ job, atMs: early(job) }))
    await atMoments(vigil, moments, async (job) => {
      const poll = await vigil.ownerOf(job).poll(job.jobId)
      if (isOver(vigil, job)) {
        trial.leave(job.point, TOO_LATE)
        return
      }
      if (trial.status(poll, 200, until) && job.terminal !== null) holdWhole(trial, poll, job)
      isKept.add(job)
      trial.mark(job.point)
    })
    if (isByWall) return
    // Where it ended as soon as it was submitted, the two cannot be told apart.
    const telling = open.filter((job) => job.finishedAfterMs - job.submittedMs > 2 * marginMs)
    const late = telling.flatMap((job) => [
      { job, atMs: job.submittedMs + retentionMs + marginMs },
      { job, atMs: job.finishedAfterMs + retentionMs - marginMs },
    ])
    const between = new Map<ExpiringJob, number>()
    await atMoments(vigil, late, async (job) => {
      const poll = await vigil.ownerOf(job).poll(job.jobId)
      const was = between.get(job)
      between.set(job, poll.status)
      // What was kept past its submit is kept from its end, and then to the last.
      if (was === 200) trial.status(poll, 200, until)
      else if (was !== undefined)
        trial.prefer(poll, poll.status === 200, `200 ${until}`, 'it is counted from its submit')
    })
  },
}

function holdWhole(trial: Trial, poll: Exchange, { terminal }: ExpiringJob): void {
  const [seen, wanted] = [withoutQueries(jsonOf(poll)), withoutQueries(terminal)]
  const isWhole = isDeepStrictEqual(fieldOf(seen, 'result'), fieldOf(wanted, 'result'))
  const expected = `its full result: ${show(fieldOf(wanted, 'result'))}`
  trial.expect(poll, isWhole, expected, show(fieldOf(seen, 'result')))
}

/** Moments after its expiry at which an ended job is looked at, where the clock can be moved. */
const AFTER_MS = [SWEEP_MS, SWEEP_MS + 1_000, HOUR_MS, EIGHT_DAYS_MS]

const expired: Case = {
  id: 'poll.expired',
  over: OVER,
  looksAt: everything,
  async run(stage) {
    const { trial } = stage
    const vigil = await keepVigil(stage, 'poll.expired')
    const once = `once its retention of ${retentionOf(vigil)} is over`
    if (vigil.isByWall) {
      await afterExpiry(vigil)
      for (const job of vigil.jobs) {
        const swept = await pollUntilSwept(vigil, job)
        if (trial.status(swept, 410, once)) holdEmpty(trial, swept, job)
        trial.mark(job.point)
      }
      await vigil.until(Date.now() + 1_000)
      for (const job of vigil.jobs) trial.status(await vigil.ownerOf(job).poll(job.jobId), 410, `${once}, for good`)
      return
    }
    const dueMs = Math.max(...vigil.jobs.map(({ finishedBeforeMs }) => finishedBeforeMs)) + vigil.retentionMs
    const [replayedBefore, replayedAfter] = [0, 1].map((odd) => vigil.jobs.filter((_, nth) => nth % 2 === odd))
    // A replay keeps nothing for longer: neither one before the expiry, nor one after it.
    for (const job of replayedBefore ?? []) await vigil.replay(job)
    await vigil.until(dueMs)
    for (const job of vigil.jobs) {
      const poll = await vigil.ownerOf(job).poll(job.jobId)
      trial.prefer(poll, poll.status === 410, `410 ${once}, to the second`, seenStatus(poll))
    }
    for (const afterMs of AFTER_MS) {
      await vigil.until(dueMs + afterMs)
      for (const job of vigil.jobs) {
        const poll = await vigil.ownerOf(job).poll(job.jobId)
        if (trial.status(poll, 410, `${once}, for good (${afterMs / 1000} s later)`)) holdEmpty(trial, poll, job)
        trial.mark(job.point)
      }
      if (afterMs === SWEEP_MS) for (const job of replayedAfter ?? []) await vigil.replay(job)
    }
  },
}

/** The answer about an expired job holds nothing of its result. */
function holdEmpty(trial: Trial, poll: Exchange, { terminal }: ExpiringJob): void {
  const urls = fieldOf(fieldOf(terminal, 'result'), 'download_urls')
  const told = textOf(poll)
  const leaked = (Array.isArray(urls) ? urls : []).find((url) => told.includes(String(url).split('?')[0] ?? ''))
  trial.expect(poll, leaked === undefined, 'a 410 without anything of the result', 'a download URL of the job in it')
  trial.prefer(poll, !told.includes(PROMPT), 'a 410 without anything of the request', 'the prompt in it')
}

async function pollUntilSwept(vigil: Vigil, job: ExpiringJob): Promise<Exchange> {
  const deadline = Date.now() + SWEEP_MS
  for (;;) {
    const poll = await vigil.ownerOf(job).poll(job.jobId)
    if (poll.status !== 200 || Date.now() > deadline) return poll
    await vigil.until(Date.now() + 500)
  }
}

/** Without a clock: waits until all of them have expired. */
async function afterExpiry({ jobs, retentionMs, marginMs, until }: Vigil): Promise<void> {
  const dueMs = Math.max(...jobs.map(({ finishedBeforeMs }) => finishedBeforeMs)) + retentionMs
  if (Date.now() > dueMs + Math.max(retentionMs, HOUR_MS)) {
    throw new CannotJudge(
      `overdue: the job expired at ${new Date(dueMs).toISOString()}, and what it answers so much later nobody promised`,
    )
  }
  await until(dueMs + marginMs)
}

const expiredScoped: Case = {
  id: 'poll.expired-scoped',
  over: OVER,
  looksAt: everything,
  async run(stage) {
    const { trial } = stage
    const vigil = await keepVigil(stage, 'poll.expired-scoped')
    const what = 'another account’s expired job'
    const strangers = vigil.jobs.flatMap((job) => {
      const stranger = vigil.strangerTo(job)
      return stranger === null ? [] : [{ job, stranger }]
    })
    if (vigil.isByWall) await afterExpiry(vigil)
    const dueMs = Math.max(...vigil.jobs.map(({ finishedBeforeMs }) => finishedBeforeMs)) + vigil.retentionMs
    if (!vigil.isByWall) await vigil.until(dueMs + SWEEP_MS)
    for (const { job, stranger } of strangers) {
      await holdHidden(trial, stranger, job.jobId, what)
      trial.mark(job.point)
    }
    for (const afterMs of vigil.isByWall ? [] : [EIGHT_DAYS_MS]) {
      await vigil.until(dueMs + afterMs)
      for (const { job, stranger } of strangers) trial.status(await stranger.poll(job.jobId), 404, `for ${what}`)
    }
  },
}

const downloads: Case = {
  id: 'result.expiry',
  over: { operation: IMAGE_OPERATIONS, look: ['before', 'after'] },
  looksAt: ({ outcome }) => outcome === 'succeeded',
  async run(stage) {
    const { trial } = stage
    const vigil = await keepVigil(stage, 'result.expiry')
    const { retentionMs, marginMs, isByWall } = vigil
    const jobs = vigil.jobs.filter(({ terminal }) => fieldOf(terminal, 'status') === 'succeeded')
    const urls = new Map(jobs.map((job) => [job, firstAndLastUrl(job)]))
    const load = async (job: ExpiringJob): Promise<Exchange[]> => {
      const loaded: Exchange[] = []
      for (const url of urls.get(job) ?? []) {
        const exchange = await vigil.ownerOf(job).download(url)
        if (exchange.problem !== null) throw new CannotJudge(`a download ${exchange.problem}`)
        loaded.push(exchange)
      }
      return loaded
    }
    const early = jobs
      .filter(({ submittedMs }) => !isByWall || Date.now() <= submittedMs + retentionMs - marginMs)
      .map((job) => {
        const lastMs = job.submittedMs + retentionMs - marginMs
        return { job, atMs: isByWall && retentionMs > HOUR_MS ? lastMs - lastHour(vigil) : lastMs }
      })
    await atMoments(vigil, early, async (job) => {
      const loaded = await load(job)
      if (isOver(vigil, job)) {
        trial.leave({ ...job.point, look: 'before' }, TOO_LATE)
        return
      }
      for (const exchange of loaded) {
        const expected = 'the download to work until its job expires'
        trial.expect(exchange, exchange.status === 200, expected, `${exchange.status}`)
      }
      trial.mark({ ...job.point, look: 'before' })
    })
    if (early.length === 0) trial.leave({ look: 'before' }, TOO_LATE)
    if (isByWall) await afterExpiry(vigil)
    const late = jobs.map((job) => {
      const dueMs = job.finishedBeforeMs + retentionMs
      const carriedMs = Math.max(...(urls.get(job) ?? []).map(carriedExpiryMs))
      // What it carries counts; where that cannot be read, the end of its job.
      return {
        job,
        atMs: Math.max(Number.isNaN(carriedMs) ? dueMs : carriedMs, dueMs) + (isByWall ? marginMs : SWEEP_MS),
      }
    })
    await atMoments(vigil, late, async (job) => {
      for (const exchange of await load(job)) {
        const expected = 'the download to be refused after the expiry that it carries'
        trial.expect(exchange, exchange.status >= 400, expected, `${exchange.status}`)
      }
      trial.mark({ ...job.point, look: 'after' })
    })
  },
}

function firstAndLastUrl({ terminal }: ExpiringJob): string[] {
  const listed = fieldOf(fieldOf(terminal, 'result'), 'download_urls')
  const urls = (Array.isArray(listed) ? listed : []).filter((url) => typeof url === 'string' && URL.canParse(url))
  if (urls.length === 0) throw new CannotJudge('a job has no download URL: see poll.succeeded')
  return [...new Set([urls[0], urls.at(-1)])]
}

export const expiry: Readonly<Record<'retained' | 'expired' | 'expiredScoped' | 'downloads', Case>> = {
  retained,
  expired,
  expiredScoped,
  downloads,
}
