import { Account } from './account.ts'
import { Delivery } from './delivery.ts'
import type { Downloads } from './downloads.ts'
import { imageOf } from './downloads.ts'
import type { Flaw } from './flaw.ts'
import { type ImageRequest, isUnreachable } from './image-request.ts'
import { hexId, Job } from './job.ts'
import { finalOf, floorOf } from './price.ts'
import { type Effect, effectOn, type Scenario } from './scenario.ts'
import { type ClockMode, Timeline } from './timeline.ts'
import type { Variation } from './variation.ts'

export interface Happening {
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

const SYNC_LIMIT_MS = 600_000
const ASYNC_LIMIT_MS = 1_800_000

/** One universe: its time, its accounts, their jobs. */
export class World {
  readonly id: string
  readonly flaw: Flaw
  readonly downloads: Downloads
  readonly timeline: Timeline
  readonly retryMs: readonly number[]
  readonly variation: Variation
  readonly callbackDelayMs: number
  readonly callbackTimeoutMs: number
  readonly accounts: Map<string, Account> = new Map()
  readonly jobs: Map<string, Job> = new Map()
  /** `client_request_id` to job across accounts; only a flaw uses it. */
  readonly submits: Map<string, string> = new Map()
  readonly happenings: Happening[] = []
  scenarios: Scenario[] = []
  openRequests = 0
  readonly #options: WorldOptions
  #counter = 0
  #atClose: (() => void)[] = []

  constructor(options: WorldOptions, flaw: Flaw, downloads: Downloads) {
    this.id = options.id
    this.flaw = flaw
    this.downloads = downloads
    this.retryMs = options.retryMs
    this.variation = options.variation
    this.callbackDelayMs = options.callbackDelayMs ?? 0
    this.callbackTimeoutMs = options.callbackTimeoutMs ?? 10_000
    this.timeline = new Timeline(options.clock, options.start, options.silenceMs)
    this.#options = options
  }

  addAccount(id: string, keys: readonly string[], deposit: number): Account {
    const account = new Account(id, keys, this.flaw, () => this.timeline.now)
    account.secret = this.variation.secret(account.secret)
    if (deposit > 0) account.deposit(deposit)
    this.accounts.set(id, account)
    return account
  }

