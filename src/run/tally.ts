import type { DeliveryStage } from '../engine/delivery.ts'
import type { JobStatus } from '../engine/job.ts'
import type { World } from '../engine/world.ts'

/** What happened in some Worlds, in numbers. */
export interface Tally {
  /** As far as the journal keeps them. */
  readonly requests: number
  readonly jobs: Readonly<Record<JobStatus | 'expired', number>>
  readonly chargedMicroUsd: number
  readonly callbacks: Readonly<Record<DeliveryStage, number>>
}

/** Counts everything that is in some Worlds now. */
export function tallyOf(worlds: Iterable<World>): Tally {
  const jobs = { pending: 0, running: 0, succeeded: 0, failed: 0, canceled: 0, expired: 0 }
  const callbacks = { waiting: 0, 'in-flight': 0, delivered: 0, exhausted: 0, refused: 0 }
  let requests = 0
  let chargedMicroUsd = 0
  for (const world of worlds) {
    requests += world.journal.entries().length
    jobs.expired += world.jobs.expiredCount
    for (const { status } of world.jobs.live()) jobs[status]++
    for (const { state } of world.outbox.all()) callbacks[state]++
    for (const account of world.accounts.values()) chargedMicroUsd += account.spent
  }
  return { requests, jobs, chargedMicroUsd, callbacks }
}

/** What came to be between two counts. */
export function since(before: Tally, after: Tally): Tally {
  return {
    requests: after.requests - before.requests,
    jobs: difference(before.jobs, after.jobs),
    chargedMicroUsd: after.chargedMicroUsd - before.chargedMicroUsd,
    callbacks: difference(before.callbacks, after.callbacks),
  }
}

function difference<Kind extends string>(
  before: Record<Kind, number>,
  after: Record<Kind, number>,
): Record<Kind, number> {
  const kinds = Object.keys(after) as Kind[]
  return Object.fromEntries(kinds.map((kind) => [kind, after[kind] - before[kind]])) as Record<Kind, number>
}
