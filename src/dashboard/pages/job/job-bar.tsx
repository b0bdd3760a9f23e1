import type { JSX } from 'preact'
import { useEffect, useRef } from 'preact/hooks'
import { nowMs, ticking, view } from '../../state/world.ts'
import { AXIS, paint, ROW } from '../../timeline/paint.ts'
import { spanOf, type TimelineJob } from '../../timeline/span.ts'
import { onThemeChange, readTheme } from '../../timeline/theme.ts'

const HEIGHT = AXIS + ROW + 4
const REPAINT_MS = 200

/** A timeline of one job. */
export function JobBar({ job }: { job: TimelineJob }): JSX.Element {
  const canvas = useRef<HTMLCanvasElement>(null)
  void view.value
  useEffect(() => {
    let theme = readTheme()
    const draw = (): void => {
      const element = canvas.current
      const context = element?.getContext('2d')
      if (!element || !context) return
      const present = nowMs() ?? job.created_ms
      const ratio = devicePixelRatio || 1
      const width = element.clientWidth
      element.width = Math.round(width * ratio)
      element.height = Math.round(HEIGHT * ratio)
      context.setTransform(ratio, 0, 0, ratio, 0, 0)
      // The present belongs in the picture while the job goes on.
      const span = spanOf({ kind: 'fit' }, [job], present, job.completed_ms === null)
      paint(context, { width, height: HEIGHT, span, nowMs: present, theme, jobs: [job], offset: 0, selected: null })
    }
    draw()
    const unlisten = onThemeChange(() => {
      theme = readTheme()
      draw()
    })
    const observer = new ResizeObserver(draw)
    if (canvas.current) observer.observe(canvas.current)
    const timer = ticking.peek() ? setInterval(draw, REPAINT_MS) : undefined
    return () => {
      unlisten()
      observer.disconnect()
      clearInterval(timer)
    }
  })
  return (
    <div aria-hidden="true">
      <canvas ref={canvas} class="job-bar" style={{ height: `${HEIGHT}px` }} />
    </div>
  )
}
