import type { ClockMode, Drive } from '../drive/drive.ts'
import { isRecord } from '../engine/fields.ts'
import { MisuseError } from '../engine/misuse-error.ts'
import { restoreWorld, takeSnapshot, type WorldSnapshot } from '../engine/snapshot.ts'
import type { World } from '../engine/world.ts'
import type { ControlHost } from './control-host.ts'
import { ControlRefusal } from './control-refusal.ts'

/** A World and what moves it. */
type Snapshot = WorldSnapshot & { clock: Pick<Drive, 'mode' | 'speed' | 'frozen'> }

const WORLD_ID = /^[a-z0-9][a-z0-9-]{0,63}$/
const beginnings = new WeakMap<World, Snapshot>()

export function snapshotOf(world: World, drive: Drive): Snapshot {
  const { mode, speed, frozen } = drive
  return { ...takeSnapshot(world), clock: { mode, speed, frozen } }
}

/** What a reset leads back to. */
export function rememberBeginning(world: World, drive: Drive): void {
  beginnings.set(world, snapshotOf(world, drive))
}

/** @throws {ControlRefusal} for a World whose beginning nobody knows */
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
 * @throws {ControlRefusal} 409 if they are; then nothing changed
 * @throws {MisuseError} for what is no snapshot
 */
export function restore(host: ControlHost, id: string, snapshot: unknown): [World, Drive] {
  const old = host.worlds.get(id)
  if (!old && !WORLD_ID.test(id))
    throw new ControlRefusal(400, `A World's id has letters, digits and dashes, such as w1; received '${id}'.`)
  if (old && !host.isReplaceable(old))
    throw new ControlRefusal(400, `World '${id}' belongs to a test of this process, and cannot be replaced.`)
  const world = restoreWorld(snapshot, { id, keyPrefix: host.worlds.prefix, cdnBaseUrl: host.cdnBaseUrl(id) })
  host.worlds.assertReachable(world)
  const { mode, speed, frozen } = clockOf(snapshot)
  for (const [key] of world.keys()) {
    const owner = host.worlds.find(key)?.world
    if (owner && owner !== old)
      throw new ControlRefusal(409, `The key '${key}' of the snapshot is live in World '${owner.options.id}'.`)
  }
  const own = { mode, speed, frozen, ...(old && { callbackGraceMs: host.driveOf(old).callbackGraceMs }) }
  if (old) host.remove(old)
  const drive = host.add(world, own)
  if (old && beginnings.has(old)) beginnings.set(world, beginnings.get(old) as Snapshot)
  return [world, drive]
}

function clockOf(snapshot: unknown): Snapshot['clock'] {
  const clock = (snapshot as Snapshot).clock
  const modes: readonly ClockMode[] = ['manual', 'real', 'auto', 'system']
  if (isRecord(clock) && modes.includes(clock.mode) && clock.speed > 0 && typeof clock.frozen === 'boolean')
    return clock
  throw new MisuseError('the snapshot expects clock with mode, speed and frozen; expects one as it was taken')
}
