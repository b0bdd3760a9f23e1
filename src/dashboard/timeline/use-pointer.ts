import type { RefObject } from 'preact'
import { useEffect, useRef } from 'preact/hooks'
import { AXIS, ROW } from './paint.ts'
import { type Aim, panned, type Span, type TimelineJob, ZOOM, zoomed } from './span.ts'

/** A pointer that moved further than this, in px, drags; up to this, it clicks. */
const CLICK_PX = 4

interface Pointed {
  readonly jobs: readonly TimelineJob[]
  /** How far the grid is scrolled, in px. */
  readonly top: number
  readonly width: number
  readonly span: { readonly current: Span }
  readonly onAim: (aim: Aim) => void
  readonly onSelect: (jobId: string) => void
}

interface PointerHandlers {
  readonly onPointerDown: (event: PointerEvent) => void
  readonly onPointerMove: (event: PointerEvent) => void
  readonly onClick: (event: MouseEvent) => void
}

/** Pans by dragging, selects by clicking. */
export function usePointer({ jobs, top, width, span, onAim, onSelect }: Pointed): PointerHandlers {
  const drag = useRef<{ x: number; span: Span; moved: boolean } | null>(null)
  return {
    onPointerDown: (event) => {
      drag.current = { x: event.clientX, span: span.current, moved: false }
    },
    onPointerMove: (event) => {
      const from = drag.current
      if (!from || event.buttons === 0) return
      const by = from.x - event.clientX
      if (Math.abs(by) > CLICK_PX) from.moved = true
      if (from.moved) onAim(panned(from.span, by / Math.max(1, width)))
    },
    onClick: (event) => {
      if (drag.current?.moved) return
      const y = event.clientY - (event.currentTarget as HTMLElement).getBoundingClientRect().top - AXIS
      const job = y < 0 ? undefined : jobs[Math.floor((y + top) / ROW)]
      if (job) onSelect(job.job_id)
    },
  }
}

/** The wheel zooms on the axis, or with Ctrl or Alt; it pans with Shift, or when it moves sideways. */
export function useWheel(
  canvas: RefObject<HTMLCanvasElement | null>,
  span: { readonly current: Span },
  onAim: (aim: Aim) => void,
): void {
  useEffect(() => {
    const element = canvas.current
    if (!element) return
    const onWheel = (event: WheelEvent): void => {
      const box = element.getBoundingClientRect()
      const onAxis = event.clientY - box.top < AXIS
      if (event.ctrlKey || event.altKey || (onAxis && !event.shiftKey)) {
        event.preventDefault()
        onAim(zoomed(span.current, event.deltaY > 0 ? ZOOM : 1 / ZOOM, (event.clientX - box.left) / box.width))
        return
      }
      const sideways = event.shiftKey ? event.deltaY || event.deltaX : event.deltaX
      if (sideways === 0) return
      event.preventDefault()
      onAim(panned(span.current, sideways / box.width))
    }
    // Not passive: a passive listener could not prevent that the page itself scrolls or zooms.
    element.addEventListener('wheel', onWheel, { passive: false })
    return () => element.removeEventListener('wheel', onWheel)
  }, [onAim, span])
}
