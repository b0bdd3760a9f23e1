import { AsyncLocalStorage } from 'node:async_hooks'
import type { Sender } from '../deliver/send.ts'
import type { AttemptOutcome, DueAttempt } from '../engine/delivery.ts'
import { type Duration, toMs } from '../engine/duration.ts'
import type { ChangeKind, WorldEvent } from '../engine/events.ts'
import { MisuseError, shown } from '../engine/misuse-error.ts'
import type { Step } from '../engine/step.ts'
import { assertMoment, LAST_MOMENT_MS, type Ms, toExactTimestamp } from '../engine/timestamp.ts'
import type { World } from '../engine/world.ts'
import { REAL_WALL, SYSTEM_WALL, type Wall } from './wall.ts'

/**
 * What moves a World's clock.
 * - `manual`: stands until told.
 * - `real`: follows the wall, `speed` times as fast.
 * - `auto`: jumps to the next step whenever a client waits, and by itself when nobody asks anything.
 * - `system`: follows the caller's `Date` and `setTimeout`, so that a runner's fake timers move it.
 */
export type ClockMode = (typeof CLOCK_MODES)[number]

const CLOCK_MODES = ['manual', 'real', 'auto', 'system'] as const

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
}

/** What happened while time moved. The list ends at 10,000; the counts go on. */
export interface AdvanceResult {
  /** What the clock shows afterwards, to the millisecond; `set` takes it back. */
  now: string
  events: WorldEvent[]
  counts: Partial<Record<ChangeKind, number>>
}

/** How `settle` ended. */
export interface SettleResult extends AdvanceResult {
  /** Ids of jobs that a scenario keeps stuck forever. */
  stuck: string[]
}

/** A World's day in less than a tenth of a second; beyond it, timers could not keep up. */
export const MAX_SPEED = 1_000_000

/** How long, in wall ms, an attempt may stay unanswered while the clock does not follow the wall. */
export const DEFAULT_CALLBACK_GRACE_MS = 250

const LISTED = 10_000
const PRESENT_MS = 1_000
const IDLE_MS = 10
/** Whether the attempt that it runs in is still on its way: what its receiver started may go on long after. */
const insideReceiver = new AsyncLocalStorage<{ isOver: boolean }>()

/** Moves one World and performs its callbacks. Every door has one for each World. */
export class Drive {
  readonly world: World
  readonly #send: Sender
  /** How long, in wall ms, an attempt may stay unanswered while the clock does not follow the wall. */
  readonly callbackGraceMs: Ms
  #mode: ClockMode
  #speed: number
  #wall: Wall
  // While the clock follows a wall: what both showed when it last began to.
  #anchor: { wallMs: Ms; worldMs: Ms }
  #seenWallMs = Number.NEGATIVE_INFINITY
  #frozen: boolean
  #queue: Promise<unknown> = Promise.resolve()
  #moving = false
  #closed = false
  #timer: { cancel(): void; atMs: Ms } | null = null
  #jumpToMs: Ms | null = null
  readonly #sending = new Set<Promise<void>>()
  readonly #unlisten: () => void

  constructor(world: World, options: DriveOptions) {
    this.world = world
    this.#send = options.send
    this.callbackGraceMs = options.callbackGraceMs ?? DEFAULT_CALLBACK_GRACE_MS
    this.#mode = checkMode(options.mode)
    this.#speed = checkSpeed(options.speed ?? 1)
    this.#frozen = options.frozen ?? false
    this.#wall = options.mode === 'system' ? SYSTEM_WALL : REAL_WALL
    const wallMs = this.#wall.now()
    // A World that begins at the present shares it to the millisecond, however long it took to be made.
    const isPresent = Math.abs(wallMs - world.clock.nowMs) < PRESENT_MS
    this.#anchor = { wallMs, worldMs: isPresent ? Math.max(wallMs, world.clock.nowMs) : world.clock.nowMs }
    this.#unlisten = world.events.on('client.waits', (subject) => this.#noteWait(subject))
    this.#arm()
  }

  get mode(): ClockMode {
    return this.#mode
  }

  get speed(): number {
    return this.#speed
  }

  get frozen(): boolean {
    return this.#frozen
  }

  /** What the clock shows now. */
  nowMs(): Ms {
    return this.#followsWall() ? Math.max(this.world.clock.nowMs, this.#wallNowMs()) : this.world.clock.nowMs
  }

