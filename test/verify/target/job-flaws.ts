import type { Flaw } from './flaw.ts'
import type { Job, JobStatus } from './job.ts'
import { imageOf } from './pictures.ts'

type View = Record<string, unknown>

const STATUS_WORDS: Record<string, Partial<Record<JobStatus, string>>> = {
  'pending-as-queued': { pending: 'queued' },
  'running-as-processing': { running: 'processing' },
  'running-as-in-progress': { running: 'in_progress' },
  'running-in-upper-case': { running: 'RUNNING' },
  'succeeded-as-completed': { succeeded: 'completed' },
  'succeeded-as-done': { succeeded: 'done' },
  'failed-as-error': { failed: 'error' },
}

const dashed = (id: string): string => id.replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-')

/** What a flaw makes of a job, in polls and in callbacks alike. */
export function distortView(view: View, job: Job, now: number, flaw: Flaw): void {
  distortIdentity(view, job, flaw)
  if (job.status === 'running') distortRunning(view, job, now, flaw)
  if (job.status === 'succeeded') distortSuccess(view, job, flaw)
  if (job.status === 'failed') distortFailure(view, job, flaw)
  if (job.over && flaw.has('terminal-drifts', job)) view['completed_at'] = timestamp(now, flaw, job)
  if (flaw.has('poll-extra-field', job)) view['account_id'] = job.account.id
  if (flaw.has('poll-omits-nulls', job)) {
    for (const [name, value] of Object.entries(view)) if (value === null) delete view[name]
  }
}

function distortIdentity(view: View, job: Job, flaw: Flaw): void {
  view['status'] = flaw.pick(STATUS_WORDS, job)?.[job.status] ?? view['status']
  if (flaw.has('operation-always-edit', job)) view['operation'] = 'edit'
  if (flaw.has('operation-flips-at-end', job) && job.over) view['operation'] = 'edit'
  if (flaw.has('job-id-dashed', job)) view['job_id'] = dashed(job.id)
  if (flaw.has('job-id-dashed-at-end', job) && job.over) view['job_id'] = dashed(job.id)
  if (flaw.has('created-at-is-start', job)) view['created_at'] = timestamp(job.startedAt ?? job.createdAt, flaw, job)
}

function distortRunning(view: View, job: Job, now: number, flaw: Flaw): void {
  if (flaw.has('completed-at-while-running', job)) view['completed_at'] = timestamp(now, flaw, job)
  if (flaw.has('result-while-running', job)) view['result'] = emptyResult()
}

function distortSuccess(view: View, job: Job, flaw: Flaw): void {
  if (flaw.has('images-filled', job)) {
    const images = job.result?.download_urls.map(() => imageOf(job.request.format).toString('base64'))
    view['result'] = { ...job.result, images }
  }
  if (flaw.has('images-null', job)) view['result'] = { ...job.result, images: null }
  if (flaw.has('error-empty-on-success', job)) view['error'] = { code: '', message: '' }
  if (flaw.has('success-without-completed-at', job)) view['completed_at'] = null
  if (flaw.has('completed-before-created', job)) view['completed_at'] = timestamp(job.createdAt - 1000, flaw, job)
}

function distortFailure(view: View, job: Job, flaw: Flaw): void {
  if (flaw.has('failed-without-message', job)) view['error'] = { code: job.error?.code, message: '' }
  if (flaw.has('failed-without-code', job)) view['error'] = { message: job.error?.message }
  if (flaw.has('failed-error-string', job)) view['error'] = `${job.error?.code}: ${job.error?.message}`
  if (flaw.has('failed-without-completed-at', job)) view['completed_at'] = null
  if (flaw.has('failed-keeps-result', job)) view['result'] = emptyResult()
}

export const emptyResult = (): View => ({ images: [], download_urls: [], known_subjects: { counts: {} } })

export function timestamp(ms: number, flaw: Flaw, job: Job): string | number {
  const seconds = Math.floor(ms / 1000)
  if (flaw.has('timestamps-epoch', job)) return seconds
  if (flaw.has('timestamps-epoch-ms', job)) return seconds * 1000
  if (flaw.has('timestamps-http-date', job)) return new Date(seconds * 1000).toUTCString()
  const text = new Date(seconds * 1000).toISOString().slice(0, 19)
  if (flaw.has('timestamps-without-offset', job)) return text
  if (flaw.has('timestamps-with-blank', job)) return text.replace('T', ' ')
  if (flaw.has('timestamps-offset', job)) return `${text}+00:00`
  if (flaw.has('timestamps-local-as-z', job)) {
    return `${new Date(seconds * 1000 + 7_200_000).toISOString().slice(0, 19)}Z`
  }
  return `${text}Z`
}
