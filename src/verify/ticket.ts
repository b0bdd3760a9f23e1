/** A job whose expiry is waited for. Times are Unix ms. */
export interface ExpiringJob {
  readonly jobId: string
  readonly submittedMs: number
  /** It had not ended yet. */
  readonly finishedAfterMs: number
  /** It had ended. */
  readonly finishedBeforeMs: number
  /** What its poll said at the end. */
  readonly terminal: unknown
}

/** The rule can be tried only later: `skipped` for now, and left to a ticket. */
export class Deferred extends Error {
  override readonly name: string = 'Deferred'
  readonly rule: string
  readonly job: ExpiringJob
  /** From when on it can be tried, Unix ms. */
  readonly dueMs: number

  constructor(rule: string, job: ExpiringJob, dueMs: number) {
    super(`it can be seen only from ${new Date(dueMs).toISOString()} on`)
    this.rule = rule
    this.job = job
    this.dueMs = dueMs
  }
}
