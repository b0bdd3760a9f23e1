import type { Account } from './account.ts'
import type { PlannedCallbackFault } from './callback-fault.ts'
import type { Failure } from './failure.ts'
import type { LedgerEntry, Reservation } from './ledger-entries.ts'
import type { Step } from './step.ts'
import type { Ms } from './timestamp.ts'
import type { Work } from './work.ts'

/** How far a job is. Not every API has one that can be `canceled`. */
export type JobStatus = 'pending' | 'running' | EndedStatus
export type EndedStatus = 'succeeded' | 'failed' | 'canceled'

/** Everything about a job that a snapshot keeps. */
export interface JobState {
  readonly id: string
  readonly account: Account
  readonly mode: 'async' | 'sync'
  readonly work: Work
  readonly scenarioId: string | null
  readonly createdMs: Ms
  startsMs: Ms
  /** When it ends; infinite if a scenario keeps it stuck forever. */
  endsMs: Ms
  /** How it will have failed; `null` if it succeeds. */
  failure: Failure | null
  readonly reservation: Reservation
  /** The settlement or release; `null` until it ends. */
  closing: LedgerEntry | null
  status: JobStatus
  /** Set when it reaches a terminal status. */
  completedMs: Ms | null
  /** When its result is gone: poll.expired. */
  expiresMs: Ms | null
  /** The delivery of its callback, once there is one. */
  deliveryId: string | null
  /** How its callback goes wrong; `null` if it does not. */
  readonly callbackFault: PlannedCallbackFault | null
  dueSeq: number
}

/**
 * One piece of work, asynchronous or behind a synchronous request.
 *
 * Its timeline and outcome are fixed at submit; only the clock moves it, and whoever forces it: poll.monotonic.
 */
export class Job implements JobState, Step {
  readonly id: string
  readonly account: Account
  readonly mode: 'async' | 'sync'
  readonly work: Work
  readonly scenarioId: string | null
  readonly createdMs: Ms
  startsMs: Ms
  endsMs: Ms
  failure: Failure | null
  readonly reservation: Reservation
  closing: LedgerEntry | null
  status: JobStatus
  completedMs: Ms | null
  expiresMs: Ms | null
  deliveryId: string | null
  readonly callbackFault: PlannedCallbackFault | null
  dueSeq: number
  /** Its number on the schedule of expiries; 0 until it ends. */
  expirySeq = 0
  /** Where its callback says that files are; `null` where the World says. Not in snapshots, which may go elsewhere. */
  readonly filesUrl: string | null
  /**
   * Told once, when it ends: the synchronous request that waits for it. `null` if it never will, as its World is gone.
   */
  waiter: ((job: Job | null) => void) | null = null
  readonly #move: (job: Job) => void

  /** @param move what becomes of it when its moment has come */
  constructor(state: JobState, filesUrl: string | null, move: (job: Job) => void) {
    this.id = state.id
    this.account = state.account
    this.mode = state.mode
    this.work = state.work
    this.scenarioId = state.scenarioId
    this.createdMs = state.createdMs
    this.startsMs = state.startsMs
    this.endsMs = state.endsMs
    this.failure = state.failure
    this.reservation = state.reservation
    this.closing = state.closing
    this.status = state.status
    this.completedMs = state.completedMs
    this.expiresMs = state.expiresMs
    this.deliveryId = state.deliveryId
    this.callbackFault = state.callbackFault
    this.dueSeq = state.dueSeq
    this.filesUrl = filesUrl
    this.#move = move
  }

  get isEnded(): boolean {
    return this.status !== 'pending' && this.status !== 'running'
  }

  step(): void {
    this.#move(this)
  }

  nextStepMs(): Ms | null {
    if (this.status === 'pending') return this.startsMs
    return this.status === 'running' && Number.isFinite(this.endsMs) ? this.endsMs : null
  }

  /** A synchronous request has nothing to see of its work until it ends. */
  worthWaitingMs(): Ms | null {
    if (this.mode === 'async' || this.isEnded) return this.nextStepMs()
    return Number.isFinite(this.endsMs) ? this.endsMs : null
  }
}
