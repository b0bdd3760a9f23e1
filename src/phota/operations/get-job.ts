import type { Call } from '../../api/call.ts'
import type { ApiResponse } from '../../api/http.ts'
import { json } from '../answer.ts'

/**
 * @throws {Refusal} 404, or 410 to the owner of an expired job: poll.unknown, poll.scoped, poll.expired
 */
export function getJob(call: Call): ApiResponse {
  const job = call.world.jobs.poll(call.account, call.id)
  call.subject = job.id
  const answer = json(call, 200, call.world.jobs.body(job, call.filesUrl))
  call.world.waitedFor(job)
  return answer
}
