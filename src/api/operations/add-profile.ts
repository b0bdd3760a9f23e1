import type { AddProfileRequest } from '../../spec/index.ts'
import { type Call, json } from '../call.ts'
import type { ApiResponse } from '../http.ts'

/** @throws {ApiError} 402 if the training costs more than is available */
export function addProfile(call: Call<Required<AddProfileRequest>>): ApiResponse {
  const { image_urls, training_tier, tag } = call.body
  const profile = call.world.profiles.add(call.account, { image_urls, training_tier, tag: tag ?? null })
  call.subject = profile.id
  return json(call, 200, JSON.stringify({ profile_id: profile.id }))
}
