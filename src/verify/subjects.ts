import { type Exchange, fieldOf, jsonOf } from './http/exchange.ts'
import type { ImageBody } from './requests.ts'
import type { Scene } from './scene.ts'
import type { StoryPlan } from './story-plan.ts'
import type { Caller } from './target.ts'

/** Who is named in a request. */
export interface Subjects {
  readonly profileIds: readonly string[]
  /** The known subjects that the scenario sets; `null` without a scenario. */
  readonly knownSubjects: Readonly<Record<string, number>> | null
}

const NOBODY = { profileIds: [], knownSubjects: null, body: {} } as const

/** Somebody to name in a story: with a clock, a profile trained for this; else one that the account has. */
export async function findSubjects(
  { namesProfile, operation, outputs, outcome }: StoryPlan,
  scene: Scene,
  caller: Caller,
): Promise<Subjects & { body: ImageBody }> {
  if (!namesProfile || outcome === 'failed' || !(await scene.hasProfiles())) return NOBODY
  const profileId = scene.world === null ? await readyProfile(caller) : await trainProfile(scene, caller)
  if (profileId === null) return NOBODY
  const body = {
    prompt: `Make [[${profileId}]] smile`,
    ...(operation !== 'generate' && { profile_ids: [profileId] }),
  }
  if (scene.world === null) return { profileIds: [profileId], knownSubjects: null, body }
  const knownSubjects = { [profileId]: Number(outputs) }
  await scene.world.scenarios.add({ match: { operation }, effect: { known_subjects: knownSubjects } })
  return { profileIds: [profileId], knownSubjects, body }
}

/** @returns `null` if it came to nothing */
export async function trainProfile(scene: Scene, caller: Caller = scene.alice): Promise<string | null> {
  const urls = Array.from({ length: 5 }, (_, nth) => `https://example.com/me/${nth + 1}.jpg`)
  const added = await caller.call('addProfile', { body: { image_urls: urls, training_tier: 'fast' } })
  const id = fieldOf(jsonOf(added), 'profile_id')
  await scene.levers.clock.settle()
  return typeof id === 'string' ? id : null
}

/** @returns `null` if the account has none */
export async function readyProfile(caller: Caller): Promise<string | null> {
  const ready = profilesOf(await caller.call('listProfiles')).find((profile) => fieldOf(profile, 'status') === 'READY')
  const id = fieldOf(ready, 'profile_id')
  return typeof id === 'string' ? id : null
}

function profilesOf(listed: Exchange): readonly unknown[] {
  const profiles = fieldOf(jsonOf(listed), 'profiles')
  return Array.isArray(profiles) ? profiles : []
}
