import type { Job } from '../engine/job.ts'
import { type Ms, toTimestamp } from '../engine/timestamp.ts'
import type { JobError, JobOperation, Job as JobView } from '../spec/index.ts'
import { signDownloadUrl } from './download-url.ts'
import { imageOf } from './image-work.ts'

/** Where and with which key a World signs the URLs of its images. */
export interface UrlSigner {
  readonly baseUrl: string
  readonly urlKey: string
}

/** What a poll, and the callback, say of a job: poll.shape, callback.payload. */
export function viewJob(job: Job, signer: UrlSigner): JobView {
  const created_at = toTimestamp(job.createdMs)
  const operation = job.work.operation as JobOperation
  switch (job.status) {
    case 'pending':
    case 'running':
      return {
        job_id: job.id,
        status: job.status,
        operation,
        result: null,
        error: null,
        created_at,
        completed_at: null,
      }
    case 'succeeded':
      return {
        job_id: job.id,
        status: 'succeeded',
        operation,
        result: {
          images: [],
          download_urls: downloadUrls(job, signer),
          known_subjects: { counts: { ...imageOf(job).knownSubjects } },
        },
        error: null,
        created_at,
        completed_at: toTimestamp(job.completedMs as Ms),
      }
    case 'failed':
      return {
        job_id: job.id,
        status: 'failed',
        operation,
        result: null,
        error: { ...(job.failure as JobError) },
        created_at,
        completed_at: toTimestamp(job.completedMs as Ms),
      }
    case 'canceled':
      throw new Error('a job was canceled, which this API has not; this is a bug of phota-mock')
    default:
      return job.status satisfies never
  }
}

/** One signed URL for each output, working until the job expires: result.distinct, result.expiry. */
export function downloadUrls(job: Job, { baseUrl, urlKey }: UrlSigner): string[] {
  const { outputs, width, height, format } = imageOf(job)
  const { operation } = job.work
  return Array.from({ length: outputs }, (_, i) =>
    signDownloadUrl(
      baseUrl,
      urlKey,
      { operation, jobId: job.id, output: i + 1, width, height, format },
      job.completedMs as Ms,
      job.expiresMs as Ms,
    ),
  )
}
