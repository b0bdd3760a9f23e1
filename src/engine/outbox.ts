import type { CallbackFate } from './callback-fault.ts'
import { type CallbackPolicy, mayBeCalled } from './callback-target.ts'
import { type Attempt, type AttemptOutcome, type Delivery, type DueAttempt, isSuccess } from './delivery.ts'
import type { Entropy } from './entropy.ts'
import { excerpt } from './excerpt.ts'
import type { Job } from './job.ts'
import { type KeepLimits, Ring } from './ring.ts'
import { signBody } from './signature.ts'
import type { Ms } from './timestamp.ts'

export interface OutboxOptions {
  policy: CallbackPolicy
  /** Waits before the second, third … attempt, from the end of the one before. */
  retryMs: readonly Ms[]
  timeoutMs: Ms
  keep: KeepLimits
}

/** The callbacks of a World: what is due, what came of it, and what is tried again. It calls nobody. */
export class Outbox {
  readonly #options: OutboxOptions
  readonly #entropy: Entropy
  readonly #schedule: (delivery: Delivery, atMs: Ms) => void
  readonly #onAttempt: (delivery: Delivery, attempt: Attempt) => void
  readonly #open = new Map<string, Delivery>()
  readonly #finished: Ring<Delivery>
  /** Ids of deliveries that another World drew. */
  readonly #adopted = new Set<string>()
  #due: DueAttempt[] = []
  #inFlight = 0

  constructor(
    options: OutboxOptions,
    entropy: Entropy,
    schedule: (delivery: Delivery, atMs: Ms) => void,
    onAttempt: (delivery: Delivery, attempt: Attempt) => void,
  ) {
    this.#options = options
    this.#entropy = entropy
    this.#schedule = schedule
    this.#onAttempt = onAttempt
    this.#finished = new Ring(options.keep, ({ body, url }) => 2 * (body.length + url.length) + 2000)
  }

  /** Attempts handed out whose outcome is not known yet. */
  get inFlight(): number {
    return this.#inFlight
  }

  /** Every delivery that is kept: the finished ones in the order they ended, then the open ones. */
  *all(): IterableIterator<Delivery> {
    yield* this.#finished
    yield* this.#open.values()
  }

  /** Signs the body once and makes the first attempt due at once, unless a scenario has it otherwise: callback.delivered, callback.signature. */
  enqueue(job: Job, url: string, body: string, nowMs: Ms, fate: CallbackFate | null): Delivery {
    const { account } = job
    const isForged = fate?.fault === 'wrong-signature'
    const firstMs = nowMs + (fate?.delayMs ?? 0)
    const delivery: Delivery = {
      kind: 'delivery',
      id: this.#entropy.nextId('delivery', (id) => this.#adopted.has(id)),
      jobId: job.id,
      account,
      url,
      body,
      signature: signBody(isForged ? `not ${account.webhookSecret}` : account.webhookSecret, body),
      createdMs: nowMs,
      attempts: [],
      state: 'waiting',
      nextAttemptMs: firstMs,
      pendingOutcome: null,
      dueSeq: 0,
    }
    this.#open.set(delivery.id, delivery)
    this.#schedule(delivery, firstMs)
    return delivery
  }

  /** Another delivery of the same bytes and signature, due at once, whatever became of this one. */
  redeliver(delivery: Delivery, nowMs: Ms): Delivery {
    const again: Delivery = {
      ...delivery,
      id: this.#entropy.nextId('delivery', (id) => this.#adopted.has(id)),
      createdMs: nowMs,
      attempts: [],
      state: 'waiting',
      nextAttemptMs: nowMs,
      pendingOutcome: null,
      dueSeq: 0,
    }
    this.#open.set(again.id, again)
    this.#schedule(again, nowMs)
    return again
  }

  /** A moment of this delivery on the schedule has come. */
  step(delivery: Delivery, nowMs: Ms): void {
    if (delivery.pendingOutcome) {
      this.#conclude(delivery, delivery.pendingOutcome, nowMs)
      return
    }
    const attempt: Attempt = {
      n: delivery.attempts.length + 1,
      atMs: nowMs,
      status: null,
      error: null,
      durationMs: null,
      wallMs: null,
    }
    delivery.attempts.push(attempt)
    delivery.nextAttemptMs = null
    const { hostname } = new URL(delivery.url)
    if (!mayBeCalled(hostname, this.#options.policy)) {
      attempt.error = `refused: ${hostname} is neither loopback nor listed; allow it with --allow-callback-host ${hostname} or allowCallbackHosts`
      attempt.durationMs = 0
      this.#finish(delivery, 'refused')
      this.#onAttempt(delivery, attempt)
      return
    }
    delivery.state = 'in-flight'
    this.#inFlight++
    this.#due.push({ delivery, attempt })
  }

  /** Hands out the attempts that are due, each once. */
  takeDue(): DueAttempt[] {
    const due = this.#due
    if (due.length > 0) this.#due = []
    return due
  }

  /** What came of an attempt. A time-out counts from the moment it would have been noticed: `timeoutMs` after the start. */
  record({ delivery, attempt }: DueAttempt, outcome: AttemptOutcome, nowMs: Ms): void {
    if (delivery.state !== 'in-flight' || delivery.attempts.at(-1) !== attempt || delivery.pendingOutcome) return
    const noticedMs = attempt.atMs + this.#options.timeoutMs
    if (outcome.kind === 'timed-out' && noticedMs > nowMs) {
      delivery.pendingOutcome = outcome
      this.#schedule(delivery, noticedMs)
      return
    }
    this.#conclude(delivery, outcome, nowMs)
  }

  /** Takes a delivery in, in the middle of its life; those that ended must come in the order in which they did. */
  adopt(delivery: Delivery): void {
    this.#adopted.add(delivery.id)
    if (delivery.state === 'delivered' || delivery.state === 'exhausted' || delivery.state === 'refused') {
      this.#finished.push(delivery)
      return
    }
    this.#open.set(delivery.id, delivery)
    if (delivery.state === 'in-flight') this.#inFlight++
  }

  /** Open deliveries, of which an attempt is still to come or on its way. */
  get openCount(): number {
    return this.#open.size
  }

  #conclude(delivery: Delivery, outcome: AttemptOutcome, nowMs: Ms): void {
    const attempt = delivery.attempts.at(-1) as Attempt
    this.#inFlight--
    delivery.pendingOutcome = null
    attempt.durationMs = nowMs - attempt.atMs
    attempt.wallMs = outcome.wallMs
    if (outcome.kind === 'answered') attempt.status = outcome.status
    else
      attempt.error =
        outcome.kind === 'failed' ? excerpt(outcome.error, 300) : silence(outcome.graceMs, this.#options.timeoutMs)
    const retryMs = this.#options.retryMs[attempt.n - 1]
    if (isSuccess(outcome)) this.#finish(delivery, 'delivered')
    else if (retryMs === undefined) this.#finish(delivery, 'exhausted')
    else {
      delivery.state = 'waiting'
      delivery.nextAttemptMs = nowMs + retryMs
      this.#schedule(delivery, delivery.nextAttemptMs)
    }
    this.#onAttempt(delivery, attempt)
  }

  #finish(delivery: Delivery, state: 'delivered' | 'exhausted' | 'refused'): void {
    delivery.state = state
    this.#open.delete(delivery.id)
    this.#finished.push(delivery)
  }
}

function silence(graceMs: number | undefined, timeoutMs: Ms): string {
  if (graceMs === undefined) return `no answer within ${timeoutMs} ms`
  return `no answer within ${graceMs} ms of wall time, which count as ${timeoutMs} ms of the World's`
}
