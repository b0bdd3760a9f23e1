import { randomUUID } from 'node:crypto'
import type { Account } from './account.ts'
import { imageOf } from './downloads.ts'
import type { Flaw } from './flaw.ts'
import type { ImageRequest } from './image-request.ts'
import type { Effect } from './scenario.ts'

export type JobStatus = 'pending' | 'running' | 'succeeded' | 'failed'

export interface ImageResult {
  images: string[]
  download_urls: string[]
  known_subjects: { counts: Record<string, number> } | null
}

/** Image work, asked for in either mode; only async work can be polled. */
export class Job {
  readonly id: string
  readonly account: Account
  readonly request: ImageRequest
  readonly effect: Effect
  /** What the submit reserved. */
  readonly held: number
  readonly createdAt: number
  /** The request's body, for those who compare bodies. */
  readonly fingerprint: string
  status: JobStatus = 'pending'
  completedAt: number | null = null
  result: ImageResult | null = null
  error: { code: string; message: string } | null = null
  expiresAt: number = Number.POSITIVE_INFINITY
  polls = 0
  runningPolls = 0
  /** What some flaws put off until a poll. */
  putOff: (() => void)[] = []
  /** Whether some flaw keeps the end to itself. */
  withheld = false
  readonly ended: Promise<void>
  end: () => void = () => undefined

  constructor(
    id: string,
    account: Account,
    request: ImageRequest,
    effect: Effect,
    held: number,
    createdAt: number,
    fingerprint: string,
  ) {
    this.id = id
    this.account = account
    this.request = request
    this.effect = effect
    this.held = held
    this.createdAt = createdAt
    this.fingerprint = fingerprint
    this.ended = new Promise((resolve) => {
      this.end = resolve
    })
  }

  get over(): boolean {
    return this.status === 'succeeded' || this.status === 'failed'
  }
}

export const hexId = (): string => randomUUID().replaceAll('-', '')

/** The job as its owner sees it, in a poll and in a callback. */
export function describeJob(job: Job, now: number, flaw: Flaw): Record<string, unknown> {
  const view: Record<string, unknown> = {
    job_id: job.id,
    status: job.status,
    operation: operationOf(job, flaw),
    result: job.result,
    error: job.error,
    created_at: timestamp(job.createdAt, flaw),
    completed_at: job.completedAt === null ? null : timestamp(job.completedAt, flaw),
  }
  if (job.status === 'running') {
    if (flaw.has('completed-at-while-running')) view['completed_at'] = timestamp(now, flaw)
    if (flaw.has('result-while-running')) {
      view['result'] = { images: [], download_urls: [], known_subjects: { counts: {} } }
    }
  }
  if (job.status === 'succeeded') {
    if (flaw.has('images-filled')) {
      const images = job.result?.download_urls.map(() => imageOf(job.request.format).toString('base64'))
      view['result'] = { ...job.result, images }
    }
    if (flaw.has('error-empty-on-success')) view['error'] = { code: '', message: '' }
    if (flaw.has('completed-before-created')) view['completed_at'] = timestamp(job.createdAt - 1000, flaw)
  }
  if (job.status === 'failed') {
    if (flaw.has('failed-without-message')) view['error'] = { code: job.error?.code, message: '' }
    if (flaw.has('failed-error-string')) view['error'] = `${job.error?.code}: ${job.error?.message}`
    if (flaw.has('failed-without-completed-at')) view['completed_at'] = null
    if (flaw.has('failed-keeps-result')) {
      view['result'] = { images: [], download_urls: [], known_subjects: { counts: {} } }
    }
  }
  if (job.over && flaw.has('terminal-drifts')) view['completed_at'] = timestamp(now, flaw)
  if (flaw.has('poll-extra-field')) view['account_id'] = job.account.id
  if (flaw.has('poll-omits-nulls')) {
    for (const [name, value] of Object.entries(view)) if (value === null) delete view[name]
  }
  return view
}

function operationOf(job: Job, flaw: Flaw): string {
  if (flaw.has('operation-always-edit')) return 'edit'
  if (flaw.has('remix-as-edit') && job.request.operation === 'remix') return 'edit'
  return job.request.operation
}

function timestamp(ms: number, flaw: Flaw): string | number {
  const seconds = Math.floor(ms / 1000)
  if (flaw.has('timestamps-epoch')) return seconds
  const text = new Date(seconds * 1000).toISOString().slice(0, 19)
  if (flaw.has('timestamps-offset')) return `${text}+00:00`
  if (flaw.has('timestamps-local-as-z')) {
    return `${new Date(seconds * 1000 + 7_200_000).toISOString().slice(0, 19)}Z`
  }
  return `${text}Z`
}
