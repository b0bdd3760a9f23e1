import { LAST_MOMENT_MS, type Ms } from '../engine/timestamp.ts'
import { assertMode, assertSpeed, type ClockMode } from './clock-mode.ts'
import { REAL_WALL, SYSTEM_WALL, type Wall } from './wall.ts'

/** A World that begins this near to the present begins at it. */
const PRESENT_MS = 1_000

/** How fast a World's time passes beside a wall, for a mode that follows one. */
export class Pace {
  #mode: ClockMode
  #speed: number
  #wall: Wall
  /** What both showed when the one last began to follow the other. */
  #anchor: { wallMs: Ms; worldMs: Ms }
  #seenWallMs = Number.NEGATIVE_INFINITY

  /** @throws {MisuseError} as `assertMode` and `assertSpeed` */
  constructor(mode: ClockMode, speed: number, worldMs: Ms) {
    this.#mode = assertMode(mode)
    this.#speed = assertSpeed(speed)
    this.#wall = wallOf(mode)
    const wallMs = this.#wall.now()
    // A World that begins at the present shares it to the millisecond, however long it took to be made.
    const isPresent = Math.abs(wallMs - worldMs) < PRESENT_MS
    this.#anchor = { wallMs, worldMs: isPresent ? Math.max(wallMs, worldMs) : worldMs }
  }

  get mode(): ClockMode {
    return this.#mode
  }

  get speed(): number {
    return this.#speed
  }

  get followsWall(): boolean {
    return this.#mode === 'real' || this.#mode === 'system'
  }

  /** Another mode and speed, from now on. */
  change(mode: ClockMode, speed: number, worldMs: Ms): void {
    this.#mode = assertMode(mode)
    this.#speed = assertSpeed(speed)
    this.#wall = wallOf(mode)
    this.restart(worldMs)
  }

  /** Follows the wall from now on: what it went by until now is left out. */
  restart(worldMs: Ms): void {
    this.#seenWallMs = this.#wall.now()
    this.#anchor = { wallMs: this.#seenWallMs, worldMs }
  }

  /** What the World's clock shows at this moment of the wall; never less than it shows already. */
  nowMs(worldMs: Ms): Ms {
    const wallMs = this.#wall.now()
    // The caller's own `Date` was put back: from here on it is followed anew.
    if (wallMs < this.#seenWallMs) this.#anchor = { wallMs, worldMs }
    this.#seenWallMs = wallMs
    const nowMs = Math.floor(this.#anchor.worldMs + (wallMs - this.#anchor.wallMs) * this.#speed)
    return Math.max(worldMs, Math.min(nowMs, LAST_MOMENT_MS))
  }

  /** Has the wall wake us when the World's clock shows `atMs`. */
  wakeAt(atMs: Ms, worldMs: Ms, then: () => void): { cancel(): void } {
    return this.#wall.wake((atMs - this.nowMs(worldMs)) / this.#speed, then)
  }

  /** Has it wake us after so many ms of its own. */
  wakeIn(wallMs: Ms, then: () => void): { cancel(): void } {
    return this.#wall.wake(wallMs, then)
  }
}

function wallOf(mode: ClockMode): Wall {
  return mode === 'system' ? SYSTEM_WALL : REAL_WALL
}
