import { paintAttempt, paintBar, ROW } from './paint-job.ts'
import type { Span, TimelineJob } from './span.ts'
import type { Theme } from './theme.ts'
import { ticksOf } from './ticks.ts'

export { ROW } from './paint-job.ts'

/** The axis above the rows. */
export const AXIS = 28

export interface Picture {
  readonly width: number
  readonly height: number
  readonly span: Span
  readonly nowMs: number
  readonly theme: Theme
  /** The jobs in view, and how far below the axis the first one begins; negative where it is partly scrolled away. */
  readonly jobs: readonly TimelineJob[]
  readonly offset: number
  readonly selected: string | null
}

/** Paints the axis, the jobs in view, and the present. */
export function paint(context: CanvasRenderingContext2D, picture: Picture): void {
  const { width, height, span, nowMs, theme, jobs, offset, selected } = picture
  const x = (ms: number): number => ((ms - span.fromMs) / (span.toMs - span.fromMs)) * width
  context.clearRect(0, 0, width, height)
  context.font = '12px system-ui, sans-serif'
  context.textBaseline = 'middle'

  const ticks = ticksOf(span, Math.max(2, Math.floor(width / 90)))
  context.fillStyle = theme.line
  for (const { atMs } of ticks) context.fillRect(Math.round(x(atMs)), AXIS, 1, height)

  for (const [i, job] of jobs.entries()) {
    const top = AXIS + offset + i * ROW
    if (job.job_id === selected) {
      context.fillStyle = theme.selected
      context.fillRect(0, top, width, ROW)
    }
    paintBar(context, { job, x, top, width, nowMs, theme })
    for (const attempt of job.attempts) paintAttempt(context, { attempt, x, top, theme })
  }

  context.fillStyle = theme.surface
  context.fillRect(0, 0, width, AXIS)
  context.fillStyle = theme.line
  context.fillRect(0, AXIS - 1, width, 1)
  const now = placeNow(context, x(nowMs), width)
  context.fillStyle = theme.muted
  for (const { atMs, label } of ticks) {
    const left = Math.round(x(atMs)) + 4
    const covered = left < now.left + now.width && left + context.measureText(label).width > now.left
    if (!covered) context.fillText(label, left, AXIS / 2)
  }
  paintNow(context, picture, now)
}

interface NowLabel {
  readonly at: number
  readonly text: string
  readonly left: number
  readonly width: number
}

function placeNow(context: CanvasRenderingContext2D, at: number, width: number): NowLabel {
  const text = at < 0 ? '◀ now' : at > width ? 'now ▶' : 'now'
  const labelWidth = context.measureText(text).width + 10
  return { at, text, left: Math.min(Math.max(at - labelWidth / 2, 0), width - labelWidth), width: labelWidth }
}

/** A line; or an arrow at the edge, if the present is out of sight. */
function paintNow(
  context: CanvasRenderingContext2D,
  { width, height, theme }: Picture,
  { at, text, left, width: labelWidth }: NowLabel,
): void {
  context.fillStyle = theme.now
  if (at >= 0 && at <= width) context.fillRect(Math.round(at) - 1, AXIS - 6, 2, height)
  context.beginPath()
  context.roundRect(left, 4, labelWidth, AXIS - 10, 4)
  context.fill()
  context.fillStyle = theme.surface
  context.fillText(text, left + 5, AXIS / 2 - 1)
}
