import type { JobError, JobStatus, Job as JobView } from '../spec/index.ts'
import type { Account } from './account.ts'
import type { CallbackFate } from './callback-fault.ts'
import { signDownloadUrl } from './download-url.ts'
import type { ImageRequest } from './image-request.ts'
import type { Reservation } from './ledger.ts'
import type { LedgerEntry } from './ledger-entries.ts'
import type { MicroUsd } from './money.ts'
import { type Ms, toTimestamp } from './timestamp.ts'

/**
 * One piece of image work, asynchronous or behind a synchronous request.
 *
 * Its timeline and outcome are fixed at submit; only the clock moves it, and whoever forces it: poll.monotonic.
 */
export interface Job {
  readonly kind: 'job'
  readonly id: string
  readonly account: Account
  readonly mode: 'async' | 'sync'
  /** Of a long prompt only the beginning. */
  readonly request: ImageRequest
  readonly scenarioId: string | null
  readonly createdMs: Ms
  startsMs: Ms
  /** When it ends; infinite if a scenario keeps it stuck forever. */
  endsMs: Ms
  /** How it will have failed; `null` if it succeeds. */
  failure: JobError | null
  readonly knownSubjects: Readonly<Record<string, number>>
  readonly finalMicroUsd: MicroUsd
  readonly reservation: Reservation
  /** The settlement or release; `null` until it ends. */
  closing: LedgerEntry | null
  status: JobStatus
  /** Set when it reaches a terminal status. */
  completedMs: Ms | null
  /** When its result is gone: poll.expired. */
  expiresMs: Ms | null
  /** The delivery of its callback, once there is one. */
  deliveryId: string | null
  /** How its callback goes wrong; `null` if it does not. */
  readonly callbackFate: CallbackFate | null
  /** Where its callback says that images are; `null` where the World says. Not in snapshots, which may go elsewhere. */
  readonly imagesUrl: string | null
  /** The moment on the schedule that is still meant; anything else that surfaces is stale. */
  dueSeq: number
  /** Told once, when it ends: the synchronous request that waits for it. `null` if it never will, as its World is gone. */
  waiter: ((job: Job | null) => void) | null
}

export function isTerminal(job: Job): boolean {
  return job.status === 'succeeded' || job.status === 'failed'
}

/** Where and with which key a World signs the URLs of its images. */
export interface UrlSigner {
  cdnBaseUrl: string
  urlKey: string
}

/** What a poll, and the callback, say of a job: poll.shape, callback.payload. */
export function viewJob(job: Job, signer: UrlSigner): JobView {
  const created_at = toTimestamp(job.createdMs)
  switch (job.status) {
    case 'pending':
    case 'running':
      return {
        job_id: job.id,
        status: job.status,
        operation: job.request.operation,
        result: null,
        error: null,
        created_at,
        completed_at: null,
      }
    case 'succeeded':
      return {
        job_id: job.id,
        status: 'succeeded',
        operation: job.request.operation,
        result: {
          images: [],
          download_urls: downloadUrls(job, signer),
          known_subjects: { counts: { ...job.knownSubjects } },
        },
        error: null,
        created_at,
        completed_at: toTimestamp(job.completedMs as Ms),
      }
    case 'failed':
      return {
        job_id: job.id,
        status: 'failed',
        operation: job.request.operation,
        result: null,
        error: { ...(job.failure as JobError) },
        created_at,
        completed_at: toTimestamp(job.completedMs as Ms),
      }
    default:
      return job.status satisfies never
  }
}

/** One signed URL for each output, working until the job expires: result.distinct, result.expiry. */
export function downloadUrls(job: Job, signer: UrlSigner): string[] {
  const { operation, outputs, width, height, format } = job.request
  return Array.from({ length: outputs }, (_, i) =>
    signDownloadUrl(
      signer.cdnBaseUrl,
      signer.urlKey,
      { operation, jobId: job.id, output: i + 1, width, height, format },
      job.completedMs as Ms,
      job.expiresMs as Ms,
    ),
  )
}
