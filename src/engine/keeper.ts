import type { Account } from './account.ts'
import type { Delivery } from './delivery.ts'
import type { Job } from './job.ts'
import type { LedgerEntry } from './ledger-entries.ts'
import type { ScenarioState } from './scenario.ts'

/**
 * Keeps a World somewhere else. It is told of everything that is new, not as it was, or no more, in the middle of the
 * command that does it: it takes note, and looks at it once the command is over.
 *
 * Not told: the clock, the draws from the seed, and the last numbers given out, which it looks at each time.
 */
export interface Keeper {
  accountChanged(account: Account): void
  /** The account changed too. */
  entryBooked(account: Account, entry: LedgerEntry): void
  /** The account changed too. */
  entryFolded(account: Account, entry: LedgerEntry): void
  jobChanged(job: Job): void
  jobForgotten(job: Job): void
  /** All that is left of a job is its id. */
  jobExpired(id: string, owner: Account): void
  deliveryChanged(delivery: Delivery): void
  deliveryForgotten(delivery: Delivery): void
  scenarioChanged(scenario: ScenarioState): void
  scenarioForgotten(scenario: ScenarioState): void
  /** Of the parts of what an API owns besides jobs. */
  ownChanged(part: object): void
  ownForgotten(part: object): void
}
