import type { Api } from '../api/api.ts'
import type { Host } from '../api/host.ts'
import type { ControlHost } from '../control-api/control-host.ts'
import { Redactor } from '../control-api/redactor.ts'
import { beginningOf } from '../control-api/snapshots.ts'
import type { Drive, DriveOptions } from '../drive/drive.ts'
import { type OwnDrive, WorldHost } from '../drive/world-host.ts'
import type { World } from '../engine/world.ts'
import type { Storage } from '../storage/storage.ts'
import type { Logger } from './logger.ts'

export interface ServerHostOptions {
  api: Api
  drive: DriveOptions
  publicUrl: string
  checkResponses: boolean
  logger: Logger | undefined
  /** What the ids of its Worlds and their keys must begin with. */
  prefix: string
  /** Where its Worlds are kept; `null` for nowhere. */
  storage: Storage | null
}

/** The Worlds behind one server. What finds no World is answered and journaled by the default one. */
export class ServerHost extends WorldHost implements Host, ControlHost {
  readonly api: Api
  readonly redactor: Redactor
  readonly checkResponses: boolean
  readonly #lobbyId: string
  readonly #publicUrl: string
  readonly #driveOptions: DriveOptions
  readonly #logger: Logger | undefined
  readonly #storage: Storage | null

  /** @param lobbyId of the default World, which must be added before anybody asks for it */
  constructor(lobbyId: string, options: ServerHostOptions) {
    super(options.prefix)
    this.api = options.api
    this.redactor = new Redactor(this.worlds, this.api)
    this.#lobbyId = lobbyId
    this.checkResponses = options.checkResponses
    this.#publicUrl = options.publicUrl
    this.#driveOptions = options.drive
    this.#logger = options.logger
    this.#storage = options.storage
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
    const drive = this.serve(world, { ...this.#driveOptions, ...own })
    world.events.on('attempt.ended', (delivery, attempt) => {
      if (delivery.state !== 'delivered') this.#logger?.failedAttempt(delivery, attempt, this.redactor)
    })
    this.#storage?.follow(world, drive, () => {
      const beginning = beginningOf(world)
      return beginning && JSON.stringify(beginning)
    })
    return drive
  }

  isReplaceable(): boolean {
    return true
  }

  /** Where a World's files are served; the first segment names the World. */
  cdnBaseUrl(worldId: string): string {
    return `${this.#publicUrl}/${worldId}`
  }

  filesUrl(world: World, origin: string | null): string {
    return origin === null ? world.options.cdnBaseUrl : `${origin}/${world.options.id}`
  }

  keyHint(key: string): string {
    const former = this.worlds.formerOwner(key)
    if (former !== null) return ` It was of the World '${former}', which was removed.`
    const keys = Array.from(this.lobby.keys(), ([key]) => key)
    return keys.length === 0 ? '' : ` Keys of the default world: ${keys.slice(0, 5).join(', ')}.`
  }

  /** Tells whoever reads the log what a client waits for. */
  hint({ options: { id } }: World, hint: string): void {
    this.#logger?.hint?.(`${hint}: phota-mock clock settle${id === this.#lobbyId ? '' : ` --world ${id}`}`)
  }
}
