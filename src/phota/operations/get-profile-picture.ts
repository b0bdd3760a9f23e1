import type { Call } from '../../api/call.ts'
import type { ApiResponse } from '../../api/http.ts'
import { renderImage } from '../image/index.ts'
import { profileNotFound } from '../refusals.ts'
import { photaWorld } from '../world.ts'

const EDGE_PX = 512

/** @throws {Refusal} 404 until the profile is READY */
export function getProfilePicture(call: Call): Promise<ApiResponse> {
  const profile = photaWorld(call.world).profiles.get(call.account, call.id)
  if (profile.status !== 'READY') throw profileNotFound()
  call.subject = profile.id
  const picture = {
    operation: 'profile',
    jobId: profile.id,
    output: 1,
    width: EDGE_PX,
    height: EDGE_PX,
    format: 'jpg' as const,
  }
  return renderImage(picture, call.hasLeft).then((body) => ({
    status: 200,
    headers: { 'content-type': 'image/jpeg', 'x-request-id': call.requestId },
    body,
  }))
}
