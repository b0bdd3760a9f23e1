import type { ProfileList } from '../../spec/index.ts'
import { type Call, json } from '../call.ts'
import type { ApiResponse } from '../http.ts'

/** The account's profiles, oldest first, those with `?tag=` if it is given. */
export function listProfiles(call: Call): ApiResponse {
  const profiles = call.world.profiles.list(call.account, call.query.get('tag'))
  const list: ProfileList = { profiles: profiles.map(({ id, status, tag }) => ({ profile_id: id, status, tag })) }
  return json(call, 200, JSON.stringify(list))
}
