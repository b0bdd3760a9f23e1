import type { World } from '../engine/world.ts'
import type { KeyOwner } from '../engine/worlds.ts'
import type { Api } from './api.ts'

/** Whom a door serves: where requests find their World, and what happens around each command in it. */
export interface Host {
  readonly api: Api
  find(key: string): KeyOwner | undefined
  /** Answers, numbers and journals what finds no World: a missing or unknown key, an unknown path. */
  readonly lobby: World
  /** Where a client that came by this origin finds a World's files. */
  filesUrl(world: World, origin: string | null): string
  /** Told to whoever comes with an unknown key. */
  keyHint(key: string): string
  /** Before a command: brings the World's clock to the present. */
  enter(world: World): void
  /** After its answer is made. */
  leave(world: World): void
  /** Hold each answer against openapi.yaml before it leaves. */
  readonly checkResponses: boolean
}
