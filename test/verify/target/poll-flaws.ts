import type { Flaw } from './flaw.ts'
import type { Job } from './job.ts'
import { timestamp } from './job-flaws.ts'
import type { World } from './world.ts'

type View = Record<string, unknown>

const MINUTE_MS = 60_000
const UNFINISHED = { status: 'running', result: null, error: null, completed_at: null }

/** What a flaw makes of a job, in polls alone: fields that change from one poll to the next. */
export function distortPoll(view: View, job: Job, world: World): void {
  const { flaw, timeline } = world
  if (job.status === 'running' && job.runningPolls++ % 2 === 1 && flaw.has('status-flaps', job)) {
    view['status'] = 'pending'
  }
  if (flaw.has('created-at-drifts', job)) {
    view['created_at'] = timestamp(job.createdAt + 1000 * job.polls, flaw, job)
  }
  if (job.over) job.endPolls += 1
  if (job.over) distortEnd(view, job, timeline.now, flaw)
  if (job.result !== null && flaw.has('result-purged-early', job)) {
    const half = ((job.completedAt ?? 0) + job.expiresAt) / 2
    if (timeline.now >= half) view['result'] = { ...job.result, download_urls: [] }
  }
  if (job.over && (job.withheld || timeline.now < job.hiddenUntil)) Object.assign(view, UNFINISHED)
}

function distortEnd(view: View, job: Job, now: number, flaw: Flaw): void {
  const nth = job.endPolls
  if (nth === 2 && flaw.has('end-flickers', job)) Object.assign(view, UNFINISHED)
  if (nth > 2 && flaw.has('completed-at-lost', job)) view['completed_at'] = null
  if (job.error !== null) {
    const { code, message } = job.error
    if (nth > 1 && flaw.has('error-message-changes', job)) view['error'] = { code, message: `${message} (${nth})` }
    if (nth > 1 && flaw.has('error-code-changes', job)) view['error'] = { code: 'INTERNAL', message }
  }
  if (job.result === null) return
  if (nth % 2 === 0 && flaw.has('urls-reordered', job)) {
    view['result'] = { ...job.result, download_urls: job.result.download_urls.toReversed() }
  }
  if (nth > 2 && flaw.has('subjects-lost', job)) view['result'] = { ...job.result, known_subjects: null }
  if (nth > 2 && flaw.has('result-lost', job)) view['result'] = null
  if (now >= (job.completedAt ?? 0) + MINUTE_MS && flaw.has('success-turns-failure', job)) {
    Object.assign(view, { status: 'failed', result: null, error: { code: 'INTERNAL', message: 'It was lost.' } })
  }
}
