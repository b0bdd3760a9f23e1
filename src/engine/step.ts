import type { Ms } from './timestamp.ts'

/** Something of a World for which time matters: a job, a delivery, a training. */
export interface Step {
  /** The moment on the schedule that is still meant; anything else that surfaces is stale. */
  dueSeq: number
  /** Its moment has come. */
  step(): void
  /** When the clock brings its next step; `null` if it brings none. */
  nextStepMs(): Ms | null
  /** The moment at which whoever waits for it should look again; `null` if there is none. */
  worthWaitingMs(): Ms | null
}
