import type { Account } from './account.ts'
import type { Events } from './events.ts'
import { LedgerEntry, type LedgerEntryKind, type Reservation } from './ledger-entries.ts'
import { MisuseError } from './misuse-error.ts'
import { assertMicroUsd, formatUsd, type MicroUsd } from './money.ts'
import { Refusal } from './refusal.ts'
import type { Ms } from './timestamp.ts'

/** @throws {MisuseError} unless it is a whole number of micro-dollars, zero or more */
export function assertDeposit(amount: MicroUsd): MicroUsd {
  assertMicroUsd(amount, 'deposit')
  if (amount < 0) throw new MisuseError(`deposit: expects an amount of zero or more, received ${formatUsd(amount)}`)
  return amount
}

/** Books every change of money in a World. */
export class Ledger {
  #seq = 0
  readonly #events: Events

  constructor(events: Events) {
    this.#events = events
  }

  /** The sequence number of the last entry. */
  get lastSeq(): number {
    return this.#seq
  }

  /** Goes on after that entry. */
  goOn(lastSeq: number): void {
    this.#seq = lastSeq
  }

  deposit(account: Account, amount: MicroUsd, atMs: Ms): LedgerEntry {
    assertDeposit(amount)
    assertMicroUsd(account.deposited + amount, 'deposit: the sum of all deposits')
    account.deposited += amount
    account.available += amount
    return this.#book(account, 'deposit', amount, null, atMs)
  }

  /**
   * @param what it is for, in the refusal
   * @throws {Refusal} `unaffordable` if it is above what is available: bill.insufficient
   */
  assertCovered(account: Account, neededMicroUsd: MicroUsd, what: string): void {
    const { available: availableMicroUsd } = account
    if (neededMicroUsd > availableMicroUsd)
      throw new Refusal({ kind: 'unaffordable', what, neededMicroUsd, availableMicroUsd })
  }

  /** Holds the floor cost: bill.reserve. @throws {Refusal} as `assertCovered` */
  reserve(account: Account, amount: MicroUsd, subject: string, atMs: Ms): Reservation {
    this.assertCovered(account, amount, 'work')
    account.available -= amount
    account.reserved += amount
    return this.#book(account, 'reservation', amount, subject, atMs) as Reservation
  }

  /** Charges the final amount for the reservation, which is gone afterwards: bill.settle. */
  settle(account: Account, reservation: Reservation, finalAmount: MicroUsd, atMs: Ms): LedgerEntry {
    account.reserved -= reservation.amountMicroUsd
    account.available += reservation.amountMicroUsd - finalAmount
    account.spent += finalAmount
    return this.#book(account, 'settlement', finalAmount, reservation.subject, atMs)
  }

  /** Gives the whole reservation back: bill.release. */
  release(account: Account, reservation: Reservation, atMs: Ms): LedgerEntry {
    account.reserved -= reservation.amountMicroUsd
    account.available += reservation.amountMicroUsd
    return this.#book(account, 'release', reservation.amountMicroUsd, reservation.subject, atMs)
  }

  /** Forgets a reservation and what closed it; the account's totals stay. */
  fold(account: Account, reservation: Reservation, closing: LedgerEntry | null): void {
    for (const entry of [reservation, closing]) {
      if (entry === null) continue
      account.entries.delete(entry)
      account.foldedEntries++
      this.#events.keeper?.entryFolded(account, entry)
    }
  }

  #book(account: Account, kind: LedgerEntryKind, amount: MicroUsd, subject: string | null, atMs: Ms): LedgerEntry {
    if (account.deposited !== account.available + account.reserved + account.spent || account.reserved < 0) {
      throw new Error(
        `ledger of ${account.id}: ${kind} of ${amount} broke deposits = available + reserved + spent ` +
          `(${account.deposited} ≠ ${account.available} + ${account.reserved} + ${account.spent}); ` +
          'this is a bug of phota-mock',
      )
    }
    const entry = new LedgerEntry({
      seq: ++this.#seq,
      atMs,
      kind,
      amountMicroUsd: amount,
      subject,
      availableMicroUsd: account.available,
      reservedMicroUsd: account.reserved,
      spentMicroUsd: account.spent,
    })
    account.entries.add(entry)
    this.#events.keeper?.entryBooked(account, entry)
    const detail = this.#events.areHeard ? `${kind} ${formatUsd(amount)}` : ''
    this.#events.changed('ledger.booked', account.id, subject, detail)
    return entry
  }
}
