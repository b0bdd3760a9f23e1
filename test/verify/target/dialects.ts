import type { Behaviour } from './behaviour.ts'
import { fastapi } from './dialects/fastapi.ts'
import type { TargetOptions } from './target.ts'
import type { Probe } from './variants/probe.ts'

/** How one framework answers wherever the contract leaves that open. */
export interface Dialect {
  readonly description: string
  readonly options?: TargetOptions
  readonly build: () => Behaviour[]
  /** By what is shown: whether it is seen. False at a plain target. */
  readonly shows: Readonly<Record<string, (probe: Probe) => Promise<boolean>>>
}

export type DialectName = 'fastapi'

export const dialects: Readonly<Record<DialectName, Dialect>> = { fastapi }
