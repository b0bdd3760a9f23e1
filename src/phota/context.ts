import type { WorldContext } from '../engine/context.ts'
import type { PhotaWorldOptions } from './options.ts'
import type { Profiles } from './profiles.ts'

/** The parts of a World of this API that its own code shares. */
export interface PhotaContext extends WorldContext {
  readonly options: PhotaWorldOptions
  readonly profiles: Profiles
}
