import type { Ms } from '../engine/timestamp.ts'

/** A time that goes on by itself, and can wake us. */
export interface Wall {
  now(): Ms
  /** Calls `then` after `waitMs`, or somewhat earlier if that is very long. Does not keep the process alive. */
  wake(waitMs: Ms, then: () => void): { cancel(): void }
}

const LONGEST_WAIT_MS = 3_600_000

// Taken at import: a user's fake timers neither hang nor move us.
const real = { setTimeout: globalThis.setTimeout, clearTimeout: globalThis.clearTimeout, now: Date.now.bind(Date) }

/** The machine's own time. */
export const REAL_WALL: Wall = {
  now: real.now,
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

function bounded(waitMs: Ms): Ms {
  return Math.min(LONGEST_WAIT_MS, Math.max(0, Math.ceil(waitMs)))
}
