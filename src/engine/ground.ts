import type { Clock } from './clock.ts'
import type { Entropy } from './entropy.ts'
import type { HappeningKind } from './happening.ts'
import type { Job } from './job.ts'
import type { Ledger } from './ledger.ts'
import type { Profile } from './profile.ts'
import type { Scenarios } from './scenario.ts'
import type { Ms } from './timestamp.ts'
import type { WorldOptions } from './world-options.ts'

/** What jobs and profiles stand on: the parts of a World that they share. */
export interface Ground {
  readonly options: WorldOptions
  readonly clock: Clock
  readonly entropy: Entropy
  readonly ledger: Ledger
  readonly scenarios: Scenarios
  /** Makes `atMs` the one moment that this subject waits for; an earlier one turns stale. */
  scheduleStep(subject: Job | Profile, atMs: Ms): void
  scheduleExpiry(job: Job, atMs: Ms): void
  tell(kind: HappeningKind, account: string, id: string | null, detail?: string): void
}
