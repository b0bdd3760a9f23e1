import type { Sender } from '../deliver/send.ts'
import { type Duration, toMs } from '../engine/duration.ts'
import { MisuseError } from '../engine/misuse-error.ts'
import type { Step } from '../engine/step.ts'
import { assertMoment, type Ms, toExactTimestamp } from '../engine/timestamp.ts'
import type { World } from '../engine/world.ts'
import { type AdvanceResult, resultOf, type SettleResult } from './advance-result.ts'
import { Attempts, isInsideReceiver } from './attempts.ts'
import type { ClockMode } from './clock-mode.ts'
import { Pace } from './pace.ts'

export interface DriveOptions {
  mode: ClockMode
  /** How many World seconds go by in one second of the wall; only under `real`. @default 1 */
  speed?: number
  /** Whether the clock stands at first, although its mode would move it. @default false */
  frozen?: boolean
  /** How a callback attempt is performed. */
  send: Sender
  /** How long, in wall ms, an attempt may stay unanswered while the clock does not follow the wall. @default 250 */
  callbackGraceMs?: Ms
  /** Lets others in while a long move is under way, and takes what it came to so far. @default none */
  pause?: () => Promise<void>
}

/** Under `auto`, how long nobody asks anything before time goes on by itself. */
const IDLE_MS = 10
/** After how many steps a move that can pause does. */
const STEPS_IN_A_PIECE = 2_000

/** Moves one World and performs its callbacks. Every door has one for each World. */
export class Drive {
  readonly world: World
  readonly #pace: Pace
  readonly #attempts: Attempts
  readonly #pause: (() => Promise<void>) | null
  /** Of moves that can pause. */
  #steps = 0
  #frozen: boolean
  /** The moves that were asked for, one after the other. */
  #queue: Promise<unknown> = Promise.resolve()
  #moving = false
  #closed = false
  #timer: { cancel(): void; atMs: Ms } | null = null
  #jumpToMs: Ms | null = null
  readonly #unlisten: () => void

  constructor(world: World, { mode, speed = 1, frozen = false, send, callbackGraceMs, pause }: DriveOptions) {
    this.world = world
    this.#pace = new Pace(mode, speed, world.clock.nowMs)
    this.#attempts = new Attempts(world, send, callbackGraceMs)
    this.#pause = pause ?? null
    this.#frozen = frozen
    this.#unlisten = world.events.on('client.waits', (subject) => this.#noteWait(subject))
    this.#arm()
  }

  get mode(): ClockMode {
    return this.#pace.mode
  }

  get speed(): number {
    return this.#pace.speed
  }

  get frozen(): boolean {
    return this.#frozen
  }

  /** How long, in wall ms, an attempt may stay unanswered while the clock does not follow the wall. */
  get callbackGraceMs(): Ms {
    return this.#attempts.graceMs
  }

  /** What the clock shows now. */
  nowMs(): Ms {
    const { nowMs } = this.world.clock
    return this.#followsWall() ? this.#pace.nowMs(nowMs) : nowMs
  }

  /** Brings the World to the present. Every command through a door comes after this. */
  enter(): void {
    this.world.runUntil(this.nowMs())
    this.#startDue()
  }

