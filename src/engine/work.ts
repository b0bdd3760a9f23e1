import type { Account } from './account.ts'
import type { Failure } from './failure.ts'
import type { MicroUsd } from './money.ts'
import type { Plain } from './plain.ts'
import type { PlannedOutcome } from './scenario.ts'

/** What a client wants done, as its operation understood it. */
export interface Order {
  readonly operation: string
  /** What it is about, in words, for people and for scenarios. */
  readonly label: string
  readonly callbackUrl: string | null
  readonly idempotencyKey: string | null
  /** What is reserved for it. */
  readonly floorMicroUsd: MicroUsd
  /** Decides the rest. Called once, after it is known that the account can pay, and what a scenario plans for it. */
  decide(account: Account, planned: PlannedOutcome): Decision
}

/** What is known of work once it is taken on. */
export interface Decision {
  /** What its success costs. */
  readonly finalMicroUsd: MicroUsd
  /** Why it cannot succeed; `null` if nothing speaks against it. */
  readonly failure: Failure | null
  /** What the dialect needs to tell of it: plain JSON, which the engine keeps and never reads. */
  readonly detail: Plain
}

/** Work that was taken on. */
export interface Work extends Pick<Order, 'operation' | 'callbackUrl' | 'idempotencyKey'> {
  /** Of a long one, the beginning. */
  readonly label: string
  readonly finalMicroUsd: MicroUsd
  readonly detail: Plain
}
