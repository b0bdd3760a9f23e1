import type { Account } from './account.ts'
import type { CallbackFault, PlannedCallbackFault } from './callback-fault.ts'
import type { Duration } from './duration.ts'
import type { Failure } from './failure.ts'
import type { HttpFault } from './http-fault.ts'
import type { MicroUsd } from './money.ts'
import type { Ms } from './timestamp.ts'

/** Which requests a scenario is about; every field given must match. An empty one matches all. */
export interface ScenarioMatch {
  operation?: string
  /** Account id. */
  account?: string
  /** Only the nth request (from 1) that all the other fields match. */
  nth?: number
  /** Share of the matching requests, 0 to 1, drawn from the World's seed. */
  probability?: number
}

/** What becomes of the work; an API may have further effects, of which its own operations take care. */
export interface ScenarioEffect {
  pending?: Duration
  running?: Duration
  /** The work fails with this code instead of succeeding. */
  fail?: string
  /** The failure's message, instead of the code's own. */
  message?: string
  /** The work never ends by itself: `until-limit`, the runtime limit, when it fails; `forever` ignores the limit. */
  stuck?: 'until-limit' | 'forever'
  /** Charged on success instead of the price list's amount. */
  settle_micro_usd?: MicroUsd
  /** How the callback goes wrong. */
  callback?: CallbackFault
  /** The request itself goes wrong, whatever its operation; stands alone. */
  fault?: HttpFault
}

export interface Scenario {
  id?: string
  match?: ScenarioMatch
  effect: ScenarioEffect
  /** Ends after so many uses. @default no end */
  times?: number
}

/** What a scenario is matched against. */
export interface ScenarioSubject {
  operation: string
  account: Account
  label: string
  idempotencyKey: string | null
}

/** What becomes of work, ready to use; `null` where no scenario says it. */
export interface PlannedOutcome {
  scenarioId: string | null
  pendingMs: Ms | null
  runningMs: Ms | null
  failure: Failure | null
  stuck: 'until-limit' | 'forever' | null
  settleMicroUsd: MicroUsd | null
  callback: PlannedCallbackFault | null
  /** As it was given, for what the API has of its own. */
  effect: ScenarioEffect
}

/** A scenario in the middle of its life. */
export interface ScenarioState {
  id: string
  match: ScenarioMatch
  effect: ScenarioEffect
  /** Uses that are left; infinite for no end. */
  left: number
  /** How often it matched. */
  matched: number
}

/** What becomes of work that no scenario is about. */
export const ORDINARY: PlannedOutcome = {
  scenarioId: null,
  pendingMs: null,
  runningMs: null,
  failure: null,
  stuck: null,
  settleMicroUsd: null,
  callback: null,
  effect: {},
}
