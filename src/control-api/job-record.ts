import type { Job } from '../engine/job.ts'
import type { World } from '../engine/world.ts'
import type { Job as PolledJob } from '../spec/index.ts'

/** A job as queries see it: what a poll answers, and whose it is. */
export type JobRecord = PolledJob & {
  account: string
  client_request_id: string | null
  callback_url: string | null
  /** Of a long one the first 4,096 characters, and how many there were. */
  prompt: string
}

/** @param filesUrl where its files are, for whoever reads it; the World's own place if it is not given */
export function recordOf(world: World, job: Job, filesUrl?: string): JobRecord {
  const { callbackUrl, idempotencyKey, label } = job.work
  return {
    ...(JSON.parse(world.jobs.body(job, filesUrl)) as PolledJob),
    account: job.account.id,
    client_request_id: idempotencyKey,
    callback_url: callbackUrl,
    prompt: label,
  }
}
