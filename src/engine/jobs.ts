import type { Account } from './account.ts'
import type { PlannedCallbackFault } from './callback-fault.ts'
import type { WorldContext } from './context.ts'
import type { Delivery } from './delivery.ts'
import { excerpt } from './excerpt.ts'
import { ExpiredJobs } from './expired-jobs.ts'
import type { Failure } from './failure.ts'
import { failureOf } from './failure.ts'
import { IdempotencyKeys } from './idempotency-keys.ts'
import { type EndedStatus, Job, type JobState } from './job.ts'
import { MisuseError, TooLateError } from './misuse-error.ts'
import type { Outbox } from './outbox.ts'
import { Refusal } from './refusal.ts'
import { ORDINARY, type PlannedOutcome } from './scenario.ts'
import { type Ms, wholeSecond } from './timestamp.ts'
import type { Order } from './work.ts'

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
  failure: Failure | null
}

/** A callback that nobody should send. */
export interface InjectedDelivery extends PlannedCallbackFault {
  /** Where it goes instead; `null` for the job's own callback URL. */
  url: string | null
}

const KEPT_BODIES = 1000
/** Characters of a label that are kept once it is decided what becomes of the job. */
const KEPT_LABEL = 4096

/** The jobs of a World: submit, poll, and what the clock does to them. */
export class Jobs {
  readonly #context: WorldContext
  readonly #outbox: Outbox
  readonly #live = new Map<string, Job>()
  readonly #open = new Map<string, Job>()
  readonly #expired = new ExpiredJobs()
  readonly #idempotencyKeys = new IdempotencyKeys()
  /** Ids of synchronous requests that ended in another World, and are in the ledger still. */
  readonly #adopted = new Set<string>()
  /** Whether any id is not of this World's own drawing. Of those that are, no two are the same. */
  #hasForeignIds = false
  // What polls say of jobs that ended and were asked of late: it may be dear to make, and never changes.
  readonly #endedBodies = new Map<Job, { filesUrl: string; body: string }>()
  #unfinished = 0

