import type { ExchangeRecord } from '../../report/exchange-record.ts'
import type { Outcome } from '../../report/outcome.ts'
import type { Judged } from '../../report/verdict.ts'
import type { MicroUsd } from '../prices.ts'
import type { Breach, Tried } from '../verdict.ts'

/** Changes only when a field changes its meaning or goes; new ones may come. */
export const RESULT_VERSION = 2

/** One rule in `result.json`. */
export interface RuleResult extends Judged {
  /** The part of the guide that states it; `null` where the guide does not. */
  readonly section: string | null
  readonly breaches: readonly Breach[]
  /** What it was tried over, and what of that was not tried; empty for a rule that is stated over nothing. */
  readonly tried: readonly Tried[]
  /** The script in the report's folder that tells whether the breach is still there; `null` if there is none. */
  readonly again: string | null
  /** A line that asks again what showed the first breach; `null` if that takes more than one request. */
  readonly curl: string | null
}

/** `result.json`, and what `--json` prints. */
export interface VerifyResult extends Outcome {
  readonly version: typeof RESULT_VERSION
  /** The API's version that the rules are of. */
  readonly apiVersion: string
  readonly target: {
    readonly url: string
    readonly base: string | null
    readonly control: string | null
    readonly receiver: string | null
    readonly retentionMs: number
  }
  readonly startedAt: string
  readonly finishedAt: string
  readonly durationMs: number
  readonly rules: readonly RuleResult[]
  readonly spend: {
    /** `null` for none. */
    readonly limitMicroUsd: MicroUsd | null
    /** By the price list, at most. */
    readonly spentMicroUsd: MicroUsd
    /** By the price list, of submits that were refused. */
    readonly releasedMicroUsd: MicroUsd
    /** By the ledger; `null` where none could be read. */
    readonly actualMicroUsd: MicroUsd | null
  }
  /** What is left to do later; `null` if nothing. */
  readonly deferred: { readonly rules: readonly string[]; readonly dueAt: string } | null
  readonly exchanges: readonly ExchangeRecord[]
}
