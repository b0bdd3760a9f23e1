import { MisuseError, shown } from '../engine/misuse-error.ts'

/**
 * What moves a World's clock.
 * - `manual`: stands until told.
 * - `real`: follows the wall, `speed` times as fast.
 * - `auto`: jumps to the next step whenever a client waits, and by itself when nobody asks anything.
 * - `system`: follows the caller's `Date` and `setTimeout`, so that a runner's fake timers move it.
 */
export type ClockMode = (typeof CLOCK_MODES)[number]

const CLOCK_MODES = ['manual', 'real', 'auto', 'system'] as const

/** A World's day in less than a tenth of a second; beyond it, timers could not keep up. */
export const MAX_SPEED = 1_000_000

/** @throws {MisuseError} for anything else */
export function assertMode(mode: ClockMode): ClockMode {
  if (CLOCK_MODES.includes(mode)) return mode
  throw new MisuseError(`clock: mode expects one of ${CLOCK_MODES.join(', ')}, received ${shown(mode)}`)
}

/** @throws {MisuseError} unless it is a number above 0, at most `MAX_SPEED` */
export function assertSpeed(speed: number): number {
  if (speed > 0 && speed <= MAX_SPEED) return speed
  throw new MisuseError(
    `clock: speed expects a number above 0, at most ${MAX_SPEED}, received ${shown(speed)}. Example: 60`,
  )
}
