import { clockText } from '../format.ts'
import type { Span } from './span.ts'

const SECOND = 1000
const MINUTE = 60 * SECOND
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR
const STEPS = [
  ...[100, 200, 500],
  ...[1, 2, 5, 10, 15, 30].map((n) => n * SECOND),
  ...[1, 2, 5, 10, 15, 30].map((n) => n * MINUTE),
  ...[1, 2, 3, 6, 12].map((n) => n * HOUR),
  ...[1, 2, 5, 10, 30].map((n) => n * DAY),
]

export interface Tick {
  readonly atMs: number
  readonly label: string
}

/** Ticks at round times in UTC, at most `most` of them. */
export function ticksOf({ fromMs, toMs }: Span, most: number): Tick[] {
  const stepMs = STEPS.find((step) => (toMs - fromMs) / step <= most) ?? 30 * DAY
  const ticks: Tick[] = []
  for (let atMs = Math.ceil(fromMs / stepMs) * stepMs; atMs <= toMs; atMs += stepMs)
    ticks.push({ atMs, label: labelOf(atMs, stepMs) })
  return ticks
}

function labelOf(atMs: number, stepMs: number): string {
  const text = clockText(atMs)
  if (stepMs >= DAY || atMs % DAY === 0) return text.slice(5, 10)
  if (stepMs >= MINUTE) return text.slice(11, 16)
  return stepMs >= SECOND ? text.slice(11) : `${text.slice(17)}.${(atMs % SECOND) / 100}`
}
