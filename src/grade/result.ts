import type { ExchangeRecord } from '../report/exchange-record.ts'
import type { Outcome } from '../report/outcome.ts'
import type { Judged } from '../report/verdict.ts'

/** Changes only when a field changes its meaning or goes; new ones may come. */
export const RESULT_VERSION = 1

/** One habit in `result.json`. */
export interface HabitResult extends Judged {
  /** What it costs not to have it. */
  readonly why: string
  /** The sentence of the API's guide that it follows from. */
  readonly guide: string
  readonly mend: string
}

/** One run of the client in `result.json`. */
export interface RoundResult {
  readonly id: string
  /** Its situation. */
  readonly text: string
  /** How the client ended: `done` with its pictures, `failed` without, or `stopped` by us. */
  readonly ending: 'done' | 'failed' | 'stopped'
  readonly endingText: string
  /** The end of what it wrote to its standard error. */
  readonly said: string
  readonly exchanges: number
  readonly durationMs: number
}

/** `result.json`, and what `--json` prints. */
export interface GradeResult extends Outcome {
  readonly version: typeof RESULT_VERSION
  /** The API's version whose guide the habits follow from. */
  readonly apiVersion: string
  /** What was graded: a command line, or `a function`. */
  readonly client: string
  readonly receiver: string | null
  readonly startedAt: string
  readonly finishedAt: string
  readonly durationMs: number
  readonly habits: readonly HabitResult[]
  readonly rounds: readonly RoundResult[]
  readonly exchanges: readonly ExchangeRecord[]
}
