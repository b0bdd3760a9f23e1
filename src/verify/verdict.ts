import type { ExchangeRecord } from './http/exchange.ts'

/**
 * - `passed`: it was tried, and holds
 * - `failed`: it was tried, and broken
 * - `note`: it was tried; the answer differs where the API's guide leaves it open
 * - `skipped`: it was not tried, because something was missing
 * - `error`: it was tried, and could not be judged
 */
export type Verdict = 'passed' | 'failed' | 'note' | 'skipped' | 'error'

export const VERDICTS: readonly Verdict[] = ['passed', 'failed', 'note', 'skipped', 'error']

/** One thing that was wrong, or different. */
export interface Breach {
  readonly expected: string
  readonly seen: string
  /** Number of the exchange that shows it; `null` if it is not in one exchange alone. */
  readonly exchange: number | null
}

/** What became of one rule. */
export interface Finding {
  readonly id: string
  readonly verdict: Verdict
  /** Why it was skipped or could not be judged; `null` otherwise. */
  readonly reason: string | null
  readonly breaches: readonly Breach[]
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
