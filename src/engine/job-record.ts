import type { Job as PolledJob } from '../spec/index.ts'
import type { Job } from './job.ts'
import type { World } from './world.ts'

/** A job as queries see it: what a poll answers, and whose it is. */
export type JobRecord = PolledJob & {
  account: string
  client_request_id: string | null
  callback_url: string | null
  /** Of a long one the first 4,096 characters, and how many there were. */
  prompt: string
}

/** @param imagesUrl where its images are, for whoever reads it; the World's own place if it is not given */
export function recordOf(world: World, job: Job, imagesUrl?: string): JobRecord {
  const { callbackUrl, clientRequestId, prompt } = job.request
  return {
    ...(JSON.parse(world.jobs.body(job, imagesUrl)) as PolledJob),
    account: job.account.id,
    client_request_id: clientRequestId,
    callback_url: callbackUrl,
    prompt,
  }
}
