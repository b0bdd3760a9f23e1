import type { MicroUsd } from './prices.ts'
import type { Session } from './session.ts'
import type { ExpiringJob } from './ticket.ts'

/** What is known only at the end of a run. */
export interface RunEnd {
  /** What the operations' paths followed. */
  readonly base: string
  /** `null` if there was none. */
  readonly controlUrl: string | null
  /** Where callbacks were received; `null` if nowhere. */
  readonly receiverUrl: string | null
  /** By the price list, at most. */
  readonly spentMicroUsd: MicroUsd
  /** By the price list, of submits that were refused. */
  readonly releasedMicroUsd: MicroUsd
  /** `null` where no ledger could be read. */
  readonly actualMicroUsd: MicroUsd | null
  readonly deferred: readonly { readonly rule: string; readonly dueMs: number }[]
  /** The jobs whose expiry is waited for. */
  readonly expiring: readonly ExpiringJob[]
}

/** @param spentBefore by the runs that a ticket resumes, micro-dollars */
export function endOf(session: Session, spentBefore: MicroUsd = 0): RunEnd {
  const { budget } = session.target
  return {
    base: session.target.base,
    controlUrl: session.controlUrl,
    receiverUrl: session.hasReceiver ? session.receiver.url : null,
    spentMicroUsd: budget.spent + spentBefore,
    releasedMicroUsd: budget.released,
    actualMicroUsd: session.actualSpent,
    deferred: session.deferred.map(({ rule, dueMs }) => ({ rule, dueMs })),
    expiring: session.deferred[0]?.jobs ?? [],
  }
}
