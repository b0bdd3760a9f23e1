import { randomBytes } from 'node:crypto'
import type { Flaw } from './flaw.ts'
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

/** Money in whole micro-dollars: deposited = available + reserved + spent. */
export class Account {
  readonly id: string
  readonly keys: readonly string[]
  readonly profiles: Map<string, Profile> = new Map()
  /** `client_request_id` to the job it made. */
  readonly submits: Map<string, string> = new Map()
  /** `client_request_id` to what it was refused with; only some flaws write here. */
  readonly refusals: Map<string, unknown> = new Map()
  readonly entries: LedgerEntry[] = []
  secret: string
  lastCallbackUrl: string | null = null
  deposited = 0
  available = 0
  reserved = 0
  spent = 0
  readonly #flaw: Flaw
  readonly #now: () => number

  constructor(id: string, keys: readonly string[], flaw: Flaw, now: () => number) {
    this.id = id
    this.keys = keys
    this.#flaw = flaw
    this.#now = now
    this.secret = flaw.has('secret-shared')
      ? '5ec2e7c0'.repeat(8)
      : flaw.has('secret-empty')
        ? ''
        : randomBytes(32).toString('hex')
  }

  deposit(amount: number): void {
    this.deposited += amount
    this.available += amount
    this.#enter('deposit', amount, null)
  }

  covers(floor: number): boolean {
    if (this.#flaw.has('no-balance-check')) return true
    if (this.#flaw.has('exact-balance-refused')) return this.available > floor
    return this.available >= floor
  }

  reserve(floor: number, subject: string): void {
    if (this.#flaw.has('no-reserve')) return
    this.available -= floor
    this.reserved += floor
    this.#enter('reservation', floor, subject)
  }

  settle(held: number, final: number, subject: string): void {
    const reserved = this.#flaw.has('no-reserve') ? 0 : held
    this.spent += final
    if (this.#flaw.has('settle-keeps-reservation')) {
      this.available -= final
    } else {
      this.reserved -= reserved
      if (!this.#flaw.has('settle-loses-difference')) this.available += reserved - final
    }
    this.#enter('settlement', final, subject)
  }

  release(held: number, subject: string): void {
    if (this.#flaw.has('no-reserve') || this.#flaw.has('refund-forgotten')) return
    this.reserved -= held
    if (this.#flaw.has('failure-charged')) this.spent += held
    else this.available += held
    this.#enter('release', held, subject)
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
