import type { Source } from '../spec/index.ts'

/**
 * - `passed`: it was tried, and holds
 * - `partial`: it holds wherever it was tried, but a stated part of it was not tried
 * - `failed`: a promise of the API's guide or reference is broken
 * - `note`: no promise is broken; something differs where the API leaves it open
 * - `skipped`: it was not tried, because something was missing
 * - `error`: it was tried, and could not be judged
 */
export type Verdict = 'passed' | 'partial' | 'failed' | 'note' | 'skipped' | 'error'

export const VERDICTS: readonly Verdict[] = ['passed', 'partial', 'failed', 'note', 'skipped', 'error']

export const SYMBOLS: Readonly<Record<Verdict, string>> = {
  passed: '✓',
  partial: '◐',
  failed: '✗',
  note: '≈',
  skipped: '–',
  error: '!',
}

/** One thing that was wrong, or different. */
export interface Breach {
  readonly expected: string
  readonly seen: string
  /** Number of the exchange that shows it; `null` if it is not in one exchange alone. */
  readonly exchange: number | null
  /** Where the promise comes from; of a `choice` nothing is broken. */
  readonly source: Source
}

/** One thing that was judged, such as a rule: what every report says of it. */
export interface Judged {
  readonly id: string
  readonly verdict: Verdict
  readonly chapter: string
  /** What holds when it passes, in one sentence. */
  readonly text: string
  /** Where the promise comes from. Single clauses may come from elsewhere: each breach says so itself. */
  readonly source: Source
  /** Why it was skipped or could not be judged; `null` where nothing is to be said. */
  readonly reason: string | null
  /** All that was wrong, or different. */
  readonly breaches: readonly Breach[]
  /** Numbers of the exchanges that it looked at. */
  readonly exchanges: readonly number[]
  /** It is known to fail, and does not break the run. */
  readonly expectedToFail: boolean
  readonly durationMs: number
}
