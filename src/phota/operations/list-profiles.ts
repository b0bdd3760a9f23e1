import type { Call } from '../../api/call.ts'
import type { ApiResponse } from '../../api/http.ts'
import type { ProfileList } from '../../spec/index.ts'
import { json } from '../answer.ts'
import { photaWorld } from '../world.ts'

/** The account's profiles, oldest first, those with `?tag=` if it is given. */
export function listProfiles(call: Call): ApiResponse {
  const profiles = photaWorld(call.world).profiles.list(call.account, call.query.get('tag'))
  const list: ProfileList = { profiles: profiles.map(({ id, status, tag }) => ({ profile_id: id, status, tag })) }
  return json(call, 200, JSON.stringify(list))
}
