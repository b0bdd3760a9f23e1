import type { Place } from './place.ts'

/** One small thing that an implementation gets wrong. */
export interface Defect {
  readonly id: string
  /** What goes wrong, if several defects share it and differ in the place. The id, if left out. */
  readonly fault?: string
  /** Where it goes wrong; everywhere, if left out. */
  readonly only?: Place
  /** The rules that must name it. */
  readonly breaks: readonly string[]
  /** Further rules that may name it, because it breaks them on the way. */
  readonly also?: readonly string[]
  /** `note`: what it breaks is only a choice, so a note is all that it can earn. */
  readonly verdict?: 'note'
  readonly description: string
}
