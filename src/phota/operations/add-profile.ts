import type { Call } from '../../api/call.ts'
import type { ApiResponse } from '../../api/http.ts'
import type { AddProfileRequest } from '../../spec/index.ts'
import { json } from '../answer.ts'
import { photaWorld } from '../world.ts'

/** @throws {Refusal} 402 if the training costs more than is available */
export function addProfile(call: Call<Required<AddProfileRequest>>): ApiResponse {
  const { image_urls, training_tier, tag } = call.body
  const profile = photaWorld(call.world).profiles.add(call.account, { image_urls, training_tier, tag: tag ?? null })
  call.subject = profile.id
  return json(call, 200, JSON.stringify({ profile_id: profile.id }))
}
