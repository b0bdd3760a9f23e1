import type { WorldContext } from '../engine/context.ts'
import type { PhotaWorldOptions } from './options.ts'
import type { Picture } from './picture.ts'
import type { Profiles } from './profiles.ts'

/** The parts of a World of this API that its own code shares. */
export interface PhotaContext extends WorldContext {
  readonly options: PhotaWorldOptions
  readonly profiles: Profiles
  /** Those that a fixture brought, by their ids; all others are drawn. */
  readonly pictures: Map<string, Picture>
}
