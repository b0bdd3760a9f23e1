import type { Clock } from './clock.ts'
import type { Dialect } from './dialect.ts'
import type { Entropy } from './entropy.ts'
import type { Events } from './events.ts'
import type { Job } from './job.ts'
import type { Ledger } from './ledger.ts'
import type { Scenarios } from './scenarios.ts'
import type { Step } from './step.ts'
import type { Ms } from './timestamp.ts'
import type { WorldOptions } from './world-options.ts'

/** The parts of a World that all others share. */
export interface WorldContext {
  readonly dialect: Dialect
  readonly options: WorldOptions
  readonly clock: Clock
  readonly entropy: Entropy
  readonly events: Events
  readonly ledger: Ledger
  readonly scenarios: Scenarios
  /** Makes `atMs` the one moment that this subject waits for; an earlier one turns stale. */
  scheduleStep(subject: Step, atMs: Ms): void
  scheduleExpiry(job: Job, atMs: Ms): void
}
