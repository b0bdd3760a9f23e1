import type { control } from '../../control/index.ts'

export type TimelineJob = control.ControlTimelineJob

/** The time range that is shown. */
export interface Span {
  readonly fromMs: number
  readonly toMs: number
}

/** What the time range follows: the jobs in view (`fit`), the present (`now`), or nothing (`fixed`, by zoom or pan). */
export type Aim =
  | { readonly kind: 'fit' }
  | { readonly kind: 'now'; readonly lengthMs: number }
  | ({ readonly kind: 'fixed' } & Span)

export const FIT: Aim = { kind: 'fit' }

/** One step of zooming. */
export const ZOOM = 1.4

const SHORTEST_MS = 500
const LONGEST_MS = 60 * 86_400_000
const LEAST_FIT_MS = 30_000
/**
 * Where the present is in a range that follows it, from 0 to 1. Most jobs are in the past, so it is to the right; in
 * ranges of days it is to the left, because results expire a day ahead.
 */
const NOW_AT = 0.75
const NOW_AT_OF_DAYS = 0.3
const DAY_MS = 86_400_000
const MARGIN = 0.05

/** @param nowCounts whether `fit` includes the present, and not only the jobs */
export function spanOf(aim: Aim, jobs: readonly TimelineJob[], nowMs: number, nowCounts: boolean): Span {
  if (aim.kind === 'fixed') return aim
  if (aim.kind === 'now') {
    const fromMs = nowMs - aim.lengthMs * (aim.lengthMs > DAY_MS ? NOW_AT_OF_DAYS : NOW_AT)
    return { fromMs, toMs: fromMs + aim.lengthMs }
  }
  return fitting(jobs, nowMs, nowCounts)
}

function fitting(jobs: readonly TimelineJob[], nowMs: number, nowCounts: boolean): Span {
  let fromMs = Number.POSITIVE_INFINITY
  let toMs = nowCounts || jobs.length === 0 ? nowMs : Number.NEGATIVE_INFINITY
  for (const job of jobs) {
    fromMs = Math.min(fromMs, job.created_ms)
    toMs = Math.max(toMs, job.completed_ms ?? job.ends_ms ?? nowMs)
    for (const { at_ms } of job.attempts) toMs = Math.max(toMs, at_ms)
  }
  if (fromMs > toMs) fromMs = toMs
  // The length grows in steps, so that the picture does not move while the present moves through it.
  const lengthMs = stepAbove(Math.max(LEAST_FIT_MS, (toMs - fromMs) * (1 + 2 * MARGIN)))
  const start = fromMs - lengthMs * MARGIN
  return { fromMs: start, toMs: start + lengthMs }
}

function stepAbove(ms: number): number {
  const power = 10 ** Math.floor(Math.log10(ms))
  const step = [1, 1.25, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10].find((factor) => factor * power >= ms)
  return (step ?? 10) * power
}

/**
 * @param factor below 1 zooms in, above 1 out
 * @param at the point that stays in place, from 0 (left) to 1 (right)
 */
export function zoomed({ fromMs, toMs }: Span, factor: number, at: number): Aim {
  const lengthMs = Math.min(LONGEST_MS, Math.max(SHORTEST_MS, (toMs - fromMs) * factor))
  const start = fromMs + (toMs - fromMs) * at - lengthMs * at
  return { kind: 'fixed', fromMs: start, toMs: start + lengthMs }
}

/** @param share of the range to move by; above 0 into the future */
export function panned({ fromMs, toMs }: Span, share: number): Aim {
  const byMs = (toMs - fromMs) * share
  return { kind: 'fixed', fromMs: fromMs + byMs, toMs: toMs + byMs }
}
