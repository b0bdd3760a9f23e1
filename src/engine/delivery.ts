import type { Account } from './account.ts'
import type { Step } from './step.ts'
import type { Ms } from './timestamp.ts'

/**
 * `waiting` for its next attempt, `in-flight`, or over: `delivered` by a 2xx, `exhausted` after the last attempt,
 * `refused` because its host may not be called.
 */
export type DeliveryStage = 'waiting' | 'in-flight' | 'delivered' | 'exhausted' | 'refused'

/** One POST to the receiver, and what came of it. */
export interface Attempt {
  /** From 1. */
  readonly n: number
  readonly atMs: Ms
  /** The receiver's HTTP status; `null` if it gave none. */
  status: number | null
  /** Why there is no status; `null` if there is one, or the attempt still runs. */
  error: string | null
  /** World time it took; `null` while it runs. */
  durationMs: Ms | null
  /** Wall time it took; `null` where nothing was sent. */
  wallMs: number | null
}

/** Everything about a delivery that a snapshot keeps. */
export interface DeliveryState {
  readonly id: string
  readonly jobId: string
  readonly account: Account
  readonly url: string
  /** The exact text that is signed and sent. */
  readonly body: string
  /** What each attempt is signed with: the account's secret as it was, or another if a scenario has it so. */
  readonly secret: string
  readonly createdMs: Ms
  readonly attempts: Attempt[]
  state: DeliveryStage
  /** When the next attempt is due; `null` when none is. */
  nextAttemptMs: Ms | null
  /** What the attempt in flight came to, where that counts only from a later moment of the World: a time-out. */
  pendingOutcome: Extract<AttemptOutcome, { kind: 'timed-out' }> | null
  dueSeq: number
}

/** The callback of one job: its text is made once and kept, and sent in one or more attempts: callback.retry. */
export interface Delivery extends DeliveryState, Step {}

/**
 * What `src/deliver/` tells the World about an attempt. `wallMs` is real time, for people to read; nothing depends on
 * it. With `graceMs`, no longer than that was waited, in wall ms, because the clock does not follow the wall.
 */
export type AttemptOutcome =
  | { kind: 'answered'; status: number; wallMs: number }
  | { kind: 'failed'; error: string; wallMs: number }
  | { kind: 'timed-out'; wallMs: number; graceMs?: number }

/** An attempt that is due now; performed by `src/deliver/`, outside the World. */
export interface DueAttempt {
  readonly delivery: Delivery
  readonly attempt: Attempt
  /** Those of the API's own, the signature among them. */
  readonly headers: Readonly<Record<string, string>>
  /** The one of them that is the signature. */
  readonly signature: string
}

export function isSuccess(outcome: AttemptOutcome): boolean {
  return outcome.kind === 'answered' && outcome.status >= 200 && outcome.status < 300
}
