import type { Ms } from '../engine/timestamp.ts'

/** A time that goes on by itself, and can wake us. */
export interface Wall {
  now(): Ms
  /** Calls `then` after `waitMs`, or somewhat earlier if that is very long. Does not keep the process alive. */
  wake(waitMs: Ms, then: () => void): { cancel(): void }
}

/** A machine that slept is noticed within this. */
const LONGEST_WAIT_MS = 60_000

// Taken at import: a user's fake timers neither hang nor move us.
const real = { setTimeout: globalThis.setTimeout, clearTimeout: globalThis.clearTimeout }

/** The machine's own time. */
export const REAL_WALL: Wall = {
  now: steady(Date.now.bind(Date), performance.now.bind(performance)),
  wake: (waitMs, then) => {
    const timer = real.setTimeout(then, bounded(waitMs))
    timer.unref?.()
    return { cancel: () => real.clearTimeout(timer) }
  },
}

/** The caller's `Date` and `setTimeout` as they are at each call, so that fake timers move it. */
export const SYSTEM_WALL: Wall = {
  now: () => Date.now(),
  wake: (waitMs, then) => {
    const timer = setTimeout(then, bounded(waitMs))
    timer.unref?.()
    return { cancel: () => clearTimeout(timer) }
  },
}

/** A second and more is a clock that was set, not one that is drawn to the right time. */
const SET_BACK_MS = 1_000

/**
 * A time of day that never goes back: where the date is set back, it goes on as fast as time does; where it jumps
 * forward, or is corrected a little, it follows.
 */
export function steady(date: () => Ms, monotonic: () => Ms): () => Ms {
  let presentMs = date()
  let before = { dateMs: presentMs, monotonicMs: monotonic() }
  return () => {
    const now = { dateMs: date(), monotonicMs: monotonic() }
    const passedMs = now.dateMs - before.dateMs
    const trulyMs = now.monotonicMs - before.monotonicMs
    before = now
    presentMs += passedMs < trulyMs - SET_BACK_MS ? trulyMs : Math.max(0, passedMs)
    return presentMs
  }
}

function bounded(waitMs: Ms): Ms {
  return Math.min(LONGEST_WAIT_MS, Math.max(0, Math.ceil(waitMs)))
}
