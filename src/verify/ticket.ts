import type { Point } from './trial.ts'
import { UsageProblem } from './usage-problem.ts'
import type { Finding } from './verdict.ts'

/** A job whose expiry is waited for. Times are Unix ms. */
export interface ExpiringJob {
  readonly jobId: string
  /** Where it stands in the dimensions of the rules, such as its operation and its account. */
  readonly point: Point
  readonly submittedMs: number
  /** It had not ended yet. */
  readonly finishedAfterMs: number
  /** It had ended. */
  readonly finishedBeforeMs: number
  /** What its poll said at the end. */
  readonly terminal: unknown
}

/** What a ticket hands on to the run that finishes its report. */
export interface Resumed {
  readonly jobs: readonly ExpiringJob[]
  /** The highest number of an exchange that the report has already. */
  readonly lastExchange: number
}

/** The rule can be tried only later: `skipped` for now, and left to a ticket. */
export class Deferred extends Error {
  override readonly name: string = 'Deferred'
  readonly rule: string
  readonly jobs: readonly ExpiringJob[]
  /** From when on it can be tried, Unix ms. */
  readonly dueMs: number

  constructor(rule: string, jobs: readonly ExpiringJob[], dueMs: number) {
    super(`it can be seen only from ${new Date(dueMs).toISOString()} on`)
    this.rule = rule
    this.jobs = jobs
    this.dueMs = dueMs
  }
}

/** What a later run needs to finish the report of an earlier one. It holds no key, but signed URLs: whoever has it can download the job's image. */
export interface Ticket {
  readonly version: 1
  /** The implementation that was verified. */
  readonly url: string
  readonly retentionMs: number
  readonly startedMs: number
  /** Rules left to try. */
  readonly rules: readonly string[]
  readonly jobs: readonly ExpiringJob[]
  /** What was found already. */
  readonly findings: readonly Finding[]
  readonly spentMicroUsd: number
}

/** @throws {UsageProblem} if it is none */
export function readTicket(text: string, file: string): Ticket {
  let ticket: Partial<Ticket>
  try {
    ticket = JSON.parse(text) as Partial<Ticket>
  } catch (error) {
    throw new UsageProblem(`--resume ${file}: it is no JSON (${(error as Error).message}), so nothing can be resumed`)
  }
  const { version, url, retentionMs, startedMs, rules, jobs, findings } = ticket ?? {}
  const isWhole =
    version === 1 &&
    typeof url === 'string' &&
    typeof retentionMs === 'number' &&
    typeof startedMs === 'number' &&
    Array.isArray(rules) &&
    Array.isArray(findings) &&
    Array.isArray(jobs) &&
    jobs.every(
      (job) =>
        typeof job?.jobId === 'string' &&
        [job.submittedMs, job.finishedAfterMs, job.finishedBeforeMs].every((each) => typeof each === 'number'),
    )
  if (!isWhole) throw new UsageProblem(`--resume ${file}: it is no ticket of version 1, so nothing can be resumed`)
  return ticket as Ticket
}
