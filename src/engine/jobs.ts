import type { JobError, JobErrorCode } from '../spec/index.ts'
import type { Account } from './account.ts'
import { ApiError, jobNotFound } from './api-error.ts'
import type { CallbackFate } from './callback-fault.ts'
import type { Delivery } from './delivery.ts'
import { excerpt } from './excerpt.ts'
import { ExpiredJobs } from './expired-jobs.ts'
import type { Ground } from './ground.ts'
import { type ImageRequest, promptProfileIds } from './image-request.ts'
import { isTerminal, type Job, type UrlSigner, viewJob } from './job.ts'
import { MisuseError, TooLateError } from './misuse-error.ts'
import { formatUsd } from './money.ts'
import type { Outbox } from './outbox.ts'
import { finalCost, floorCost } from './price-list.ts'
import type { Profiles } from './profiles.ts'
import { FAILURE_MESSAGES, type Fate, ORDINARY } from './scenario.ts'
import { type Ms, wholeSecond } from './timestamp.ts'

export interface Submitted {
  job: Job
  /** The job is an earlier one with the same idempotency key. */
  replayed: boolean
}

/** A job that a fixture puts into the World in the middle of its life. */
export interface JobSeed {
  id: string | null
  createdMs: Ms
  startsMs: Ms
  endsMs: Ms
  failure: JobError | null
  knownSubjects: Record<string, number> | null
}

/** A callback that nobody should send. */
export interface InjectedDelivery extends CallbackFate {
  /** Where it goes instead; `null` for the job's own `callback_url`. */
  url: string | null
}

const KEPT_ENDINGS = 1000
/** Characters of a prompt that are kept once it is decided what becomes of the job. */
const KEPT_PROMPT = 4096
const NO_SUBJECTS: Readonly<Record<string, number>> = {}

/** The jobs of a World: submit, poll, and what the clock does to them. */
export class Jobs {
  readonly #ground: Ground
  readonly #profiles: Profiles
  readonly #outbox: Outbox
  readonly urlSigner: UrlSigner
  readonly #live = new Map<string, Job>()
  readonly #open = new Map<string, Job>()
  readonly #expired = new ExpiredJobs()
  /** Ids of synchronous requests that ended in another World, and are in the ledger still. */
  readonly #adopted = new Set<string>()
  // What the jobs say that ended and were asked of late: its URLs are dear to sign, and it never changes.
  readonly #endings = new Map<Job, { imagesUrl: string; body: string }>()
  #unfinished = 0

  constructor(ground: Ground, profiles: Profiles, outbox: Outbox) {
    this.#ground = ground
    this.#profiles = profiles
    this.#outbox = outbox
    this.urlSigner = { cdnBaseUrl: ground.options.cdnBaseUrl, urlKey: ground.entropy.secret('download-urls') }
  }

  /** Jobs that can be polled, in the order of their submits. */
  live(): IterableIterator<Job> {
    return this.#live.values()
  }

