import { Account } from './account.ts'
import type { Downloads } from './downloads.ts'
import type { Flaw } from './flaw.ts'
import type { ImageRequest } from './image-request.ts'
import type { Job } from './job.ts'
import type { Scenario } from './scenario.ts'
import { type ClockMode, Timeline } from './timeline.ts'
import type { Variation } from './variation.ts'
import { startWork } from './work.ts'

export interface WorldEvent {
  readonly at: string
  readonly kind: string
  readonly account: string
  readonly id: string | null
  readonly detail: string
}

export interface WorldOptions {
  readonly id: string
  readonly clock: ClockMode
  readonly start: number
  readonly pendingMs: number
  readonly runningMs: number
  readonly retentionMs: number
  readonly retryMs: readonly number[]
  readonly silenceMs?: number | undefined
  readonly variation: Variation
  readonly callbackDelayMs?: number
  readonly callbackTimeoutMs?: number
  readonly retentionFrom?: 'submit' | 'completion'
  readonly sweepMs?: number
}

/** One universe: its time, its accounts, their jobs. */
export class World {
  readonly id: string
  readonly flaw: Flaw
  readonly downloads: Downloads
  readonly timeline: Timeline
  readonly retryMs: readonly number[]
  readonly retentionMs: number
  readonly variation: Variation
  readonly callbackDelayMs: number
  readonly callbackTimeoutMs: number
  readonly retentionFrom: 'submit' | 'completion'
  readonly sweepMs: number | undefined
  readonly accounts: Map<string, Account> = new Map()
  readonly jobs: Map<string, Job> = new Map()
  /** `client_request_id` to job across accounts; only a flaw uses it. */
  readonly submits: Map<string, string> = new Map()
  /** The ids of all jobs, in the order of their submits. */
  readonly issued: string[] = []
  readonly events: WorldEvent[] = []
  scenarios: Scenario[] = []
  openRequests = 0
  readonly pendingMs: number
  readonly runningMs: number
  #atClose: (() => void)[] = []

  constructor(options: WorldOptions, flaw: Flaw, downloads: Downloads) {
    this.id = options.id
    this.flaw = flaw
    this.downloads = downloads
    this.retryMs = options.retryMs
    this.retentionMs = options.retentionMs
    this.variation = options.variation
    this.callbackDelayMs = options.callbackDelayMs ?? 0
    this.callbackTimeoutMs = options.callbackTimeoutMs ?? 10_000
    this.retentionFrom = options.retentionFrom ?? 'completion'
    this.sweepMs = options.sweepMs
    this.timeline = new Timeline(options.clock, options.start, options.silenceMs)
    this.pendingMs = options.pendingMs
    this.runningMs = options.runningMs
  }

  addAccount(id: string, keys: readonly string[], deposit: number): Account {
    const account = new Account({
      id,
      keys,
      nth: this.accounts.size + 1,
      flaw: this.flaw,
      now: () => this.timeline.now,
    })
    account.secret = this.variation.secret(account.secret)
    if (deposit > 0) account.deposit(deposit)
    this.accounts.set(id, account)
    return account
  }

  happened(kind: string, account: Account, id: string | null, detail: string): void {
    this.events.push({ at: new Date(this.timeline.now).toISOString(), kind, account: account.id, id, detail })
  }

  cleanUp(action: () => void): void {
    this.#atClose.push(action)
  }

  close(): void {
    this.timeline.close()
    for (const action of this.#atClose) action()
  }

  /** Takes on work that is paid for from now on. */
  start(account: Account, request: ImageRequest, fingerprint: string, unpaid = false): Job {
    return startWork(this, { account, request, fingerprint, unpaid })
  }

  /** Money that the ledger loses sight of; only a flaw hides any. */
  hidden(account: Account): number {
    if (!this.flaw.has('reservation-in-limbo')) return 0
    const running = [...this.jobs.values()].filter((job) => job.account === account && job.status === 'running')
    return running.reduce((sum, job) => sum + job.held, 0)
  }

  stuck(): string[] {
    return [...this.jobs.values()].filter((job) => !job.over && job.effect.stuck === 'forever').map((job) => job.id)
  }
}
