import type { MicroUsd } from './money.ts'
import type { Ms } from './timestamp.ts'

export type LedgerEntryKind = 'deposit' | 'reservation' | 'settlement' | 'release'

/** What a ledger entry says. Amounts are positive micro-dollars. */
export interface Booking {
  readonly seq: number
  readonly atMs: Ms
  readonly kind: LedgerEntryKind
  /** What was deposited, reserved, finally charged, or given back. */
  readonly amountMicroUsd: MicroUsd
  /** The id of what it is for, such as a job or a request; `null` for a deposit. */
  readonly subject: string | null
  readonly availableMicroUsd: MicroUsd
  readonly reservedMicroUsd: MicroUsd
  readonly spentMicroUsd: MicroUsd
}

/** Money held for one piece of work, from submit until it is settled or released: the entry that says so. */
export type Reservation = LedgerEntry & { readonly kind: 'reservation' }

/** One change of an account's balance, with the balance after it, and its neighbours in the account's list. */
export class LedgerEntry implements Booking {
  readonly seq: number
  readonly atMs: Ms
  readonly kind: LedgerEntryKind
  readonly amountMicroUsd: MicroUsd
  readonly subject: string | null
  readonly availableMicroUsd: MicroUsd
  readonly reservedMicroUsd: MicroUsd
  readonly spentMicroUsd: MicroUsd
  #previous: LedgerEntry | null = null
  #next: LedgerEntry | null = null

  constructor(booking: Booking) {
    this.seq = booking.seq
    this.atMs = booking.atMs
    this.kind = booking.kind
    this.amountMicroUsd = booking.amountMicroUsd
    this.subject = booking.subject
    this.availableMicroUsd = booking.availableMicroUsd
    this.reservedMicroUsd = booking.reservedMicroUsd
    this.spentMicroUsd = booking.spentMicroUsd
  }

  isReservation(): this is Reservation {
    return this.kind === 'reservation'
  }

  static previousOf(entry: LedgerEntry): LedgerEntry | null {
    return entry.#previous
  }

  static nextOf(entry: LedgerEntry): LedgerEntry | null {
    return entry.#next
  }

  static join(previous: LedgerEntry | null, next: LedgerEntry | null): void {
    if (previous) previous.#next = next
    if (next) next.#previous = previous
  }
}

/**
 * The entries of an account, oldest first. They are linked, because each job of a million takes two of them away when
 * it expires.
 */
export class LedgerEntries {
  #first: LedgerEntry | null = null
  #last: LedgerEntry | null = null
  #size = 0

  get size(): number {
    return this.#size
  }

  add(entry: LedgerEntry): void {
    LedgerEntry.join(this.#last, entry)
    this.#first ??= entry
    this.#last = entry
    this.#size++
  }

  /** @param entry one that is in here */
  delete(entry: LedgerEntry): void {
    const [previous, next] = [LedgerEntry.previousOf(entry), LedgerEntry.nextOf(entry)]
    LedgerEntry.join(previous, next)
    if (previous === null) this.#first = next
    if (next === null) this.#last = previous
    this.#size--
  }

  *[Symbol.iterator](): IterableIterator<LedgerEntry> {
    for (let entry = this.#first; entry !== null; entry = LedgerEntry.nextOf(entry)) yield entry
  }
}
