import { type Call, json } from '../call.ts'
import type { ApiResponse } from '../http.ts'

/** @throws {ApiError} 404 for an id that is unknown, deleted, or another account's */
export function deleteProfile(call: Call): ApiResponse {
  call.world.profiles.delete(call.account, call.id)
  call.subject = call.id
  return json(call, 200, JSON.stringify({ profile_id: call.id, status: 'ok' }))
}
