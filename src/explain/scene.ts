import type { Accounts } from './accounts.ts'
import type { ApiCall } from './api-call.ts'
import type { Book } from './book.ts'
import type { Exchange } from './exchange.ts'
import type { Findings } from './finding.ts'
import type { Order } from './history.ts'
import type { Moments } from './moments.ts'

/** What each part of the judge has at hand: all that the history has shown before, and where to say what it finds. */
export interface Scene {
  readonly findings: Findings
  readonly book: Book
  readonly accounts: Accounts
  readonly order: Order
  readonly moments: Moments
  /** Webhook secrets that the caller knows. */
  readonly secrets: readonly string[]
  /** Whether the recording has the headers that hold keys at all. */
  showsKeys(exchange: Exchange): boolean
}

/** An exchange with the API. */
export interface Asked extends ApiCall {
  readonly exchange: Exchange
}
