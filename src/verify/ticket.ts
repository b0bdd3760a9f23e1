import { createHash, randomBytes } from 'node:crypto'
import { UsageProblem } from '../report/usage-problem.ts'
import type { Point } from './trial.ts'
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

/** What a run takes over from the ticket that it resumes. */
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

export const TICKET_VERSION = 2

/**
 * What a later run needs to finish the report of an earlier one. It holds no key, but signed URLs: whoever has it can
 * download the job's image.
 */
export interface Ticket {
  readonly version: typeof TICKET_VERSION
  /** The implementation that was verified. */
  readonly url: string
  /** Hashes of the keys that were used. */
  readonly accounts: Accounts
  readonly retentionMs: number
  readonly startedMs: number
  /** Rules left to try. */
  readonly rules: readonly string[]
  readonly jobs: readonly ExpiringJob[]
  /** What was found already. */
  readonly findings: readonly Finding[]
  readonly spentMicroUsd: number
}

/** Keys by which they can be known again, but not read: salted SHA-256 in hex; `null` where there was no key. */
export interface Accounts {
  readonly salt: string
  readonly key: string | null
  readonly otherKey: string | null
  readonly brokeKey: string | null
}

/** The keys of a run; `null` where there is none. */
export interface Keys {
  readonly key: string | null
  readonly otherKey: string | null
  readonly brokeKey: string | null
}

export function accountsOf({ key, otherKey, brokeKey }: Keys): Accounts {
  const salt = randomBytes(16).toString('hex')
  return {
    salt,
    key: fingerprint(salt, key),
    otherKey: fingerprint(salt, otherKey),
    brokeKey: fingerprint(salt, brokeKey),
  }
}

/**
 * Checks that a ticket belongs to this URL and these keys. To be called before anything is sent: a ticket alone must
 * never decide where a key goes.
 *
 * @throws {UsageProblem} if it is not
 */
export function mustBeOf(ticket: Ticket, file: string, url: string | undefined, keys: Keys): void {
  if (url === undefined) {
    throw new UsageProblem(
      `--resume ${file}: give the URL of the implementation too; the ticket is of ${ticket.url}. Example: ` +
        `phota-mock verify ${ticket.url} --resume ${file}`,
    )
  }
  if (plainUrl(url) !== plainUrl(ticket.url)) {
    throw new UsageProblem(`--resume ${file}: the ticket is of ${ticket.url}, and the URL given is ${url}`)
  }
  const { accounts } = ticket
  for (const [flag, name] of [
    ['--key', 'key'],
    ['--other-key', 'otherKey'],
    ['--broke-key', 'brokeKey'],
  ] as const) {
    const wanted = accounts[name]
    if (wanted === null) continue
    if (keys[name] === null) {
      throw new UsageProblem(
        `--resume ${file}: ${flag} is missing; give the same key as in the run that left the ticket`,
      )
    }
    if (fingerprint(accounts.salt, keys[name]) !== wanted) {
      throw new UsageProblem(`--resume ${file}: ${flag} is of another account than the ticket’s`)
    }
  }
}

function fingerprint(salt: string, key: string | null): string | null {
  return key === null ? null : createHash('sha256').update(`${salt}:${key}`).digest('hex')
}

function plainUrl(text: string): string {
  return URL.canParse(text) ? new URL(text).href.replace(/\/+$/, '') : text
}