  /** After a command: sends what it made due, and lets the clock go on as its mode says. */
  leave(): void {
    if (this.mode === 'auto' && !this.#frozen) {
      const toMs = this.#jumpToMs
      this.#jumpToMs = null
      if (toMs !== null && !this.#moving) this.world.runUntil(Math.max(this.world.clock.nowMs, toMs))
    }
    this.#startDue()
    this.#arm()
  }

  /**
   * Moves the clock on, running all that falls due in order, each at its own instant, and waiting for the callback
   * attempts that this starts. Advances queue.
   *
   * @throws {MisuseError} for an unreadable duration, or when called from inside a callback receiver, which would wait
   * for itself
   */
  async advance(by: Duration): Promise<AdvanceResult> {
    const byMs = toMs(by, 'clock.advance')
    return this.#enqueue('clock.advance', () => this.#moveTo(assertMoment(this.nowMs() + byMs, 'clock.advance')))
  }

  /** @throws {MisuseError} for a moment in the past, or no moment at all; time does not run backwards */
  async set(to: Date | string | number): Promise<AdvanceResult> {
    const targetMs = new Date(to).getTime()
    if (Number.isNaN(targetMs)) {
      throw new MisuseError(
        'clock.set expects a Date, RFC 3339 text or ms since 1970, received ' +
          `${JSON.stringify(to)}. Example: '2026-06-22T12:00:00Z'`,
      )
    }
    return this.#enqueue('clock.set', () => {
      if (targetMs < this.nowMs()) {
        throw new MisuseError(
          `clock.set: time does not run backwards; now is ${toExactTimestamp(this.nowMs())}, asked ` +
            `for ${toExactTimestamp(targetMs)}. For another start, make a new World.`,
        )
      }
      return this.#moveTo(assertMoment(targetMs, 'clock.set'))
    })
  }

  /** Runs until no job, training or callback attempt is pending, never on to an expiry. */
  async settle(): Promise<SettleResult> {
    return this.#enqueue('clock.settle', async () => {
      const result = await resultOf(this.world, () => this.#runEach(() => this.world.nextStepMs()))
      const stuck = [...this.world.jobs.live(), ...this.world.jobs.openRequests()].filter(
        (job) => job.endsMs === Number.POSITIVE_INFINITY && job.completedMs === null,
      )
      return { ...result, stuck: stuck.map((job) => job.id) }
    })
  }

  /** Stops a clock that moves by itself. */
  freeze(): void {
    this.enter()
    this.#frozen = true
    this.#disarm()
    this.world.events.emit('clock.changed')
  }

  /** Lets it go on from what it shows; the wall time in between is left out. */
  resume(): void {
    // If it was not frozen, time has passed since it was last looked at.
    this.enter()
    this.#frozen = false
    this.#pace.restart(this.world.clock.nowMs)
    this.#arm()
    this.world.events.emit('clock.changed')
  }

  /**
   * Another mode, from what the clock shows now.
   *
   * @throws {MisuseError} for an unknown mode, or a speed that is no number above 0
   */
  setMode(mode: ClockMode, speed = 1): void {
    this.enter()
    this.#pace.change(mode, speed, this.world.clock.nowMs)
    this.#frozen = false
    this.#disarm()
    this.#arm()
    this.world.events.emit('clock.changed')
  }

  /** Resolves once no attempt is on its way. */
  async idle(): Promise<void> {
    await this.#queue.catch(() => undefined)
    await this.#attempts.idle()
  }

  /** Stops moving; attempts on their way are still waited for by `idle`. */
  close(): void {
    this.#closed = true
    this.#disarm()
    this.#unlisten()
  }

  #followsWall(): boolean {
    return this.#pace.followsWall && !this.#frozen && !this.#moving && !this.#closed
  }

  #enqueue<Result>(what: string, move: () => Result | Promise<Result>): Promise<Result> {
    if (isInsideReceiver()) {
      throw new MisuseError(
        `${what} was called from inside a callback receiver. It would wait for the delivery that ` +
          'waits for it; move the clock from the test instead.',
      )
    }
    const result = this.#queue.then(async () => {
      if (this.#followsWall()) this.enter()
      this.#moving = true
      this.#disarm()
      try {
        return await move()
      } finally {
        this.#moving = false
        this.#pace.restart(this.world.clock.nowMs)
        this.#arm()
        this.world.events.emit('clock.changed')
      }
    })
    this.#queue = result.catch(() => undefined)
    return result
  }

  #moveTo(untilMs: Ms): Promise<AdvanceResult> {
    const next = (): Ms | undefined => {
      const nextMs = this.world.nextDueMs()
      return nextMs === undefined || nextMs > untilMs ? undefined : nextMs
    }
    return resultOf(this.world, () => this.#runEach(next, untilMs))
  }

  /** One instant after the other, each with the attempts it starts, until `next` has none; then on to `untilMs`. */
  async #runEach(next: () => Ms | undefined, untilMs: Ms = this.world.clock.nowMs): Promise<void> {
    for (;;) {
      while (this.#startDue() || this.#attempts.areAny) await this.#attempts.settled()
      const atMs = next()
      if (atMs === undefined) break
      if (this.#pause !== null) await this.#runInPieces(atMs, this.#pause)
      // Its World was taken out of service.
      if (this.#closed) return
      this.world.runUntil(Math.max(atMs, this.world.clock.nowMs))
    }
    this.world.runUntil(Math.max(untilMs, this.world.clock.nowMs))
  }

  /** Each step is whole, so that a World may stand between two of one instant. */
  async #runInPieces(untilMs: Ms, pause: () => Promise<void>): Promise<void> {
    while (!this.#closed && this.world.runNextDue(untilMs)) if (++this.#steps % STEPS_IN_A_PIECE === 0) await pause()
  }

  /** @returns whether any attempt was started */
  #startDue(): boolean {
    return this.#attempts.startDue(this.#followsWall() ? this.speed : null, this.#beforeOutcome, this.#afterAttempt)
  }

  readonly #beforeOutcome = (): void => {
    if (this.#followsWall()) this.enter()
  }

  readonly #afterAttempt = (): void => {
    if (this.#moving) return
    this.#startDue()
    this.#arm()
  }

  #noteWait(subject: Step): void {
    if (this.mode !== 'auto') return
    const nextMs = subject.worthWaitingMs()
    if (nextMs !== null) this.#jumpToMs = Math.max(this.#jumpToMs ?? 0, nextMs)
  }

  /** Has the wall wake us when the next thing falls due. */
  #arm(): void {
    if (this.#closed || this.#frozen || this.#moving || this.mode === 'manual') return
    if (this.mode === 'auto') {
      this.#armIdle()
      return
    }
    const dueMs = this.world.nextDueMs()
    if (dueMs === undefined || (this.#timer && this.#timer.atMs <= dueMs)) return
    this.#disarm()
    const woken = (): void => {
      this.#timer = null
      this.enter()
      this.#arm()
    }
    this.#timer = { atMs: dueMs, ...this.#pace.wakeAt(dueMs, this.world.clock.nowMs, woken) }
  }

  // Under `auto`, jobs that nobody polls end too: when nothing was asked for a moment, time goes on to the next step.
  #armIdle(): void {
    this.#disarm()
    if (this.#attempts.areAny) return
    const stepMs = this.world.nextStepMs()
    if (stepMs === undefined) return
    const woken = (): void => {
      this.#timer = null
      this.world.runUntil(Math.max(stepMs, this.world.clock.nowMs))
      this.#startDue()
      this.#arm()
    }
    this.#timer = { atMs: stepMs, ...this.#pace.wakeIn(IDLE_MS, woken) }
  }

  #disarm(): void {
    this.#timer?.cancel()
    this.#timer = null
  }
}