  /** The work of synchronous requests that are still open. */
  openRequests(): Job[] {
    return [...this.#open.values()]
  }

  /** Tells every synchronous request that is open that no answer will come. */
  abandonRequests(): void {
    for (const job of this.#open.values()) {
      job.waiter?.(null)
      job.waiter = null
    }
  }

  get expiredCount(): number {
    return this.#expired.size
  }

  /** Async jobs and synchronous work that has not ended. */
  get unfinishedCount(): number {
    return this.#unfinished
  }

  /**
   * Takes on work: reserves the floor cost and fixes timeline and outcome.
   *
   * With a known idempotency key, answers the original job instead and touches nothing, whatever the balance: idem.same-job,
   * idem.charged-once, idem.broke-replay. A synchronous request's key means nothing.
   *
   * @param imagesUrl where the callback says that images are; `null` where the World says
   * @throws {ApiError} 404 for an unusable profile id, if the World has `strictProfiles`
   * @throws {ApiError} 402 if the floor is above what is available; nothing is left behind: bill.insufficient, submit.no-trace
   */
  submit(account: Account, request: ImageRequest, mode: 'async' | 'sync', imagesUrl: string | null = null): Submitted {
    const key = mode === 'async' ? request.clientRequestId : null
    const original = key === null ? undefined : account.jobsByClientRequestId.get(key)
    if (original) return { job: original, replayed: true }
    if (this.#ground.options.strictProfiles) this.#profiles.assertUsable(account, namedProfileIds(request))
    return { job: this.#create(account, request, mode, null, imagesUrl), replayed: false }
  }

  /**
   * What a poll by `account` finds at this instant of the World's clock.
   *
   * @throws {ApiError} 404 for an id never issued, or issued to another account: poll.unknown, poll.scoped, poll.expired-scoped
   * @throws {ApiError} 410 once its retention has passed: poll.expired
   */
  poll(account: Account, id: string): Job {
    const job = this.#live.get(id)
    if (job && job.account === account) return job
    if (this.#expired.ownerOf(id) === account)
      throw new ApiError(410, 'JOB_EXPIRED', 'The job has passed its retention window and is gone.')
    throw jobNotFound()
  }

  /**
   * The body of a poll, and of the callback: poll.shape, callback.payload.
   *
   * @param imagesUrl where whoever reads it finds images. Signatures do not cover it, so each URL works under every one
   */
  body(job: Job, imagesUrl: string = this.urlSigner.cdnBaseUrl): string {
    if (!isTerminal(job)) return JSON.stringify(viewJob(job, this.urlSigner))
    const known = this.#endings.get(job)
    if (known?.imagesUrl === imagesUrl) return known.body
    const body = JSON.stringify(viewJob(job, { ...this.urlSigner, cdnBaseUrl: imagesUrl }))
    if (this.#endings.size === KEPT_ENDINGS) this.#endings.clear()
    this.#endings.set(job, { imagesUrl, body })
    return body
  }

  /** Moves a job on, if the moment that came is still meant. */
  step(job: Job): void {
    const nowMs = this.#ground.clock.nowMs
    if (job.status === 'pending') {
      job.status = 'running'
      this.#ground.tell('job.running', job.account.id, job.id)
      if (Number.isFinite(job.endsMs)) this.#ground.scheduleStep(job, Math.max(nowMs, job.endsMs))
      return
    }
    if (job.status === 'running') this.#finish(job, nowMs)
  }

  /** A job that can be polled, or the work of a synchronous request that is open. */
  find(id: string): Job | undefined {
    return this.#live.get(id) ?? this.#open.get(id)
  }

  /** Ids of expired jobs, and whose they were. */
  expired(): Iterable<[id: string, owner: Account]> {
    return this.#expired
  }

  /** Takes a job in, in the middle of its life. */
  adopt(job: Job): void {
    if (!isTerminal(job)) this.#unfinished++
    if (job.mode === 'sync') {
      if (isTerminal(job)) this.#adopted.add(job.id)
      else this.#open.set(job.id, job)
      return
    }
    this.#live.set(job.id, job)
    if (job.request.clientRequestId !== null) job.account.jobsByClientRequestId.set(job.request.clientRequestId, job)
  }

  /**
   * Makes the next step of a job come now: a pending one runs, for as long as it would have, and a running one ends as it would have.
   *
   * @throws {TooLateError} if it has ended
   */
  forceStep(job: Job): void {
    assertUnfinished(job)
    const nowMs = this.#ground.clock.nowMs
    if (job.status === 'pending') {
      job.endsMs = nowMs + (job.endsMs - job.startsMs)
      job.startsMs = nowMs
    } else job.endsMs = nowMs
    // What is on the schedule for it is stale.
    job.dueSeq = 0
    this.step(job)
  }

  /** Makes a job fail now, whatever it was going to. @throws {TooLateError} if it has ended */
  forceFailure(job: Job, code: JobErrorCode, message: string = FAILURE_MESSAGES[code]): void {
    assertUnfinished(job)
    job.failure = { code, message }
    if (job.status === 'pending') this.forceStep(job)
    this.forceStep(job)
  }

  /** Lets a job never end by itself. @throws {TooLateError} if it has ended */
  hang(job: Job): void {
    assertUnfinished(job)
    job.endsMs = Number.POSITIVE_INFINITY
    if (job.status === 'running') job.dueSeq = 0
  }

  /** Another delivery of the callback of a job that ended. @throws {MisuseError} if it has not, or there is nowhere to send it */
  injectDelivery(job: Job, { fault, delayMs, url }: InjectedDelivery): Delivery {
    const to = url ?? job.request.callbackUrl
    if (!isTerminal(job)) throw new MisuseError(`the job is ${job.status}, and only a job that ended has a callback`)
    if (to === null) throw new MisuseError('the job has no callback_url; expects url')
    return this.#outbox.enqueue(job, to, this.#callbackBody(job), this.#ground.clock.nowMs, { fault, delayMs })
  }

  /** Forgets a job but for its 410: poll.expired. Its idempotency key may be used anew: idem.after-expiry. */
  expire(job: Job): void {
    const { account, request } = job
    if (this.#ground.options.keep !== 'everything') this.#ground.ledger.fold(account, job.reservation, job.closing)
    if (job.mode === 'sync') return
    this.#live.delete(job.id)
    this.#endings.delete(job)
    this.#expired.add(job.id, account)
    if (request.clientRequestId !== null && account.jobsByClientRequestId.get(request.clientRequestId) === job) {
      account.jobsByClientRequestId.delete(request.clientRequestId)
    }
    this.#ground.tell('job.expired', account.id, job.id)
  }

  /** Puts a job into the World as a fixture describes it; its money is booked like any other's. */
  seed(account: Account, request: ImageRequest, seed: JobSeed): Job {
    if (seed.id !== null) this.#assertFree(seed.id)
    const key = request.clientRequestId
    const sibling = key === null ? undefined : account.jobsByClientRequestId.get(key)
    if (sibling) {
      throw new MisuseError(
        `client_request_id '${key}' is that of ${account.id}'s job ${sibling.id}; expects one for each job that is kept`,
      )
    }
    const job = this.#create(account, request, 'async', seed, null)
    const nowMs = this.#ground.clock.nowMs
    if (job.startsMs <= nowMs) this.step(job)
    if (job.endsMs <= nowMs) this.#finish(job, job.endsMs)
    return job
  }

  /** Seeds a job of which only the 410 is left. */
  seedExpired(account: Account, id: string | null): string {
    if (id !== null) this.#assertFree(id)
    const jobId = id ?? this.#ground.entropy.nextId('job', this.#isTaken)
    this.#expired.add(jobId, account)
    return jobId
  }

  readonly #isTaken = (id: string): boolean =>
    this.#live.has(id) || this.#open.has(id) || this.#adopted.has(id) || this.#expired.ownerOf(id) !== undefined

  #assertFree(id: string): void {
    if (this.#isTaken(id)) throw new MisuseError(`job_id ${id} is that of another job`)
  }

  #create(
    account: Account,
    request: ImageRequest,
    mode: 'async' | 'sync',
    seed: JobSeed | null,
    imagesUrl: string | null,
  ): Job {
    const { options, clock, ledger, entropy, scenarios } = this.#ground
    const floorMicroUsd = floorCost(options.prices, request)
    if (floorMicroUsd > account.available) {
      throw new ApiError(
        402,
        'INSUFFICIENT_BALANCE',
        `The request needs ${formatUsd(floorMicroUsd)}, and ${formatUsd(account.available)} is available.`,
      )
    }
    // Only now, so that a refused submit uses up no scenario: submit.no-trace. A fixture says by itself what becomes of a job.
    const fate = seed
      ? ORDINARY
      : scenarios.fateOf({
          operation: request.operation,
          account,
          prompt: request.prompt,
          clientRequestId: request.clientRequestId,
        })
    const knownSubjects = seed?.knownSubjects ?? fate.knownSubjects ?? this.#knownSubjects(account, request)
    const identityOutputs = Math.max(
      0,
      ...Object.values(knownSubjects).map((count) => Math.min(count, request.outputs)),
    )
    const id = seed?.id ?? entropy.nextId(mode === 'async' ? 'job' : 'sync-request', this.#isTaken)
    const createdMs = seed?.createdMs ?? clock.nowMs
    const reservation = ledger.reserve(account, floorMicroUsd, id, createdMs)
    if (!reservation) throw new Error('ledger: a covered reservation was refused; this is a bug of phota-mock')
    const limitMs = mode === 'async' ? options.asyncLimitMs : options.syncLimitMs
    const { startsMs, endsMs, failure } = seed ?? timeline(fate, request, createdMs, limitMs, options)
    // Field by field: spreads, here and in the request, doubled what a submit costs.
    const job: Job = {
      kind: 'job',
      id,
      account,
      mode,
      request:
        request.prompt.length <= KEPT_PROMPT ? request : { ...request, prompt: excerpt(request.prompt, KEPT_PROMPT) },
      scenarioId: fate.scenarioId,
      createdMs,
      startsMs,
      endsMs,
      failure,
      knownSubjects,
      finalMicroUsd: fate.settleMicroUsd ?? finalCost(options.prices, request, identityOutputs, entropy),
      reservation,
      closing: null,
      status: 'pending',
      completedMs: null,
      expiresMs: null,
      deliveryId: null,
      callbackFate: fate.callback,
      imagesUrl,
      dueSeq: 0,
      waiter: null,
    }
    ;(mode === 'async' ? this.#live : this.#open).set(id, job)
    if (mode === 'async' && request.clientRequestId !== null)
      account.jobsByClientRequestId.set(request.clientRequestId, job)
    this.#unfinished++
    this.#ground.tell('job.created', account.id, id, `${mode} ${request.operation}`)
    this.#ground.scheduleStep(job, Math.max(clock.nowMs, job.startsMs))
    return job
  }

  #knownSubjects(account: Account, request: ImageRequest): Readonly<Record<string, number>> {
    const named = promptProfileIds(request.prompt)
    const ids = request.profileIds.length === 1 ? [...named, ...request.profileIds] : named
    if (ids.length === 0) return NO_SUBJECTS
    const ready = ids.filter((id) => this.#profiles.isReady(account, id))
    return Object.fromEntries(ready.map((id) => [id, request.outputs]))
  }

  #finish(job: Job, atMs: Ms): void {
    const { ledger, options } = this.#ground
    job.status = job.failure ? 'failed' : 'succeeded'
    job.completedMs = atMs
    // Counted from the second that clients are shown, so that `completed_at` + retention is exact to them.
    job.expiresMs = wholeSecond(atMs) + options.retentionMs
    this.#unfinished--
    job.closing = job.failure
      ? ledger.release(job.account, job.reservation, atMs)
      : ledger.settle(job.account, job.reservation, job.finalMicroUsd, atMs)
    this.#ground.tell(job.failure ? 'job.failed' : 'job.succeeded', job.account.id, job.id, job.failure?.code ?? '')
    if (job.mode === 'sync') this.#open.delete(job.id)
    else {
      this.#callBack(job)
    }
    this.#ground.scheduleExpiry(job, Math.max(this.#ground.clock.nowMs, job.expiresMs))
    const waiter = job.waiter
    job.waiter = null
    waiter?.(job)
  }

  #callbackBody(job: Job): string {
    return this.body(job, job.imagesUrl ?? undefined)
  }

  #callBack(job: Job): void {
    const { callbackUrl } = job.request
    const fault = job.callbackFate?.fault ?? null
    if (callbackUrl === null || fault === 'never') return
    const body = this.#callbackBody(job)
    const { nowMs } = this.#ground.clock
    job.deliveryId = this.#outbox.enqueue(job, callbackUrl, body, nowMs, job.callbackFate).id
    if (fault === 'duplicate') this.#outbox.enqueue(job, callbackUrl, body, nowMs, job.callbackFate)
  }
}

/** @throws {TooLateError} */
function assertUnfinished(job: Job): void {
  if (isTerminal(job))
    throw new TooLateError(`the job has ${job.status} already; expects one that is pending or running`)
}

/** Every profile id a request names, each once. */
export function namedProfileIds(request: ImageRequest): readonly string[] {
  const named = promptProfileIds(request.prompt)
  return request.profileIds.length === 0 ? named : [...new Set([...named, ...request.profileIds])]
}

function timeline(
  fate: Fate,
  request: ImageRequest,
  createdMs: Ms,
  limitMs: Ms,
  defaults: { pendingMs: Ms; runningMs: Ms },
): Pick<Job, 'startsMs' | 'endsMs' | 'failure'> {
  const startsMs = createdMs + (fate.pendingMs ?? defaults.pendingMs)
  if (fate.stuck === 'forever') return { startsMs, endsMs: Number.POSITIVE_INFINITY, failure: null }
  const endsMs = fate.stuck ? Number.POSITIVE_INFINITY : startsMs + (fate.runningMs ?? defaults.runningMs)
  const deadlineMs = createdMs + limitMs
  if (endsMs > deadlineMs) {
    return {
      startsMs: Math.min(startsMs, deadlineMs),
      endsMs: deadlineMs,
      failure: { code: 'TIMEOUT', message: FAILURE_MESSAGES.TIMEOUT },
    }
  }
  if (fate.failure) return { startsMs, endsMs, failure: fate.failure }
  const failure =
    request.inputProblem === null ? null : { code: 'INPUT_UNREACHABLE' as const, message: request.inputProblem }
  return { startsMs, endsMs, failure }
}
