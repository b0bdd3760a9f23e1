import type { Call } from '../../api/call.ts'
import type { ApiResponse } from '../../api/http.ts'
import { json } from '../answer.ts'
import { photaWorld } from '../world.ts'

/** @throws {Refusal} 404 for an id that is unknown, deleted, or another account's */
export function deleteProfile(call: Call): ApiResponse {
  photaWorld(call.world).profiles.delete(call.account, call.id)
  call.subject = call.id
  return json(call, 200, JSON.stringify({ profile_id: call.id, status: 'ok' }))
}
