import type { Account } from './account.ts'
import type { PlannedCallbackFault } from './callback-fault.ts'
import { mayBeCalled } from './callback-target.ts'
import type { WorldContext } from './context.ts'
import {
  type Attempt,
  type AttemptOutcome,
  type Delivery,
  type DeliveryState,
  type DueAttempt,
  isSuccess,
} from './delivery.ts'
import { excerpt } from './excerpt.ts'
import type { Job } from './job.ts'
import { type KeepLimits, Ring } from './ring.ts'
import type { Ms } from './timestamp.ts'

/** The callbacks of a World: what is due, what came of it, and what is tried again. It calls nobody. */
export class Outbox {
  readonly #context: WorldContext
  readonly #open = new Map<string, Delivery>()
  readonly #finished: Ring<Delivery>
  /** Ids of deliveries that another World drew. */
  readonly #adopted = new Set<string>()
  #due: DueAttempt[] = []

  constructor(context: WorldContext, keep: KeepLimits) {
    this.#context = context
    this.#finished = new Ring(
      keep,
      ({ body, url }) => 2 * (body.length + url.length) + 2000,
      (delivery) => context.events.keeper?.deliveryForgotten(delivery),
    )
  }

  /** Every delivery that is kept: the finished ones in the order they ended, then the open ones. */
  *all(): IterableIterator<Delivery> {
    yield* this.#finished
    yield* this.#open.values()
  }

  /**
   * Makes the first attempt due at once, unless a scenario has it otherwise: callback.delivered, callback.signature.
   */
  enqueue(job: Job, url: string, body: string, planned: PlannedCallbackFault | null): Delivery {
    const { account } = job
    const { nowMs } = this.#context.clock
    const firstMs = nowMs + (planned?.delayMs ?? 0)
    return this.#begin(
      {
        jobId: job.id,
        account,
        url,
        body,
        secret: planned?.fault === 'wrong-signature' ? this.#secretOfAnother(account) : account.webhookSecret,
      },
      firstMs,
    )
  }

  /** Another delivery of the same text, signed with the same secret, due at once, whatever became of this one. */
  redeliver({ jobId, account, url, body, secret }: Delivery): Delivery {
    return this.#begin({ jobId, account, url, body, secret }, this.#context.clock.nowMs)
  }

  /** Hands out the attempts that are due, each once. */
  takeDue(): DueAttempt[] {
    const due = this.#due
    if (due.length > 0) this.#due = []
    return due
  }

  /**
   * What came of an attempt. A time-out counts from the moment it would have been noticed: `callbackTimeoutMs` after
   * the start.
   */
  conclude({ delivery, attempt }: DueAttempt, outcome: AttemptOutcome): void {
    if (delivery.state !== 'in-flight' || delivery.attempts.at(-1) !== attempt || delivery.pendingOutcome) return
    const noticedMs = attempt.atMs + this.#context.options.callbackTimeoutMs
    if (outcome.kind === 'timed-out' && noticedMs > this.#context.clock.nowMs) {
      delivery.pendingOutcome = outcome
      this.#context.scheduleStep(delivery, noticedMs)
      this.#context.events.keeper?.deliveryChanged(delivery)
      return
    }
    this.#end(delivery, outcome)
  }

  /** Takes a delivery in, in the middle of its life; those that ended must come in the order in which they did. */
  adopt(state: DeliveryState): Delivery {
    const delivery = this.#deliver(state)
    this.#adopted.add(delivery.id)
    if (delivery.state === 'waiting' || delivery.state === 'in-flight') this.#open.set(delivery.id, delivery)
    else this.#finished.push(delivery)
    return delivery
  }

  #secretOfAnother({ webhookSecret }: Account): string {
    const { dialect, entropy } = this.#context
    return dialect.webhookSecret?.(entropy.secret('webhook of another')) ?? `not ${webhookSecret}`
  }

  #begin(what: Pick<DeliveryState, 'jobId' | 'account' | 'url' | 'body' | 'secret'>, firstMs: Ms): Delivery {
    const { clock, entropy } = this.#context
    const delivery = this.#deliver({
      id: entropy.nextId('delivery', (id) => this.#adopted.has(id)),
      ...what,
      createdMs: clock.nowMs,
      attempts: [],
      state: 'waiting',
      nextAttemptMs: firstMs,
      pendingOutcome: null,
      dueSeq: 0,
    })
    this.#open.set(delivery.id, delivery)
    this.#context.scheduleStep(delivery, firstMs)
    this.#context.events.keeper?.deliveryChanged(delivery)
    return delivery
  }

  #deliver(state: DeliveryState): Delivery {
    const delivery: Delivery = {
      ...state,
      step: () => this.#step(delivery),
      nextStepMs: () =>
        delivery.pendingOutcome === null
          ? delivery.nextAttemptMs
          : (delivery.attempts.at(-1) as Attempt).atMs + this.#context.options.callbackTimeoutMs,
      worthWaitingMs: () => null,
    }
    return delivery
  }

  #step(delivery: Delivery): void {
    if (delivery.pendingOutcome) {
      this.#end(delivery, delivery.pendingOutcome)
      return
    }
    const { clock, dialect, options, events } = this.#context
    events.keeper?.deliveryChanged(delivery)
    const attempt: Attempt = {
      n: delivery.attempts.length + 1,
      atMs: clock.nowMs,
      status: null,
      error: null,
      durationMs: null,
      wallMs: null,
    }
    delivery.attempts.push(attempt)
    delivery.nextAttemptMs = null
    const { hostname } = new URL(delivery.url)
    if (!mayBeCalled(hostname, options)) {
      attempt.error =
        `refused: ${hostname} is neither loopback nor listed; allow it with --allow-callback-host ` +
        `${hostname} or allowCallbackHosts`
      attempt.durationMs = 0
      this.#finish(delivery, 'refused')
      this.#ended(delivery, attempt)
      return
    }
    delivery.state = 'in-flight'
    const { id: deliveryId, jobId, body, secret } = delivery
    const headers = dialect.callbackHeaders({ deliveryId, jobId, body, secret, atMs: attempt.atMs })
    this.#due.push({ delivery, attempt, headers, signature: headers[dialect.signatureHeader.toLowerCase()] ?? '' })
  }

  #end(delivery: Delivery, outcome: AttemptOutcome): void {
    const { clock, options, events } = this.#context
    events.keeper?.deliveryChanged(delivery)
    const attempt = delivery.attempts.at(-1) as Attempt
    delivery.pendingOutcome = null
    attempt.durationMs = clock.nowMs - attempt.atMs
    attempt.wallMs = outcome.wallMs
    if (outcome.kind === 'answered') attempt.status = outcome.status
    else
      attempt.error =
        outcome.kind === 'failed' ? excerpt(outcome.error, 300) : silence(outcome.graceMs, options.callbackTimeoutMs)
    const retryMs = options.callbackRetryMs[attempt.n - 1]
    if (isSuccess(outcome)) this.#finish(delivery, 'delivered')
    else if (retryMs === undefined) this.#finish(delivery, 'exhausted')
    else {
      delivery.state = 'waiting'
      delivery.nextAttemptMs = clock.nowMs + retryMs
      this.#context.scheduleStep(delivery, delivery.nextAttemptMs)
    }
    this.#ended(delivery, attempt)
  }

  #finish(delivery: Delivery, state: 'delivered' | 'exhausted' | 'refused'): void {
    delivery.state = state
    this.#context.events.keeper?.deliveryChanged(delivery)
    this.#open.delete(delivery.id)
    this.#finished.push(delivery)
  }

  #ended(delivery: Delivery, attempt: Attempt): void {
    const { events } = this.#context
    const detail = `${attempt.status ?? attempt.error} (attempt ${attempt.n})`
    events.changed('delivery.attempted', delivery.account.id, delivery.id, detail)
    events.emit('attempt.ended', delivery, attempt)
  }
}

function silence(graceMs: number | undefined, timeoutMs: Ms): string {
  if (graceMs === undefined) return `no answer within ${timeoutMs} ms`
  return `no answer within ${graceMs} ms of wall time, which count as ${timeoutMs} ms of the World's`
}
