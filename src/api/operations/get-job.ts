import { type Call, json } from '../call.ts'
import type { ApiResponse } from '../http.ts'

/**
 * @throws {ApiError} 404, or 410 to the owner of an expired job: poll.unknown, poll.scoped, poll.expired
 */
export function getJob(call: Call): ApiResponse {
  const job = call.world.jobs.poll(call.account, call.id)
  call.subject = job.id
  const answer = json(call, 200, call.world.jobs.body(job, call.imagesUrl))
  call.world.waitedFor(job)
  return answer
}
