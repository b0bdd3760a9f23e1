import type { TimelineJob } from './span.ts'
import type { Theme } from './theme.ts'

/** The height of a job's row, in px: a bar, and a lane for its callbacks below. */
export const ROW = 30
const BAR_TOP = 6
const BAR = 11
const LANE = 23
const LEAST_WIDTH = 3

export interface BarPicture {
  readonly job: TimelineJob
  /** Where a moment is. */
  readonly x: (ms: number) => number
  readonly top: number
  readonly width: number
  readonly nowMs: number
  readonly theme: Theme
}

/**
 * A job's bar: pending is an outline, running is filled, the future is dashed. Each outcome has its own sign, and a
 * line shows how long the result is kept.
 */
export function paintBar(context: CanvasRenderingContext2D, picture: BarPicture): void {
  const { job, x, top, width, nowMs, theme } = picture
  const y = top + BAR_TOP
  const endMs = job.completed_ms ?? job.ends_ms
  const startMs = endMs === null ? job.starts_ms : Math.min(job.starts_ms, endMs)
  const end = endMs === null ? width + 10 : x(endMs)
  const start = x(startMs)

  if (job.completed_ms !== null && job.expires_ms !== null) paintKept(context, picture, end)
  outline(context, x(job.created_ms), Math.max(start, x(job.created_ms) + LEAST_WIDTH), y, theme.pending)
  const color = theme[job.status]
  if (job.status === 'pending') dashed(context, start, end, y, theme.pending)
  else if (job.status === 'running') {
    const present = Math.min(Math.max(x(nowMs), start + LEAST_WIDTH), end)
    dashed(context, start, end, y, color)
    fill(context, start, present, y, color)
  } else {
    fill(context, start, Math.max(end, start + LEAST_WIDTH), y, color)
    if (job.status === 'failed') hatch(context, start, end, y, theme.surface)
  }
  context.fillStyle = color
  const sign = { pending: '', running: endMs === null ? '∞' : '', succeeded: '✓', failed: '✕' }[job.status]
  context.font = 'bold 13px system-ui, sans-serif'
  context.fillText(
    sign,
    Math.min(Math.max(end, start + LEAST_WIDTH) + 4, endMs === null ? width - 16 : width * 2),
    y + 6,
  )
  context.font = '12px system-ui, sans-serif'
}

/** From the end until the result is gone. */
function paintKept(context: CanvasRenderingContext2D, { job, x, top, theme }: BarPicture, from: number): void {
  const y = top + BAR_TOP + BAR / 2
  const to = x(job.expires_ms ?? 0)
  context.strokeStyle = theme.kept
  context.lineWidth = 1
  context.beginPath()
  context.moveTo(from + 18, y)
  context.lineTo(to, y)
  context.moveTo(to, y - 6)
  context.lineTo(to, y + 6)
  context.moveTo(to - 4, y - 4)
  context.lineTo(to, y)
  context.lineTo(to - 4, y + 4)
  context.stroke()
}

function outline(context: CanvasRenderingContext2D, from: number, to: number, y: number, color: string): void {
  context.strokeStyle = color
  context.lineWidth = 1.5
  context.strokeRect(from + 0.75, y + 0.75, Math.max(to - from - 1.5, 1), BAR - 1.5)
}

function dashed(context: CanvasRenderingContext2D, from: number, to: number, y: number, color: string): void {
  context.setLineDash([4, 3])
  outline(context, from, to, y, color)
  context.setLineDash([])
}

function fill(context: CanvasRenderingContext2D, from: number, to: number, y: number, color: string): void {
  context.fillStyle = color
  context.beginPath()
  context.roundRect(from, y, Math.max(to - from, 1), BAR, 2)
  context.fill()
}

/** Stripes, so that a failure shows without its colour. */
function hatch(context: CanvasRenderingContext2D, from: number, to: number, y: number, color: string): void {
  if (to - from < 8) return
  context.save()
  context.beginPath()
  context.rect(Math.max(from, -20), y, Math.min(to, 10_000) - Math.max(from, -20), BAR)
  context.clip()
  context.strokeStyle = color
  context.lineWidth = 1.5
  context.beginPath()
  for (let at = Math.max(from, -20) - BAR; at < Math.min(to, 10_000); at += 7) {
    context.moveTo(at, y + BAR)
    context.lineTo(at + BAR, y)
  }
  context.stroke()
  context.restore()
}

export interface AttemptPicture {
  readonly attempt: TimelineJob['attempts'][number]
  readonly x: (ms: number) => number
  readonly top: number
  readonly theme: Theme
}

/** A callback attempt: a triangle for delivered, a cross for failed, a ring for due, a dot for in flight. */
export function paintAttempt(context: CanvasRenderingContext2D, { attempt, x, top, theme }: AttemptPicture): void {
  const at = x(attempt.at_ms)
  const y = top + LANE
  context.lineWidth = 2
  context.beginPath()
  switch (attempt.outcome) {
    case 'delivered':
      context.fillStyle = theme.succeeded
      context.moveTo(at - 5, y + 4)
      context.lineTo(at, y - 5)
      context.lineTo(at + 5, y + 4)
      context.fill()
      return
    case 'failed':
      context.strokeStyle = theme.failed
      context.moveTo(at - 4, y - 4)
      context.lineTo(at + 4, y + 4)
      context.moveTo(at + 4, y - 4)
      context.lineTo(at - 4, y + 4)
      context.stroke()
      return
    case 'due':
      context.strokeStyle = theme.muted
      context.arc(at, y, 4, 0, 2 * Math.PI)
      context.stroke()
      return
    case 'in-flight':
      context.fillStyle = theme.running
      context.arc(at, y, 4, 0, 2 * Math.PI)
      context.fill()
  }
}
