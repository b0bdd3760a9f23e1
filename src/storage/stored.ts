import type { ClockMode } from '../drive/clock-mode.ts'
import type { Ms } from '../engine/timestamp.ts'

/** How a World's clock moves, and what it and the wall showed at one moment. */
export interface StoredClock {
  mode: ClockMode
  speed: number
  frozen: boolean
  callbackGraceMs: Ms
  wallMs: Ms
  worldMs: Ms
}

/** What changes with every command. */
export interface StoredState {
  nowMs: Ms
  drawn: Record<string, number>
  dueSeq: number
  ledgerSeq: number
  scenariosMade: number
  /** `null` for a World that was taken out of service before anything moved it. */
  clock: StoredClock | null
}

/** What each thing that has no number of its own stands under. */
export interface Keys {
  readonly of: Map<object, number>
  /** The next that is free. */
  next: number
  /** Details of jobs, by their texts. */
  readonly details: Map<string, number>
}