  constructor(context: WorldContext, outbox: Outbox) {
    this.#context = context
    this.#outbox = outbox
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

  /** Idempotency keys that are in use. */
  get idempotencyKeyCount(): number {
    return this.#idempotencyKeys.size
  }

  /** Async jobs and synchronous work that has not ended. */
  get unfinishedCount(): number {
    return this.#unfinished
  }

  /**
   * Takes on work: reserves the floor cost and fixes timeline and outcome.
   *
   * With a known idempotency key, answers the original job instead and touches nothing, whatever the balance:
   * idem.same-job, idem.charged-once, idem.broke-replay. A synchronous request's key means nothing.
   *
   * @param filesUrl where the callback says that files are; `null` where the World says
   * @throws {Refusal} `unaffordable`; nothing is left behind: bill.insufficient, submit.no-trace
   */
  submit(account: Account, order: Order, mode: 'async' | 'sync', filesUrl: string | null = null): Submitted {
    const original = mode === 'async' ? this.replayOf(account, order.idempotencyKey) : null
    if (original) return { job: original, replayed: true }
    return { job: this.#create(account, order, mode, null, filesUrl), replayed: false }
  }

  /** The live job of this idempotency key; `null` if there is none. */
  replayOf(account: Account, idempotencyKey: string | null): Job | null {
    return this.#idempotencyKeys.jobOf(account, idempotencyKey)
  }

  /**
   * What a poll by `account` finds at this instant of the World's clock.
   *
   * @throws {Refusal} `unknown` for an id never issued, or issued to another account: poll.unknown, poll.scoped,
   * poll.expired-scoped
   * @throws {Refusal} `gone` once its retention has passed: poll.expired
   */
  poll(account: Account, id: string): Job {
    const job = this.#live.get(id)
    if (job && job.account === account) return job
    throw new Refusal({ kind: this.#expired.ownerOf(id) === account ? 'gone' : 'unknown' })
  }

  /**
   * The body of a poll: poll.shape.
   *
   * @param filesUrl where whoever reads it finds files
   */
  body(job: Job, filesUrl: string = this.#context.options.cdnBaseUrl): string {
    const { dialect } = this.#context
    if (!job.isEnded) return dialect.pollBody(job, filesUrl, this.#context.entropy)
    const known = this.#endedBodies.get(job)
    if (known?.filesUrl === filesUrl) return known.body
    const body = dialect.pollBody(job, filesUrl, this.#context.entropy)
    if (this.#endedBodies.size === KEPT_BODIES) this.#endedBodies.clear()
    this.#endedBodies.set(job, { filesUrl, body })
    return body
  }

  /** A job that can be polled, or the work of a synchronous request that is open. */
  find(id: string): Job | undefined {
    return this.#live.get(id) ?? this.#open.get(id)
  }

  /** Ids of expired jobs, and whose they were. */
  expired(): Iterable<[id: string, owner: Account]> {
    return this.#expired
  }

  /** Takes a job in, in the middle of its life. @param filesUrl where its callback says that files are */
  adopt(state: JobState, filesUrl: string | null = null): Job {
    const job = new Job(state, filesUrl, this.#move)
    this.#hasForeignIds = true
    if (!job.isEnded) this.#unfinished++
    if (job.mode === 'sync') {
      if (job.isEnded) this.#adopted.add(job.id)
      else this.#open.set(job.id, job)
      return job
    }
    this.#live.set(job.id, job)
    this.#idempotencyKeys.claim(job)
    return job
  }

  /**
   * Makes the next step of a job come now: a pending one runs, for as long as it would have, and a running one ends as
   * it would have.
   *
   * @throws {TooLateError} if it has ended
   */
  forceStep(job: Job): void {
    assertUnfinished(job)
    const nowMs = this.#context.clock.nowMs
    if (job.status === 'pending') {
      job.endsMs = nowMs + (job.endsMs - job.startsMs)
      job.startsMs = nowMs
    } else job.endsMs = nowMs
    // What is on the schedule for it is stale.
    job.dueSeq = 0
    this.#move(job)
  }

  /** Makes a job fail now, whatever it was going to. @throws {TooLateError} if it has ended */
  forceFailure(job: Job, code: string, message?: string): void {
    assertUnfinished(job)
    job.failure = failureOf(this.#context.dialect, code, message)
    if (job.status === 'pending') this.forceStep(job)
    this.forceStep(job)
  }

  /** Lets a job never end by itself. @throws {TooLateError} if it has ended */
  hang(job: Job): void {
    assertUnfinished(job)
    job.endsMs = Number.POSITIVE_INFINITY
    this.#context.events.keeper?.jobChanged(job)
    if (job.status === 'running') job.dueSeq = 0
  }

  /** Ends a job before its work is done; its reservation is released. @throws {Refusal} `ended` */
  cancel(job: Job): void {
    if (job.isEnded) throw new Refusal({ kind: 'ended' })
    const { nowMs } = this.#context.clock
    job.startsMs = Math.min(job.startsMs, nowMs)
    job.endsMs = nowMs
    job.failure = null
    job.dueSeq = 0
    this.#end(job, 'canceled', nowMs)
  }

  /**
   * Another delivery of the callback of a job that ended.
   *
   * @throws {MisuseError} if it has not, or there is nowhere to
   * send it
   */
  injectDelivery(job: Job, { fault, delayMs, url }: InjectedDelivery): Delivery {
    const to = url ?? job.work.callbackUrl
    if (!job.isEnded) throw new MisuseError(`the job is ${job.status}, and only a job that ended has a callback`)
    if (to === null) throw new MisuseError('the job has no callback URL of its own; expects url')
    return this.#outbox.enqueue(job, to, this.#callbackBody(job), { fault, delayMs })
  }

  /** Forgets all of a job but that it was: poll.expired. Its idempotency key may be used anew: idem.after-expiry. */
  expire(job: Job): void {
    const { account } = job
    const { options, ledger, events } = this.#context
    if (options.keep !== 'everything') ledger.fold(account, job.reservation, job.closing)
    events.keeper?.jobForgotten(job)
    if (job.mode === 'sync') return
    this.#live.delete(job.id)
    this.#endedBodies.delete(job)
    this.#retire(job.id, account)
    this.#idempotencyKeys.free(job)
    events.changed('job.expired', account.id, job.id)
  }

  /**
   * Puts a job into the World as a fixture describes it; its money is booked like any other's. Its idempotency key must
   * be free: `replayOf`.
   */
  seed(account: Account, order: Order, seed: JobSeed): Job {
    if (seed.id !== null) this.#takeIn(seed.id)
    const job = this.#create(account, order, 'async', seed, null)
    const nowMs = this.#context.clock.nowMs
    if (job.startsMs <= nowMs) this.#move(job)
    if (job.endsMs <= nowMs) this.#finish(job, job.endsMs)
    return job
  }

  /** Seeds a job of which nothing is left but that it was. */
  seedExpired(account: Account, id: string | null): string {
    if (id !== null) this.#takeIn(id)
    const jobId = id ?? this.#nextId('job')
    this.#retire(jobId, account)
    return jobId
  }

  #retire(id: string, owner: Account): void {
    this.#expired.add(id, owner)
    this.#context.events.keeper?.jobExpired(id, owner)
  }

  readonly #isTaken = (id: string): boolean =>
    this.#live.has(id) || this.#open.has(id) || this.#adopted.has(id) || this.#expired.ownerOf(id) !== undefined

  #takeIn(id: string): void {
    if (this.#isTaken(id)) throw new MisuseError(`the job id ${id} is that of another job`)
    this.#hasForeignIds = true
  }

  #nextId(kind: 'job' | 'sync-request'): string {
    const { entropy } = this.#context
    return this.#hasForeignIds ? entropy.nextId(kind, this.#isTaken) : entropy.nextId(kind)
  }

  readonly #move = (job: Job): void => {
    const { clock, events } = this.#context
    if (job.status === 'pending') {
      job.status = 'running'
      events.keeper?.jobChanged(job)
      events.changed('job.running', job.account.id, job.id)
      if (Number.isFinite(job.endsMs)) this.#context.scheduleStep(job, Math.max(clock.nowMs, job.endsMs))
      return
    }
    if (job.status === 'running') this.#finish(job, clock.nowMs)
  }

  #create(account: Account, order: Order, mode: 'async' | 'sync', seed: JobSeed | null, filesUrl: string | null): Job {
    const { clock, ledger, events } = this.#context
    ledger.assertCovered(account, order.floorMicroUsd, 'work')
    const { operation, label, callbackUrl, idempotencyKey } = order
    // Only now, so that a refused submit uses up no scenario: submit.no-trace. A fixture says by itself what becomes of
    // a job.
    const planned = seed ? ORDINARY : this.#context.scenarios.plannedFor({ operation, account, label, idempotencyKey })
    const decision = order.decide(account, planned)
    const id = seed?.id ?? this.#nextId(mode === 'async' ? 'job' : 'sync-request')
    const createdMs = seed?.createdMs ?? clock.nowMs
    const reservation = ledger.reserve(account, order.floorMicroUsd, id, createdMs)
    const { startsMs, endsMs, failure } = seed ?? this.#timeline(planned, decision.failure, createdMs, mode)
    const job = new Job(
      {
        id,
        account,
        mode,
        work: {
          operation,
          label: label.length <= KEPT_LABEL ? label : excerpt(label, KEPT_LABEL),
          callbackUrl,
          idempotencyKey,
          finalMicroUsd: planned.settleMicroUsd ?? decision.finalMicroUsd,
          detail: decision.detail,
        },
        scenarioId: planned.scenarioId,
        createdMs,
        startsMs,
        endsMs,
        failure,
        reservation,
        closing: null,
        status: 'pending',
        completedMs: null,
        expiresMs: null,
        deliveryId: null,
        callbackFault: planned.callback,
        dueSeq: 0,
      },
      filesUrl,
      this.#move,
    )
    ;(mode === 'async' ? this.#live : this.#open).set(id, job)
    if (mode === 'async') this.#idempotencyKeys.claim(job)
    this.#unfinished++
    events.keeper?.jobChanged(job)
    events.changed('job.created', account.id, id, `${mode} ${operation}`)
    this.#context.scheduleStep(job, Math.max(clock.nowMs, job.startsMs))
    return job
  }

  #timeline(
    planned: PlannedOutcome,
    failure: Failure | null,
    createdMs: Ms,
    mode: 'async' | 'sync',
  ): Pick<Job, 'startsMs' | 'endsMs' | 'failure'> {
    const { dialect, options } = this.#context
    const startsMs = createdMs + (planned.pendingMs ?? options.pendingMs)
    if (planned.stuck === 'forever') return { startsMs, endsMs: Number.POSITIVE_INFINITY, failure: null }
    const runningMs = planned.stuck === null ? (planned.runningMs ?? options.runningMs) : Number.POSITIVE_INFINITY
    const endsMs = startsMs + runningMs
    const deadlineMs = createdMs + (mode === 'async' ? options.asyncLimitMs : options.syncLimitMs)
    if (endsMs > deadlineMs) {
      return {
        startsMs: Math.min(startsMs, deadlineMs),
        endsMs: deadlineMs,
        failure: failureOf(dialect, dialect.timeout),
      }
    }
    return { startsMs, endsMs, failure: planned.failure ?? failure }
  }

  #finish(job: Job, atMs: Ms): void {
    this.#end(job, job.failure ? 'failed' : 'succeeded', atMs)
  }

  #end(job: Job, status: EndedStatus, atMs: Ms): void {
    const { ledger, options, events } = this.#context
    job.status = status
    job.completedMs = atMs
    // Counted from the second that clients are shown, so that what they see and the retention is exact to them.
    job.expiresMs = wholeSecond(atMs) + options.retentionMs
    this.#unfinished--
    events.keeper?.jobChanged(job)
    job.closing =
      status === 'succeeded'
        ? ledger.settle(job.account, job.reservation, job.work.finalMicroUsd, atMs)
        : ledger.release(job.account, job.reservation, atMs)
    events.changed(`job.${status}`, job.account.id, job.id, job.failure?.code ?? '')
    if (job.mode === 'sync') this.#open.delete(job.id)
    else this.#callBack(job)
    this.#context.scheduleExpiry(job, Math.max(this.#context.clock.nowMs, job.expiresMs))
    const waiter = job.waiter
    job.waiter = null
    waiter?.(job)
  }

  /** What the callback says: callback.payload. */
  #callbackBody(job: Job): string {
    const { dialect, options } = this.#context
    const filesUrl = job.filesUrl ?? options.cdnBaseUrl
    return dialect.callbackBody?.(job, filesUrl, this.#context.entropy) ?? this.body(job, filesUrl)
  }

  #callBack(job: Job): void {
    const { callbackUrl } = job.work
    const fault = job.callbackFault?.fault ?? null
    if (callbackUrl === null || fault === 'never') return
    const body = this.#callbackBody(job)
    job.deliveryId = this.#outbox.enqueue(job, callbackUrl, body, job.callbackFault).id
    if (fault === 'duplicate') this.#outbox.enqueue(job, callbackUrl, body, job.callbackFault)
  }
}

/** @throws {TooLateError} */
function assertUnfinished(job: Job): void {
  if (job.isEnded) throw new TooLateError(`the job has ${job.status} already; expects one that is pending or running`)
}
