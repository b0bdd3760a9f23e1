import { MisuseError, shown } from './misuse-error.ts'

/** Milliseconds since 1970-01-01T00:00:00Z on the World's clock. */
export type Ms = number

// RFC 3339 has four digits for the year.
const FIRST_MOMENT_MS: Ms = -62_167_219_200_000
/** The last millisecond of the year 9999: no clock goes beyond it, and nothing falls due there. */
export const LAST_MOMENT_MS: Ms = 253_402_300_799_999

/**
 * @param what named in the error, e.g. `'clock.advance'`
 * @throws {MisuseError} for a moment that RFC 3339 cannot tell
 */
export function assertMoment(at: Ms, what: string): Ms {
  if (at >= FIRST_MOMENT_MS && at <= LAST_MOMENT_MS) return at
  throw new MisuseError(`${what} expects a moment in the years 0000 to 9999, received ${shown(at)} ms from 1970`)
}

const DAY_MS = 86_400_000

let lastSecond = Number.NaN
let lastText = ''

/**
 * RFC 3339 in UTC with whole seconds, `2026-06-22T12:00:18Z`: poll.timestamps.
 *
 * The last second is remembered: a busy World prints the same one thousands of times.
 */
export function toTimestamp(at: Ms): string {
  const second = Math.floor(at / 1000)
  if (second === lastSecond) return lastText
  const days = Math.floor(at / DAY_MS)
  const { year, month, day } = civilDate(days)
  const inDay = second - days * 86_400
  const time = [Math.floor(inDay / 3600), Math.floor(inDay / 60) % 60, inDay % 60].map(twoDigits).join(':')
  lastSecond = second
  lastText = `${String(year).padStart(4, '0')}-${twoDigits(month)}-${twoDigits(day)}T${time}Z`
  return lastText
}

/** RFC 3339 like `toTimestamp`, with a fraction where there is one, so that it names this very millisecond. */
export function toExactTimestamp(at: Ms): string {
  const ms = at - wholeSecond(at)
  return ms === 0 ? toTimestamp(at) : toTimestamp(at).replace('Z', `.${String(ms).padStart(3, '0')}Z`)
}

/** The day as the download URLs spell it: `20260622`. */
export function toDayStamp(at: Ms): string {
  return toTimestamp(at).slice(0, 10).replaceAll('-', '')
}

export function wholeSecond(at: Ms): Ms {
  return Math.floor(at / 1000) * 1000
}

function twoDigits(n: number): string {
  return n < 10 ? `0${n}` : String(n)
}

// Proleptic Gregorian date from a day number, counted in eras of 400 years that begin on 1 March.
function civilDate(daysSince1970: number): { year: number; month: number; day: number } {
  const shifted = daysSince1970 + 719_468
  const era = Math.floor(shifted / 146_097)
  const dayOfEra = shifted - era * 146_097
  const yearOfEra = Math.floor(
    (dayOfEra - Math.floor(dayOfEra / 1460) + Math.floor(dayOfEra / 36_524) - Math.floor(dayOfEra / 146_096)) / 365,
  )
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100))
  const marchMonth = Math.floor((5 * dayOfYear + 2) / 153)
  const month = marchMonth < 10 ? marchMonth + 3 : marchMonth - 9
  return {
    year: yearOfEra + era * 400 + (month <= 2 ? 1 : 0),
    month,
    day: dayOfYear - Math.floor((153 * marchMonth + 2) / 5) + 1,
  }
}
