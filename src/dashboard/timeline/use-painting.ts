import type { RefObject } from 'preact'
import { useLayoutEffect } from 'preact/hooks'
import { nowMs, ticking, view } from '../state/world.ts'
import { paint, ROW } from './paint.ts'
import { type Aim, type Span, spanOf, type TimelineJob } from './span.ts'
import { onThemeChange, readTheme } from './theme.ts'
import type { GridView } from './use-grid-scroll.ts'

interface Painting {
  readonly jobs: readonly TimelineJob[]
  readonly aim: Aim
  readonly selected: string | null
  readonly grid: GridView
  /** Set to the time range that was painted. */
  readonly span: { current: Span }
}

/** Keeps the canvas painted: after each render, when the theme changes, and while the clock runs. */
export function usePainting(canvas: RefObject<HTMLCanvasElement | null>, painting: Painting): void {
  // Subscribes to the clock, so that a change of its mode or time repaints.
  void view.value
  // A layout effect runs before the browser shows the rows, so that a row and its bar never disagree.
  useLayoutEffect(() => {
    const context = canvas.current?.getContext('2d')
    if (!context || painting.grid.width === 0) return
    let theme = readTheme()
    let paintedAt = Number.NaN
    let frame = 0
    const draw = (): void => {
      frame = 0
      const { jobs, aim, selected, grid, span } = painting
      const present = nowMs() ?? Date.now()
      const shown = jobs.slice(grid.first, grid.last)
      span.current = spanOf(aim, shown, present, grid.first === 0)
      const { fromMs, toMs } = span.current
      const at = ((present - fromMs) / (toMs - fromMs)) * grid.width
      // While the present has moved by less than half a pixel, the picture is still right.
      if (!(Math.abs(at - paintedAt) < 0.5)) {
        paintedAt = at
        matchScreen(context, grid)
        paint(context, {
          ...{ width: grid.width, height: grid.height, theme, selected, span: span.current, nowMs: present },
          ...{ jobs: shown, offset: grid.first * ROW - grid.top },
        })
      }
      if (ticking.peek()) frame = requestAnimationFrame(draw)
    }
    draw()
    const unlisten = onThemeChange(() => {
      theme = readTheme()
      paintedAt = Number.NaN
      draw()
    })
    return () => {
      unlisten()
      cancelAnimationFrame(frame)
    }
  })
}

/** Gives the canvas as many pixels as the screen has for it. */
function matchScreen(context: CanvasRenderingContext2D, { width, height }: GridView): void {
  const { canvas } = context
  const ratio = devicePixelRatio || 1
  const [columns, rows] = [Math.round(width * ratio), Math.round(height * ratio)]
  // Setting a size clears the canvas, even to the same size.
  if (canvas.width !== columns || canvas.height !== rows) {
    canvas.width = columns
    canvas.height = rows
  }
  context.setTransform(ratio, 0, 0, ratio, 0, 0)
}
