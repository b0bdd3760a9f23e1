import { MisuseError, shown } from './misuse-error.ts'
import type { Ms } from './timestamp.ts'

/** Milliseconds, or a text of numbers with units: `'18s'`, `'24h'`, `'1h30m'`, `'250ms'`. */
export type Duration = number | string

const UNIT_MS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 }

/** Characters of a text that can be a duration. */
const LONGEST = 100

/**
 * @param what named in the error, e.g. `'clock.advance'`
 * @throws {MisuseError} for a negative, endless or unreadable duration
 */
export function toMs(duration: Duration, what: string): Ms {
  if (!isDuration(duration)) {
    throw new MisuseError(
      `${what} expects a duration such as '2s', '24h', '1h30m' or milliseconds as a number, ` +
        `received ${shown(duration)}`,
    )
  }
  return Math.round(read(duration))
}

export function isDuration(value: unknown): value is Duration {
  const ms = read(value)
  return Number.isFinite(ms) && ms >= 0
}

function read(value: unknown): number {
  return typeof value === 'number'
    ? value
    : typeof value === 'string' && value.length <= LONGEST
      ? parse(value)
      : Number.NaN
}

function parse(text: string): number {
  if (!/^(\d+(\.\d+)?(ms|s|m|h|d))+$/.test(text)) return Number.NaN
  let total = 0
  for (const [, value, unit] of text.matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h|d)/g))
    total += Number(value) * (UNIT_MS[unit ?? ''] ?? Number.NaN)
  return total
}

/** `90061000` as `'25h1m1s'`. */
export function formatDuration(ms: Ms): string {
  if (ms < 1000) return `${ms}ms`
  let rest = ms
  let text = ''
  for (const unit of ['h', 'm', 's', 'ms']) {
    const size = UNIT_MS[unit] as number
    const n = Math.floor(rest / size)
    if (n > 0) text += `${n}${unit}`
    rest -= n * size
  }
  return text
}
