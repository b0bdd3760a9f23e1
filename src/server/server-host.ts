import type { Host } from '../api/http.ts'
import type { ControlHost, OwnDrive } from '../control-api/control-host.ts'
import { Redactor } from '../control-api/redactor.ts'
import { Drive, type DriveOptions } from '../drive/drive.ts'
import type { World } from '../engine/world.ts'
import { type KeyOwner, Worlds } from '../engine/worlds.ts'
import type { Logger } from './logger.ts'

export interface ServerHostOptions {
  drive: DriveOptions
  publicUrl: string
  checkResponses: boolean
  logger: Logger | undefined
  /** What the ids of its Worlds and their keys must begin with. */
  prefix: string
}

/** The Worlds behind one server. What finds no World is answered and journaled by the default one. */
export class ServerHost implements Host, ControlHost {
  readonly worlds: Worlds
  readonly redactor: Redactor
  readonly checkResponses: boolean
  readonly #lobbyId: string
  readonly #publicUrl: string
  readonly #driveOptions: DriveOptions
  readonly #logger: Logger | undefined
  readonly #drives = new Map<World, Drive>()

  constructor(defaultWorld: World, options: ServerHostOptions) {
    this.worlds = new Worlds(options.prefix)
    this.redactor = new Redactor(this.worlds)
    this.#lobbyId = defaultWorld.options.id
    this.checkResponses = options.checkResponses
    this.#publicUrl = options.publicUrl
    this.#driveOptions = options.drive
    this.#logger = options.logger
    this.add(defaultWorld)
  }

  /** The default World; a restored one takes its place. */
  get lobby(): World {
    return this.worlds.get(this.#lobbyId) as World
  }

  get origin(): string {
    return this.#publicUrl
  }

  /**
   * Serves a World, with a clock like the default World's.
   *
   * @param own what is to be otherwise than there
   *
   * @throws {TakenError} if the World's id or one of its keys is live already
   */
  add(world: World, own: OwnDrive = {}): Drive {
    this.worlds.add(world)
    world.onAttempt = (delivery, attempt) => {
      if (delivery.state !== 'delivered') this.#logger?.failedAttempt(delivery, attempt, this.redactor)
    }
    const drive = new Drive(world, { ...this.#driveOptions, ...own })
    this.#drives.set(world, drive)
    return drive
  }

  remove(world: World): void {
    this.worlds.remove(world)
    this.#drives.get(world)?.close()
    this.#drives.delete(world)
  }

  isReplaceable(): boolean {
    return true
  }

  /** Where a World's images are served; the first segment names the World. */
  cdnBaseUrl(worldId: string): string {
    return `${this.#publicUrl}/${worldId}`
  }

  driveOf(world: World): Drive {
    const drive = this.#drives.get(world)
    if (!drive) throw new Error(`World ${world.options.id} is not served here`)
    return drive
  }

  find(key: string): KeyOwner | undefined {
    return this.worlds.find(key)
  }

  imagesUrl(world: World, origin: string | null): string {
    return origin === null ? world.options.cdnBaseUrl : `${origin}/${world.options.id}`
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

  /** Resolves once no callback attempt is on its way. */
  async idle(): Promise<void> {
    await Promise.all(Array.from(this.#drives.values(), (drive) => drive.idle()))
  }

  close(): void {
    for (const drive of this.#drives.values()) drive.close()
  }
}
