import type { Ms } from './timestamp.ts'

/** What a World tells whoever listens: everything that changed in it, in order. */
export interface Happening {
  readonly atMs: Ms
  readonly kind: HappeningKind
  /** Empty where it is nobody's. */
  readonly account: string
  /** The id of the job, profile or delivery; of a ledger entry, what it is for. */
  readonly id: string | null
  /** A few words on the outcome: a status, an HTTP code, an amount. */
  readonly detail: string
}

export type HappeningKind =
  | 'account.created'
  | 'account.changed'
  | 'job.created'
  | 'job.running'
  | 'job.succeeded'
  | 'job.failed'
  | 'job.expired'
  | 'profile.created'
  | 'profile.changed'
  | 'profile.deleted'
  | 'delivery.attempted'
  | 'ledger.booked'
  | 'scenario.added'
  | 'scenario.removed'
