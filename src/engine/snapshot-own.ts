import type { Account } from './account.ts'
import type { Reservation } from './ledger-entries.ts'
import type { Step } from './step.ts'
import type { Ms } from './timestamp.ts'

/** What an API holds its own part of a snapshot against. Each throws a `MisuseError` that names the field. */
export interface CheckOwn {
  readonly nowMs: Ms
  /** @param right completes `expects …` */
  expects(holds: boolean, at: string, right: string, received: unknown): void
  /** A moment that was. */
  notAfter(atMs: Ms, at: string): void
  /** The id of an account of the snapshot. */
  isAccount(account: string, at: string): void
  /** The number of the account's reservation for this subject. */
  holds(account: string, reservation: number, subject: string, at: string): void
  /** A number on the schedule that nothing else has. */
  isDue(dueSeq: number, at: string): void
}

/** What puts it into the World that goes on. */
export interface RestoreOwn {
  accountOf(id: string): Account
  reservationOf(seq: number): Reservation
  /** Puts it on the schedule, where it stood. */
  plan(subject: Step): void
}
