import type { Account } from './account.ts'
import { type Answer, json } from './answer.ts'
import type { Job } from './job.ts'
import { notFound, Refusal } from './refusal.ts'
import type { World } from './world.ts'

const HOURS = 24
const MINUTES = 1440

const expired = (): Refusal => new Refusal(410, 'JOB_EXPIRED', 'The job has passed its retention window and is gone.')

export function findJob(world: World, account: Account, id: string): Job | undefined {
  const { flaw, jobs } = world
  const found = jobs.get(id)
  if (found !== undefined) return found
  const first = (matches: (job: Job) => boolean): Job | undefined => [...jobs.values()].find(matches)
  if (flaw.has('job-by-prefix') && id.length >= 8)
    return first((job) => job.account === account && job.id.startsWith(id))
  if (flaw.has('job-id-suffix-ignored')) return first((job) => job.account === account && id.startsWith(job.id))
  return undefined
}

export function refuseUnknown({ flaw }: World, id: string): Refusal {
  if (flaw.has('unknown-job-410')) return expired()
  if (flaw.has('unknown-job-500')) return new Refusal(500, 'INTERNAL', 'Internal server error')
  if (flaw.has('malformed-id-422') && !/^[0-9a-f]{32}$/.test(id)) return new Refusal(422, null, 'Validation failed')
  if (flaw.has('long-id-500') && id.length > 64) return new Refusal(500, 'INTERNAL', 'value too long')
  return notFound('job')
}

/** @throws {Refusal} unless some flaw shows the job to an account that does not own it */
export function forbidForeign({ flaw }: World, account: Account, job: Job, isExpired: boolean): void {
  const forbidden = (): Refusal => new Refusal(403, 'MISSING_API_KEY', 'This is not your job.')
  const refusal = notFound('job')
  if (isExpired) {
    if (flaw.has('expired-leaks', job)) throw expired()
    if (flaw.has('expired-foreign-403', job)) throw forbidden()
    throw refusal
  }
  if (flaw.has('foreign-job-403', job)) throw forbidden()
  if (flaw.has('foreign-job-detail', job)) throw new Refusal(404, 'NOT_FOUND', 'No such job in this account.')
  if (flaw.has('foreign-job-code', job)) throw new Refusal(404, 'JOB_NOT_FOUND', refusal.message)
  const header = flaw.pick(FOREIGN_HEADERS, job)
  if (header !== undefined) throw Object.assign(refusal, { headers: header })
  if (flaw.has('foreign-job-readable', job) || flaw.has('reads-all-jobs', { account })) return
  throw refusal
}

const FOREIGN_HEADERS: Record<string, Record<string, string>> = {
  'foreign-job-header': { 'cache-control': 'private' },
  'foreign-job-allow': { allow: 'GET' },
  'foreign-job-vary': { vary: 'X-API-Key' },
}

/** How the owner's poll of an expired job is answered. */
export function pollExpired(world: World, job: Job, poll: () => Record<string, unknown>): Answer {
  const { flaw, timeline } = world
  const hourMs = world.retentionMs / HOURS
  const sinceMs = timeline.now - job.expiresAt
  job.expiredPolls += 1
  if (flaw.has('expired-flickers', job) && job.expiredPolls % 2 === 0) return json(200, poll())
  if (flaw.has('expired-unpolled-only', job) && job.polls > 0) return json(200, poll())
  if (flaw.has('expired-without-result', job)) return json(200, { ...poll(), result: null })
  if (flaw.has('expired-with-result', job)) return json(410, { ...poll(), detail: 'The job is expired.' })
  if (flaw.has('expired-with-urls', job)) return json(410, { detail: 'Gone.', urls: job.result?.download_urls })
  if (flaw.has('expired-with-prompt', job)) return json(410, { detail: `Gone: ${job.request.prompt}` })
  const isForgotten =
    flaw.has('expired-404', job) ||
    (flaw.has('expired-404-after-hour', job) && sinceMs >= hourMs) ||
    (flaw.has('expired-404-after-day', job) && sinceMs >= HOURS * hourMs)
  throw isForgotten ? notFound('job') : expired()
}

export function expiryOf(world: World, job: Job): number {
  const { flaw, retentionMs } = world
  if (flaw.has('expired-never', job)) return Number.POSITIVE_INFINITY
  if (flaw.has('expired-minute-late', job)) return job.expiresAt + retentionMs / MINUTES
  if (flaw.has('expired-minute-early', job)) return job.expiresAt - retentionMs / MINUTES
  if (flaw.has('expired-hour-early', job)) return job.expiresAt - retentionMs / HOURS
  return job.expiresAt
}
