import type { World } from '../engine/world.ts'
import { type KeyOwner, Worlds } from '../engine/worlds.ts'
import { Drive, type DriveOptions } from './drive.ts'

/** What a World's drive may have of its own; the host has the rest. */
export type OwnDrive = Omit<Partial<DriveOptions>, 'send' | 'pause'>

/** The Worlds behind one door, each with what moves it. */
export class WorldHost {
  readonly worlds: Worlds
  readonly #drives = new Map<World, Drive>()

  /** @param prefix what the ids of its Worlds and their keys must begin with */
  constructor(prefix = '') {
    this.worlds = new Worlds(prefix)
  }

  /**
   * Serves a World.
   *
   * @throws {TakenError} if the World's id or one of its keys is live already
   */
  serve(world: World, options: DriveOptions): Drive {
    this.worlds.add(world)
    const drive = new Drive(world, options)
    this.#drives.set(world, drive)
    return drive
  }

  remove(world: World): void {
    this.worlds.remove(world)
    this.#drives.get(world)?.close()
    this.#drives.delete(world)
  }

  driveOf(world: World): Drive {
    const drive = this.#drives.get(world)
    if (!drive) throw new Error(`World ${world.options.id} is not served here`)
    return drive
  }

  find(key: string): KeyOwner | undefined {
    return this.worlds.find(key)
  }

  /** Before a command: brings the World's clock to the present. */
  enter(world: World): void {
    this.#drives.get(world)?.enter()
  }

  /** After it: sends what it made due, and lets the clock go on. */
  leave(world: World): void {
    this.#drives.get(world)?.leave()
  }

  /** Resolves once no callback attempt is on its way. */
  async idle(): Promise<void> {
    await Promise.all(Array.from(this.#drives.values(), (drive) => drive.idle()))
  }

  close(): void {
    for (const drive of this.#drives.values()) drive.close()
  }
}
