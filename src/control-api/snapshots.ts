import type { Drive } from '../drive/drive.ts'
import { patternIn, restoreWorld, takeSnapshot } from '../engine/snapshot.ts'
import type { World } from '../engine/world.ts'
import type { ControlSnapshot } from '../spec/control/index.ts'
import type { ControlHost } from './control-host.ts'
import { ControlRefusal } from './control-refusal.ts'

const WORLD_ID = /^[a-z0-9][a-z0-9-]{0,63}$/
const beginnings = new WeakMap<World, ControlSnapshot>()

/** @throws {ControlRefusal} 400 for a World with a scenario that JSON cannot tell */
export function snapshotOf(world: World, drive: Drive): ControlSnapshot {
  const snapshot = snapshotInProcess(world, drive)
  const id = patternIn(snapshot, world.dialect)
  if (id === undefined) return snapshot
  throw new ControlRefusal(
    400,
    `The scenario '${id}' matches prompts by a RegExp, which no snapshot can hold; remove it, or match by a text.`,
  )
}

function snapshotInProcess(world: World, drive: Drive): ControlSnapshot {
  const { mode, speed, frozen } = drive
  return { ...takeSnapshot(world), clock: { mode, speed, frozen } }
}

/** The World as it is becomes what a reset leads back to. */
export function beginHere(world: World, drive: Drive): void {
  beginnings.set(world, snapshotInProcess(world, drive))
}

/** What a reset leads back to. */
export function rememberBeginning(world: World, beginning: ControlSnapshot): void {
  beginnings.set(world, beginning)
}

/** What a reset leads back to; `null` if nobody knows, or JSON cannot tell it. */
export function beginningOf(world: World): ControlSnapshot | null {
  const beginning = beginnings.get(world)
  return beginning === undefined || patternIn(beginning, world.dialect) !== undefined ? null : beginning
}

/** @throws {ControlRefusal} 400 for a World whose beginning nobody knows, 409 as `restore` */
export function reset(host: ControlHost, world: World): [World, Drive] {
  const beginning = beginnings.get(world)
  if (!beginning)
    throw new ControlRefusal(
      400,
      `World '${world.options.id}' was not made by the control API, and cannot be begun anew.`,
    )
  const replaced = restore(host, world.options.id, beginning)
  beginnings.set(replaced[0], beginning)
  return replaced
}

/**
 * Puts a World in the place of the one with this id, if there is one. Its keys must be live in no other.
 *
 * All that can be refused is refused before the old World goes; then nothing changed.
 *
 * @throws {ControlRefusal} 409 if a key is
 * @throws {MisuseError} for a snapshot that contradicts itself
 */
export function restore(host: ControlHost, id: string, { clock, ...snapshot }: ControlSnapshot): [World, Drive] {
  const old = host.worlds.get(id)
  if (!old && !WORLD_ID.test(id))
    throw new ControlRefusal(400, `A World's id has letters, digits and dashes, such as w1; received '${id}'.`)
  if (old && !host.isReplaceable(old))
    throw new ControlRefusal(400, `World '${id}' belongs to a test of this process, and cannot be replaced.`)
  const world = restoreWorld(host.api.dialect, host.api.createWorld, snapshot, {
    id,
    keyPrefix: host.worlds.prefix,
    cdnBaseUrl: host.cdnBaseUrl(id),
  })
  host.worlds.assertReachable(world)
  for (const [key] of world.keys()) {
    const owner = host.worlds.find(key)?.world
    if (owner && owner !== old)
      throw new ControlRefusal(409, `The key '${key}' of the snapshot is live in World '${owner.options.id}'.`)
  }
  const own = { ...clock, ...(old && { callbackGraceMs: host.driveOf(old).callbackGraceMs }) }
  if (old) host.remove(old)
  const drive = host.add(world, own)
  if (old && beginnings.has(old)) beginnings.set(world, beginnings.get(old) as ControlSnapshot)
  return [world, drive]
}
