import { LedgerEntries } from './ledger-entries.ts'
import type { MicroUsd } from './money.ts'

/** Whoever owns keys, money and jobs. At every moment `deposited = available + reserved + spent`: bill.conserved. */
export interface Account {
  /** Short and human: `alice`. */
  readonly id: string
  readonly keys: string[]
  /** 64 hex digits; keys the HMAC of this account's callbacks: secret.per-account, callback.signature. */
  webhookSecret: string
  deposited: MicroUsd
  /** May fall below zero by a settlement above the reservation: work done is paid. Never by a submit. */
  available: MicroUsd
  reserved: MicroUsd
  spent: MicroUsd
  /** Oldest first; entries of expired jobs are folded away unless the World keeps everything. */
  readonly entries: LedgerEntries
  /** How many entries were folded away; their sums live on in the four totals. */
  foldedEntries: number
}

export interface AccountInit {
  id: string
  webhookSecret: string
}

export function createAccount(init: AccountInit): Account {
  return {
    id: init.id,
    keys: [],
    webhookSecret: init.webhookSecret,
    deposited: 0,
    available: 0,
    reserved: 0,
    spent: 0,
    entries: new LedgerEntries(),
    foldedEntries: 0,
  }
}
