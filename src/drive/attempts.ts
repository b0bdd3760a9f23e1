import { AsyncLocalStorage } from 'node:async_hooks'
import type { Sender } from '../deliver/send.ts'
import type { AttemptOutcome, DueAttempt } from '../engine/delivery.ts'
import type { Ms } from '../engine/timestamp.ts'
import type { World } from '../engine/world.ts'

/** How long, in wall ms, an attempt may stay unanswered while the clock does not follow the wall. */
export const DEFAULT_CALLBACK_GRACE_MS = 250

/** Whether the attempt that it runs in is still on its way: what its receiver started may go on long after. */
const insideReceiver = new AsyncLocalStorage<{ isOver: boolean }>()

/** Whether this code was called by the receiver of an attempt that waits for it. */
export function isInsideReceiver(): boolean {
  return insideReceiver.getStore()?.isOver === false
}

/** The callback attempts of one World that are on their way. */
export class Attempts {
  readonly graceMs: Ms
  readonly #world: World
  readonly #send: Sender
  readonly #onTheirWay = new Set<Promise<void>>()

  /** @param graceMs wall ms that an attempt may stay unanswered while the clock does not follow the wall */
  constructor(world: World, send: Sender, graceMs: Ms = DEFAULT_CALLBACK_GRACE_MS) {
    this.#world = world
    this.#send = send
    this.graceMs = graceMs
  }

  get areAny(): boolean {
    return this.#onTheirWay.size > 0
  }

  /** Resolves once none is on its way, those that follow included. */
  async idle(): Promise<void> {
    while (this.areAny) await this.settled()
  }

  /** Resolves once those that are on their way now are over. */
  async settled(): Promise<void> {
    await Promise.all(this.#onTheirWay)
  }

  /**
   * Starts those that are due.
   *
   * @param speed of the wall that the clock follows; `null` if it follows none
   * @param enter called before an outcome is told to the World
   * @param after called once one is over
   * @returns whether any was started
   */
  startDue(speed: number | null, enter: () => void, after: () => void): boolean {
    const due = this.#world.outbox.takeDue()
    if (due.length === 0) return false
    const conclude = (attempt: DueAttempt, outcome: AttemptOutcome): void => {
      enter()
      this.#world.outbox.conclude(attempt, outcome)
    }
    const limit = this.#limit(speed)
    if (speed !== null) {
      for (const attempt of due)
        this.#track(
          this.#perform(attempt, limit).then((told) => conclude(attempt, told)),
          after,
        )
      return true
    }
    // Told in the order of the attempts, not of the answers, so that a run can be repeated to the byte.
    const all = Promise.all(due.map((attempt) => this.#perform(attempt, limit)))
    this.#track(
      all.then((outcomes) => {
        for (const [i, attempt] of due.entries()) conclude(attempt, outcomes[i] as AttemptOutcome)
      }),
      after,
    )
    return true
  }

  #limit(speed: number | null): { wallMs: Ms; isGrace: boolean } {
    const timeoutMs = this.#world.options.callbackTimeoutMs
    const wallMs = speed === null ? this.graceMs : Math.max(timeoutMs / speed, Math.min(this.graceMs, timeoutMs))
    return { wallMs, isGrace: wallMs < timeoutMs }
  }

  #track(sending: Promise<void>, after: () => void): void {
    const done: Promise<void> = sending.finally(() => {
      this.#onTheirWay.delete(done)
      after()
    })
    this.#onTheirWay.add(done)
  }

  #perform(attempt: DueAttempt, limit: { wallMs: Ms; isGrace: boolean }): Promise<AttemptOutcome> {
    const inside = { isOver: false }
    return insideReceiver
      .run(inside, () => this.#send(attempt, limit))
      .then((outcome) => {
        inside.isOver = true
        return limit.isGrace && outcome.kind === 'timed-out' ? { ...outcome, graceMs: limit.wallMs } : outcome
      })
  }
}
