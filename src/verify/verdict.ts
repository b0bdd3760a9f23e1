import type { ExchangeRecord } from '../report/exchange-record.ts'
import type { Breach as JudgedBreach, Verdict } from '../report/verdict.ts'

/**
 * How a script can tell by itself whether a breach is still there, from the answer to the exchange that shows it.
 *
 * - `status`: its status is one of `wanted`
 * - `body`: the extended regular expression `pattern` (grep -E) matches its body, whose line breaks were removed, or
 *   must not
 * - `count`: `pattern` matches `wanted` times
 * - `job`: its `job_id` is that of exchange `of`, or must be another one
 */
export type Check =
  | { readonly kind: 'status'; readonly wanted: readonly number[] }
  | { readonly kind: 'body'; readonly pattern: string; readonly isWanted: boolean }
  | { readonly kind: 'count'; readonly pattern: string; readonly wanted: number }
  | { readonly kind: 'job'; readonly of: number; readonly isSame: boolean }

/** One thing that was wrong, or different. */
export interface Breach extends JudgedBreach {
  /** `null` where a script could not tell. */
  readonly check: Check | null
}

/** One dimension of what a rule is stated over, such as the operation, and which of its values were tried. */
export interface Tried {
  readonly dimension: string
  /** All of its values. */
  readonly of: readonly string[]
  readonly values: readonly string[]
  readonly missing: readonly { readonly value: string; readonly reason: string }[]
}

/** What became of one rule. */
export interface Finding {
  readonly id: string
  readonly verdict: Verdict
  /** Why it was skipped or could not be judged; `null` otherwise. */
  readonly reason: string | null
  readonly breaches: readonly Breach[]
  /** What it was tried over; empty for a rule without dimensions. */
  readonly tried: readonly Tried[]
  readonly exchanges: readonly ExchangeRecord[]
  readonly durationMs: number
}

/** The rule could not be tried, because something is missing: `skipped`. */
export class NotTried extends Error {
  override readonly name: string = 'NotTried'
}

/** The rule was tried, and nothing can be said: `error`. */
export class CannotJudge extends Error {
  override readonly name: string = 'CannotJudge'
}
