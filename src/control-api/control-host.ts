import type { Api } from '../api/api.ts'
import type { Drive } from '../drive/drive.ts'
import type { OwnDrive } from '../drive/world-host.ts'
import type { World } from '../engine/world.ts'
import type { Worlds } from '../engine/worlds.ts'

/** Whose Worlds are controlled: a server's, or those of this process. */
export interface ControlHost {
  readonly api: Api
  readonly worlds: Worlds
  /** The World that there always is. */
  readonly lobby: World
  /** Where the API is reached, without its base path. */
  readonly origin: string
  /** Where a World's files are served. */
  cdnBaseUrl(worldId: string): string
  /** Where a client that came by this origin finds a World's files. */
  filesUrl(world: World, origin: string | null): string
  /**
   * @param own how its clock moves, from its first moment on
   * @throws {TakenError} if the World's id or one of its keys is live already
   */
  add(world: World, own?: OwnDrive): Drive
  remove(world: World): void
  /** Whether another World may take its place; not if a test holds it in its hands. */
  isReplaceable(world: World): boolean
  driveOf(world: World): Drive
  /** Before a command: brings the World's clock to the present. */
  enter(world: World): void
  /** After it: sends what it made due, and lets the clock go on. */
  leave(world: World): void
}
