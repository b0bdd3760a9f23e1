import type { Call } from '../../api/call.ts'
import type { ApiResponse } from '../../api/http.ts'
import { json } from '../answer.ts'
import { photaWorld } from '../world.ts'

/** @throws {Refusal} 404 for an id that is unknown, deleted, or another account's */
export function getProfileStatus(call: Call): ApiResponse {
  const profile = photaWorld(call.world).profiles.get(call.account, call.id)
  call.subject = profile.id
  const answer = json(
    call,
    200,
    JSON.stringify({ profile_id: profile.id, status: profile.status, message: profile.message }),
  )
  call.world.waitedFor(profile)
  return answer
}
