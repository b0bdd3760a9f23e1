import type { Account } from './account.ts'
import type { DeliveryState } from './delivery.ts'
import type { JobState } from './job.ts'
import type { JournalEntry } from './journal-entry.ts'
import type { Booking } from './ledger-entries.ts'
import type { MicroUsd } from './money.ts'
import type { Plain } from './plain.ts'
import type { Ms } from './timestamp.ts'
import type { WorldOptions } from './world-options.ts'

/** Of this version. One of another is refused by its name. */
export const SNAPSHOT_FORMAT = 'phota-mock-snapshot/3'

/** JSON knows no infinity; it is `null` there. */
type Limit = number | null

/** A World to the last bit, as plain JSON; what moves it stands beside. */
export interface WorldSnapshot {
  format: typeof SNAPSHOT_FORMAT
  /** Whose it is: the dialect's name. */
  api: string
  options: PackedOptions
  nowMs: Ms
  /** How many ids of each kind were drawn from the seed. */
  drawn: Record<string, number>
  dueSeq: number
  ledgerSeq: number
  accounts: PackedAccount[]
  jobs: PackedJob[]
  expired: { account: string; ids: string[] }[]
  expiries: { seq: number; job: string }[]
  deliveries: PackedDelivery[]
  scenarios: PackedScenario[]
  scenariosMade: number
  journal: (Omit<JournalEntry, 'warnings'> & { warnings: string[] })[]
  /** What the API owns besides jobs; `null` if nothing. */
  own: Plain | null
}

/** The parts of a World, one after the other where there are many. */
export interface PackedWorld
  extends Omit<WorldSnapshot, 'format' | 'api' | 'accounts' | 'jobs' | 'expired' | 'expiries' | 'deliveries'> {
  accounts: Iterable<Omit<PackedAccount, 'entries'>>
  /** In the order of their numbers, of each account at least. */
  entries: Iterable<Booking & { readonly account: string }>
  /** In the order of their submits. `expirySeq` is their number on the schedule of expiries; 0 for none. */
  jobs: Iterable<PackedJob & { expirySeq: number; filesUrl: string | null }>
  expired: Iterable<{ account: string; ids: Iterable<string> }>
  /** Those that are over first, in the order in which they ended. */
  deliveries: Iterable<PackedDelivery>
}

/** Those of every World; those of the API stand in `own`. */
export type PackedOptions = Omit<
  WorldOptions,
  'syncLimitMs' | 'asyncLimitMs' | 'keep' | 'callbackRetryMs' | 'allowCallbackHosts'
> & {
  syncLimitMs: Limit
  asyncLimitMs: Limit
  callbackRetryMs: Ms[]
  allowCallbackHosts: string[]
  keep: { entries: Limit; bytes: Limit } | null
  own: Plain
}

export type PackedAccount = Pick<Account, 'id' | 'webhookSecret' | 'foldedEntries'> & {
  keys: string[]
  deposited: MicroUsd
  available: MicroUsd
  reserved: MicroUsd
  spent: MicroUsd
  entries: Booking[]
}

/** References are ids, and numbers of ledger entries. */
export type PackedJob = Omit<JobState, 'account' | 'endsMs' | 'reservation' | 'closing'> & {
  account: string
  endsMs: Limit
  reservation: number
  closing: number | null
}

export type PackedDelivery = Omit<DeliveryState, 'account'> & { account: string }

export interface PackedScenario {
  id: string
  match: Plain
  effect: Plain
  left: Limit
  matched: number
}
