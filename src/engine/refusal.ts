import { formatUsd, type MicroUsd } from './money.ts'

/** Why a World does not do what a client asked of it; what a client is told of it is the API's own. */
export type RefusalReason =
  /** What is available does not cover what must be reserved: bill.insufficient. */
  | {
      readonly kind: 'unaffordable'
      /** What the money is for: `work`, or what else an API charges. */
      readonly what: string
      readonly neededMicroUsd: MicroUsd
      readonly availableMicroUsd: MicroUsd
    }
  /**
   * The id means nothing to this account. One answer for all such ids tells nothing of what others own: poll.scoped.
   */
  | { readonly kind: 'unknown' }
  /** It was the account's, and its retention has passed: poll.expired. */
  | { readonly kind: 'gone' }
  /** The job has ended, so that nothing can be done to it. */
  | { readonly kind: 'ended' }
  /** What an operation of the API judges by itself. */
  | { readonly kind: 'stated'; readonly status: number; readonly code: string; readonly detail: string }

/** A World refuses a command; nothing of it was done. */
export class Refusal extends Error {
  override readonly name: string = 'Refusal'
  readonly reason: RefusalReason

  constructor(reason: RefusalReason) {
    super(sentence(reason))
    this.reason = reason
  }
}

function sentence(reason: RefusalReason): string {
  if (reason.kind === 'stated') return reason.detail
  if (reason.kind !== 'unaffordable') return reason.kind
  const { what, neededMicroUsd, availableMicroUsd } = reason
  return `${what} needs ${formatUsd(neededMicroUsd)}, and ${formatUsd(availableMicroUsd)} is available`
}
