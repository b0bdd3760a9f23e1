import { randomUUID } from 'node:crypto'
import type { Account } from './account.ts'
import type { Flaw } from './flaw.ts'
import type { ImageRequest } from './image-request.ts'
import { distortView, timestamp } from './job-flaws.ts'
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
  createdAt: number
  /** The request's body, for those who compare bodies. */
  readonly fingerprint: string
  status: JobStatus = 'pending'
  completedAt: number | null = null
  result: ImageResult | null = null
  error: { code: string; message: string } | null = null
  expiresAt: number = Number.POSITIVE_INFINITY
  startedAt: number | null = null
  /** How often it was polled: in all, while it ran, after its end, and after its expiry. */
  polls = 0
  runningPolls = 0
  endPolls = 0
  expiredPolls = 0
  /** What some flaws put off until the first poll. */
  wake: (() => void) | null = null
  /** What some flaws put off until a poll after the end. */
  putOff: (() => void)[] = []
  /** Whether some flaw keeps the end to itself. */
  withheld = false
  /** Until when some flaw keeps the end to itself. */
  hiddenUntil = 0
  /** Whether a receiver answered its callback 2xx. */
  isHeard = false
  /** Sends its callback; null if it has none, or has not ended. */
  callBack: (() => void) | null = null
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
    operation: job.request.operation,
    result: job.result,
    error: job.error,
    created_at: timestamp(job.createdAt, flaw, job),
    completed_at: job.completedAt === null ? null : timestamp(job.completedAt, flaw, job),
  }
  distortView(view, job, now, flaw)
  return view
}
