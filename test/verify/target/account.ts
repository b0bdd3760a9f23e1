import { randomBytes } from 'node:crypto'
import type { Flaw } from './flaw.ts'
import type { Spot } from './place.ts'
import type { Profile } from './profile.ts'

export interface LedgerEntry {
  seq: number
  at: string
  kind: 'deposit' | 'reservation' | 'settlement' | 'release'
  amount_micro_usd: number
  subject: string | null
  available_micro_usd: number
  reserved_micro_usd: number
  spent_micro_usd: number
}

interface NewAccount {
  readonly id: string
  readonly keys: readonly string[]
  readonly nth: number
  readonly flaw: Flaw
  readonly now: () => number
}

/** Money in whole micro-dollars: deposited = available + reserved + spent. */
export class Account {
  readonly id: string
  readonly keys: readonly string[]
  /** Which account of its World it is, counted from 1. */
  readonly nth: number
  readonly profiles: Map<string, Profile> = new Map()
  /** `client_request_id` to the job it made. */
  readonly submits: Map<string, string> = new Map()
  /** `client_request_id` to what it was refused with; only some flaws write here. */
  readonly refusals: Map<string, unknown> = new Map()
  /** How many submits with a `client_request_id` are being answered; only some flaws count them. */
  readonly underway: Map<string, number> = new Map()
  readonly entries: LedgerEntry[] = []
  secret: string
  /** Whether it was asked for before; only a flaw cares. */
  secretShown = false
  lastCallbackUrl: string | null = null
  deposited = 0
  available = 0
  reserved = 0
  spent = 0
  readonly #flaw: Flaw
  readonly #now: () => number

  constructor({ id, keys, nth, flaw, now }: NewAccount) {
    this.id = id
    this.keys = keys
    this.nth = nth
    this.#flaw = flaw
    this.#now = now
    this.secret = flaw.has('secret-empty', { account: this }) ? '' : randomBytes(32).toString('hex')
    if (flaw.has('secret-shared', { account: this })) this.secret = '5ec2e7c0'.repeat(8)
  }

  deposit(amount: number): void {
    this.deposited += amount
    this.available += amount
    this.#enter('deposit', amount, null)
  }

  covers(floor: number, at: Spot = {}): boolean {
    if (this.#flaw.has('no-balance-check', at)) return true
    if (this.#flaw.has('exact-balance-refused', at)) return this.available > floor
    if (this.#flaw.has('reservations-not-counted', at)) return this.available + this.reserved >= floor
    if (this.#flaw.has('reservations-counted-twice', at)) return this.available - this.reserved >= floor
    return this.available >= floor
  }

  reserve(floor: number, subject: string, at: Spot = {}): void {
    if (this.#flaw.has('no-reserve', at)) return
    this.available -= floor
    this.reserved += floor
    this.#enter('reservation', floor, subject)
  }

  settle(held: number, final: number, subject: string, at: Spot = {}): void {
    const reserved = this.#flaw.has('no-reserve', at) ? 0 : held
    this.spent += final
    if (this.#flaw.has('settle-keeps-reservation', at)) {
      this.available -= final
    } else {
      this.reserved -= reserved
      if (!this.#flaw.has('settle-loses-difference', at)) this.available += reserved - final
    }
    this.#enter('settlement', final, subject)
    if (this.#flaw.has('settles-twice', at)) this.take(final, subject)
  }

  release(held: number, subject: string, at: Spot = {}): void {
    if (this.#flaw.has('no-reserve', at) || this.#flaw.has('refund-forgotten', at)) return
    this.reserved -= held
    if (this.#flaw.has('failure-charged', at)) this.spent += held
    else this.available += held
    if (this.#flaw.has('releases-twice', at)) this.available += held
    if (this.#flaw.has('refund-less-a-fee', at)) {
      this.available -= 1_000
      this.spent += 1_000
    }
    this.#enter('release', held, subject)
  }

  /** Gives back what was spent; only some flaws do. */
  refund(amount: number, subject: string): void {
    this.spent -= amount
    this.available += amount
    this.#enter('release', amount, subject)
  }

  /** Takes money for no work at all; only some flaws do. */
  take(amount: number, subject: string): void {
    this.available -= amount
    this.spent += amount
    this.#enter('settlement', amount, subject)
  }

  describe(hidden: number): Record<string, unknown> {
    return {
      id: this.id,
      keys: this.keys,
      webhook_signing_secret: this.secret,
      deposited_micro_usd: this.deposited,
      available_micro_usd: this.available,
      reserved_micro_usd: this.reserved - hidden,
      spent_micro_usd: this.spent,
    }
  }

  #enter(kind: LedgerEntry['kind'], amount: number, subject: string | null): void {
    this.entries.push({
      seq: this.entries.length + 1,
      at: new Date(this.#now()).toISOString(),
      kind,
      amount_micro_usd: amount,
      subject,
      available_micro_usd: this.available,
      reserved_micro_usd: this.reserved,
      spent_micro_usd: this.spent,
    })
  }
}
