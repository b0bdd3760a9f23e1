import type { Host } from '../api/http.ts'
import { Drive, type DriveOptions } from '../drive/drive.ts'
import type { World } from '../engine/world.ts'
import { type KeyOwner, Worlds } from '../engine/worlds.ts'

/** The Worlds behind one server. What finds no World is answered and journaled by the default one. */
export class ServerHost implements Host {
  readonly worlds: Worlds = new Worlds()
  readonly lobby: World
  readonly checkResponses: boolean
  readonly #drives = new Map<World, Drive>()

  constructor(defaultWorld: World, options: DriveOptions & { checkResponses: boolean }) {
    this.lobby = defaultWorld
    this.checkResponses = options.checkResponses
    this.add(defaultWorld, options)
  }

  /** @throws {MisuseError} if the World's id or one of its keys is live already */
  add(world: World, options: DriveOptions): Drive {
    this.worlds.add(world)
    const drive = new Drive(world, options)
    this.#drives.set(world, drive)
    return drive
  }

  driveOf(world: World): Drive {
    const drive = this.#drives.get(world)
    if (!drive) throw new Error(`World ${world.options.id} is not served here`)
    return drive
  }

  find(key: string): KeyOwner | undefined {
    return this.worlds.find(key)
  }

  keyHint(): string {
    const keys = Array.from(this.lobby.keys(), ([key]) => key)
    return keys.length === 0 ? '' : ` Keys of the default world: ${keys.slice(0, 5).join(', ')}.`
  }

  enter(world: World): void {
    this.#drives.get(world)?.enter()
  }

  leave(world: World): void {
    this.#drives.get(world)?.leave()
  }

  close(): void {
    for (const drive of this.#drives.values()) drive.close()
  }
}