  /** Brings the World to the present. Every command through a door comes after this. */
  enter(): void {
    this.world.runUntil(
      this.#followsWall() ? Math.max(this.world.clock.nowMs, this.#wallNowMs()) : this.world.clock.nowMs,
    )
    this.#startDue()
  }

  /** After a command: sends what it made due, and lets the clock go on as its mode says. */
  leave(): void {
    if (this.#mode === 'auto' && !this.#frozen) {
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
    return this.#enqueue('clock.advance', () => this.#passUntil(assertMoment(this.nowMs() + byMs, 'clock.advance')))
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
      return this.#passUntil(assertMoment(targetMs, 'clock.set'))
    })
  }

  /** Runs until no job, training or callback attempt is pending, never on to an expiry. */
  async settle(): Promise<SettleResult> {
    return this.#enqueue('clock.settle', async () => {
      const result = await this.#pass(() => this.world.nextStepMs())
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
    // One that was never frozen has come further than it last showed.
    this.enter()
    this.#frozen = false
    this.#rebase()
    this.#arm()
    this.world.events.emit('clock.changed')
  }

  /**
   * Another mode, from what the clock shows now.
   *
   * @throws {MisuseError} for a mode that there is not, or a speed that is
   * no number above 0
   */
  setMode(mode: ClockMode, speed = 1): void {
    checkMode(mode)
    checkSpeed(speed)
    this.enter()
    this.#mode = mode
    this.#speed = speed
    this.#frozen = false
    this.#wall = mode === 'system' ? SYSTEM_WALL : REAL_WALL
    this.#rebase()
    this.#disarm()
    this.#arm()
    this.world.events.emit('clock.changed')
  }

  /** Resolves once no attempt is on its way. */
  async idle(): Promise<void> {
    await this.#queue.catch(() => undefined)
    while (this.#sending.size > 0) await Promise.all(this.#sending)
  }

  /** Stops moving; attempts on their way are still waited for by `idle`. */
  close(): void {
    this.#closed = true
    this.#disarm()
    this.#unlisten()
  }

  #followsWall(): boolean {
    return (this.#mode === 'real' || this.#mode === 'system') && !this.#frozen && !this.#moving && !this.#closed
  }

  #wallNowMs(): Ms {
    const wallMs = this.#wall.now()
    // The caller's own `Date` was put back: from here on it is followed anew.
    if (wallMs < this.#seenWallMs) this.#anchor = { wallMs, worldMs: this.world.clock.nowMs }
    this.#seenWallMs = wallMs
    const wallNowMs = Math.floor(this.#anchor.worldMs + (wallMs - this.#anchor.wallMs) * this.#speed)
    return Math.min(wallNowMs, LAST_MOMENT_MS)
  }

  #rebase(): void {
    this.#seenWallMs = this.#wall.now()
    this.#anchor = { wallMs: this.#seenWallMs, worldMs: this.world.clock.nowMs }
  }

  #enqueue<Result>(what: string, move: () => Result | Promise<Result>): Promise<Result> {
    if (insideReceiver.getStore()?.isOver === false) {
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
        this.#rebase()
        this.#arm()
        this.world.events.emit('clock.changed')
      }
    })
    this.#queue = result.catch(() => undefined)
    return result
  }

  async #passUntil(untilMs: Ms): Promise<AdvanceResult> {
    const result = await this.#pass(() => {
      const nextMs = this.world.nextDueMs()
      return nextMs === undefined || nextMs > untilMs ? undefined : nextMs
    })
    this.world.runUntil(Math.max(untilMs, this.world.clock.nowMs))
    result.now = toExactTimestamp(this.world.clock.nowMs)
    return result
  }

  /** One instant after the other, each with the attempts it starts, until `next` has none. */
  async #pass(next: () => Ms | undefined): Promise<AdvanceResult> {
    const events: WorldEvent[] = []
    const counts: Partial<Record<ChangeKind, number>> = {}
    const uncount = this.world.events.on('change.kind', (kind) => {
      counts[kind] = (counts[kind] ?? 0) + 1
    })
    const unlisten = this.world.events.on('change', (event) => {
      if (events.push(event) === LISTED) unlisten()
    })
    try {
      for (;;) {
        while (this.#startDue() || this.#sending.size > 0) await Promise.all(this.#sending)
        const atMs = next()
        if (atMs === undefined) break
        this.world.runUntil(Math.max(atMs, this.world.clock.nowMs))
      }
    } finally {
      unlisten()
      uncount()
    }
    return { now: toExactTimestamp(this.world.clock.nowMs), events, counts }
  }

  /** @returns whether any attempt was started */
  #startDue(): boolean {
    const due = this.world.outbox.takeDue()
    if (due.length === 0) return false
    if (this.#followsWall())
      for (const attempt of due) this.#track(this.#perform(attempt).then((outcome) => this.#record(attempt, outcome)))
    else this.#track(this.#performInOrder(due))
    return true
  }

  // Told in the order of the attempts, not of the answers, so that a run can be repeated to the byte.
  async #performInOrder(due: readonly DueAttempt[]): Promise<void> {
    const outcomes = await Promise.all(due.map((attempt) => this.#perform(attempt)))
    for (const [i, attempt] of due.entries()) this.#record(attempt, outcomes[i] as AttemptOutcome)
  }

  #record(attempt: DueAttempt, outcome: AttemptOutcome): void {
    if (this.#followsWall()) this.enter()
    this.world.outbox.conclude(attempt, outcome)
  }

  #track(sending: Promise<void>): void {
    const done: Promise<void> = sending.finally(() => {
      this.#sending.delete(done)
      if (this.#moving) return
      this.#startDue()
      this.#arm()
    })
    this.#sending.add(done)
  }

  #perform(attempt: DueAttempt): Promise<AttemptOutcome> {
    const wallMs = this.#attemptWallMs()
    const isGrace = wallMs < this.world.options.callbackTimeoutMs
    const inside = { isOver: false }
    return insideReceiver
      .run(inside, () => this.#send(attempt, { wallMs, isGrace }))
      .then((outcome) => {
        inside.isOver = true
        return isGrace && outcome.kind === 'timed-out' ? { ...outcome, graceMs: wallMs } : outcome
      })
  }

  #attemptWallMs(): Ms {
    const timeoutMs = this.world.options.callbackTimeoutMs
    if (this.#followsWall()) return Math.max(timeoutMs / this.#speed, Math.min(this.callbackGraceMs, timeoutMs))
    return this.callbackGraceMs
  }

  #noteWait(subject: Step): void {
    if (this.#mode !== 'auto') return
    const nextMs = subject.worthWaitingMs()
    if (nextMs !== null) this.#jumpToMs = Math.max(this.#jumpToMs ?? 0, nextMs)
  }

  /** Has the wall wake us when the next thing falls due. */
  #arm(): void {
    if (this.#closed || this.#frozen || this.#moving || this.#mode === 'manual') return
    if (this.#mode === 'auto') {
      this.#armIdle()
      return
    }
    const dueMs = this.world.nextDueMs()
    if (dueMs === undefined || (this.#timer && this.#timer.atMs <= dueMs)) return
    this.#disarm()
    const waitMs = (dueMs - this.#wallNowMs()) / this.#speed
    this.#timer = { atMs: dueMs, ...this.#wall.wake(waitMs, () => this.#wake()) }
  }

  // Under `auto`, jobs that nobody polls end too: when nothing was asked for a moment, time goes on to the next step.
  #armIdle(): void {
    this.#disarm()
    if (this.#sending.size > 0) return
    const stepMs = this.world.nextStepMs()
    if (stepMs === undefined) return
    this.#timer = {
      atMs: stepMs,
      ...this.#wall.wake(IDLE_MS, () => {
        this.#timer = null
        this.world.runUntil(Math.max(stepMs, this.world.clock.nowMs))
        this.#startDue()
        this.#arm()
      }),
    }
  }

  #wake(): void {
    this.#timer = null
    this.enter()
    this.#arm()
  }

  #disarm(): void {
    this.#timer?.cancel()
    this.#timer = null
  }
}

function checkMode(mode: ClockMode): ClockMode {
  if (CLOCK_MODES.includes(mode)) return mode
  throw new MisuseError(`clock: mode expects one of ${CLOCK_MODES.join(', ')}, received ${shown(mode)}`)
}

function checkSpeed(speed: number): number {
  if (speed > 0 && speed <= MAX_SPEED) return speed
  throw new MisuseError(
    `clock: speed expects a number above 0, at most ${MAX_SPEED}, received ${shown(speed)}. Example: 60`,
  )
}