  happened(kind: string, account: Account, id: string | null, detail: string): void {
    this.happenings.push({ at: new Date(this.timeline.now).toISOString(), kind, account: account.id, id, detail })
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
    const floor = unpaid ? 0 : floorOf(request)
    const held = this.flaw.has('reserve-one-image') ? floor / request.outputs : floor
    const effect: Effect = unpaid ? { settle_micro_usd: 0 } : this.#effectOn(account, request)
    const job = new Job(this.#jobId(account), account, request, effect, held, this.timeline.now, fingerprint)
    if (held > 0) account.reserve(held, job.id)
    if (request.isAsync) this.jobs.set(job.id, job)
    const last = account.lastCallbackUrl
    account.lastCallbackUrl = request.callbackUrl ?? last
    this.#schedule(job)
    this.happened('submitted', account, job.id, request.operation)
    if (request.callbackUrl !== null && this.flaw.has('callback-at-submit')) {
      new Delivery(this, job, request.callbackUrl).ping()
    }
    return job
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

  #effectOn(account: Account, request: ImageRequest): Effect {
    const { operation, prompt, clientRequestId } = request
    return effectOn(this.scenarios, { operation, account: account.id, prompt, clientRequestId })
  }

  #jobId(account: Account): string {
    if (this.flaw.has('sequential-ids')) return (0x5f3c8a1e0000 + ++this.#counter).toString(16).padStart(32, '0')
    if (this.flaw.has('ids-carry-account'))
      return Buffer.from(account.id.padEnd(8)).toString('hex', 0, 8) + hexId().slice(16)
    return this.variation.jobId()
  }

  #schedule(job: Job): void {
    const pending = durationMs(job.effect.pending ?? this.#options.pendingMs)
    const running = durationMs(job.effect.running ?? this.#options.runningMs)
    const limit = this.#limitOf(job.request)
    const whole = job.effect.stuck === undefined ? pending + running : Number.POSITIVE_INFINITY
    if (pending <= limit) this.timeline.at(job.createdAt + pending, () => this.#run(job))
    if (whole <= limit) this.timeline.at(job.createdAt + whole, () => this.#complete(job))
    else if (job.effect.stuck !== 'forever') {
      this.timeline.at(job.createdAt + limit, () => this.#fail(job, 'TIMEOUT', 'The work took longer than its limit.'))
    }
  }

  #limitOf(request: ImageRequest): number {
    if (request.isAsync) return this.flaw.has('async-with-sync-limit') ? SYNC_LIMIT_MS : ASYNC_LIMIT_MS
    return this.flaw.has('sync-without-limit') ? ASYNC_LIMIT_MS : SYNC_LIMIT_MS
  }

  #run(job: Job): void {
    if (job.over) return
    job.status = 'running'
    this.happened('running', job.account, job.id, '')
    const { callbackUrl } = job.request
    if (callbackUrl !== null && this.flaw.has('callback-on-running')) new Delivery(this, job, callbackUrl).ping()
  }

  #complete(job: Job): void {
    const failure = failureOf(job)
    if (failure !== null) {
      this.#fail(job, failure.code, failure.message)
      return
    }
    const counts = this.#countsOf(job)
    this.#end(job, 'succeeded')
    job.result = this.#resultOf(job, counts)
    const settle = (): void => job.account.settle(job.held, this.#priceOf(job, counts), job.id)
    if (this.flaw.has('settles-when-polled') && job.request.isAsync) job.putOff.push(settle)
    else settle()
    this.#announce(job)
    job.end()
  }

  #fail(job: Job, code: string, message: string): void {
    this.#end(job, 'failed')
    job.error = { code, message }
    const kept = !job.request.isAsync && code === 'TIMEOUT' && this.flaw.has('sync-timeout-keeps-money')
    if (job.held > 0 && !kept) job.account.release(job.held, job.id)
    if (!this.flaw.has('callback-on-success-only')) this.#announce(job)
    job.end()
  }

  #end(job: Job, status: 'succeeded' | 'failed'): void {
    const { now } = this.timeline
    job.status = status
    job.completedAt = now
    const isFromSubmit = this.#options.retentionFrom === 'submit'
    const from = isFromSubmit || this.flaw.has('retention-from-submit') ? job.createdAt : now
    job.expiresAt = Math.ceil((Math.floor(from / 1000) * 1000 + this.#options.retentionMs) / 1000) * 1000
    const { sweepMs } = this.#options
    if (sweepMs !== undefined) job.expiresAt = Math.ceil((from + this.#options.retentionMs) / sweepMs) * sweepMs
    this.happened(status, job.account, job.id, '')
  }

  #announce(job: Job): void {
    let url = job.request.callbackUrl
    if (job.request.isAsync && this.flaw.has('callback-to-last-url')) url ??= job.account.lastCallbackUrl
    if (url === null || !URL.canParse(url) || this.flaw.has('callback-never')) return
    const delivery = new Delivery(this, job, url)
    if (this.flaw.has('job-waits-for-receiver')) job.withheld = true
    if (this.flaw.has('callback-when-polled')) job.putOff.push(() => delivery.start())
    else delivery.start()
  }

  #countsOf(job: Job): Record<string, number> {
    const { account, request } = job
    const counts: Record<string, number> = {}
    for (const [id, profile] of account.profiles) {
      const named = request.operation !== 'generate' && request.profileIds.length === 1 && request.profileIds[0] === id
      if (profile.status !== 'READY' || !(named || request.prompt.includes(`[[${id}]]`))) continue
      counts[id] = request.outputs
    }
    return job.effect.known_subjects ?? counts
  }

  #priceOf(job: Job, counts: Record<string, number>): number {
    const { request, effect } = job
    if (this.flaw.has('settle-floor-only')) return floorOf(request)
    const final = effect.settle_micro_usd ?? finalOf(request, counts)
    if (request.isAsync && this.flaw.has('async-surcharge')) return Math.round(final * 1.1)
    if (request.isAsync && this.flaw.has('async-one-output-charged')) return Math.round(final / request.outputs)
    return final
  }

  #resultOf(job: Job, counts: Record<string, number>): Job['result'] {
    const { request } = job
    const shown = { ...counts }
    if (this.flaw.has('counts-not-summed')) for (const id of Object.keys(shown)) shown[id] = Math.min(1, shown[id] ?? 0)
    if (this.flaw.has('counts-stranger')) shown['unknown_person'] = 1
    if (this.flaw.has('counts-fractions')) for (const id of Object.keys(shown)) shown[id] = (shown[id] ?? 0) * 0.75
    const asBytes = request.mode === 'bytes' && !this.flaw.has('sync-bytes-as-urls')
    return {
      images: asBytes ? Array.from({ length: request.outputs }, () => imageOf(request.format).toString('base64')) : [],
      download_urls: asBytes ? [] : this.#urlsOf(job),
      known_subjects: { counts: shown },
    }
  }

  #urlsOf(job: Job): string[] {
    const { format, outputs, isAsync } = job.request
    const lifetime = this.flaw.has('url-dies-early') ? this.#options.retentionMs / 24 : null
    const expires = lifetime === null ? job.expiresAt : this.timeline.now + lifetime
    const count = isAsync && this.flaw.has('one-url-only') ? 1 : outputs
    const add = (): string => this.downloads.add(format, () => this.timeline.now, Math.ceil(expires / 1000))
    const urls = Array.from({ length: count }, add)
    if (this.flaw.has('same-url-twice')) return urls.map(() => urls[0] as string)
    if (this.flaw.has('later-downloads-missing')) for (const url of urls.slice(1)) this.downloads.forget(url)
    return urls
  }
}

/** What becomes of work that is not ended by its limit; null if all goes well. */
function failureOf({ effect, request }: Job): { code: string; message: string } | null {
  if (effect.fail !== undefined) {
    return { code: effect.fail, message: effect.message ?? 'The image could not be generated.' }
  }
  if (request.inputs.some(isUnreachable)) {
    return { code: 'INPUT_UNREACHABLE', message: 'An input image could not be read.' }
  }
  return null
}

/** Whole milliseconds, or text with units such as `1h30m`. */
export function durationMs(duration: string | number): number {
  if (typeof duration === 'number') return duration
  const units: Record<string, number> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 }
  let ms = 0
  for (const [, amount, unit] of duration.matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h|d)/g)) {
    ms += Number(amount) * (units[unit ?? ''] ?? 0)
  }
  return ms
}
