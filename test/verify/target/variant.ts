import type { Behaviour } from './behaviour.ts'
import type { TargetOptions } from './target.ts'
import type { Probe } from './variants/probe.ts'

/** The rows of "Open: never a failure" in rules.md. */
export type OpenRow = 'job body' | 'handle' | 'errors' | 'time' | 'callbacks' | 'downloads' | 'transport' | 'scope'

/** Another lawful way to implement the API. The contract suite must not call it failed. */
export interface Variant {
  readonly id: string
  readonly description: string
  readonly open: OpenRow
  /** Defaults for `startTarget`; options given there win. */
  readonly options?: TargetOptions
  /** Called once for each target, because some behaviours keep state. */
  readonly build?: () => Behaviour
  /** Whether the variant is seen to be on. False at a plain target. */
  readonly shows: (probe: Probe) => Promise<boolean>
}
