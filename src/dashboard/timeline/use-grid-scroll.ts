import { useSignal } from '@preact/signals'
import type { RefObject } from 'preact'
import { useEffect, useLayoutEffect, useRef } from 'preact/hooks'
import { AXIS, ROW } from './paint.ts'
import type { TimelineJob } from './span.ts'

/** What is in view of the grid. */
export interface GridView {
  /** How far it is scrolled, and how large it and its canvas are, in px. */
  readonly top: number
  readonly height: number
  readonly width: number
  /** The rows in view: from `first` to before `last`. */
  readonly first: number
  readonly last: number
}

interface GridElements {
  readonly scroller: RefObject<HTMLDivElement | null>
  readonly canvas: RefObject<HTMLCanvasElement | null>
}

/**
 * Follows the grid's scroll position and size.
 *
 * @param scrolled where the position is kept while another page is shown; the grid starts there
 */
export function useGridScroll(
  { scroller, canvas }: GridElements,
  jobs: readonly TimelineJob[],
  scrolled: { top: number },
): GridView {
  const scroll = useSignal({ top: 0, height: 0, width: 0 })
  const anchor = useRef<string | null>(null)
  const isReturned = useRef(false)
  const { top, height, width } = scroll.value
  const first = Math.max(0, Math.floor(top / ROW))
  const last = Math.min(jobs.length, Math.ceil((top + height - AXIS) / ROW))

  // Before the grid has rows, it cannot be scrolled.
  useLayoutEffect(() => {
    const box = scroller.current
    if (!box || isReturned.current || jobs.length === 0) return
    isReturned.current = true
    box.scrollTop = scrolled.top
  }, [jobs, scrolled])

  // New jobs are added at the top; a user who has scrolled down keeps seeing the same jobs.
  useLayoutEffect(() => {
    const box = scroller.current
    if (!box) return
    const at = anchor.current === null ? -1 : jobs.findIndex(({ job_id }) => job_id === anchor.current)
    if (at > 0 && box.scrollTop > 0) box.scrollTop = at * ROW + (box.scrollTop % ROW)
  }, [jobs])
  anchor.current = top > 0 ? (jobs[first]?.job_id ?? null) : null

  useEffect(() => {
    const box = scroller.current
    if (!box) return
    const measure = (): void => {
      // The observer calls once more after the page was left, when every size is 0.
      if (!box.isConnected) return
      if (isReturned.current) scrolled.top = box.scrollTop
      const canvasWidth = canvas.current?.parentElement?.clientWidth ?? 0
      scroll.value = { top: box.scrollTop, height: box.clientHeight, width: canvasWidth }
    }
    const observer = new ResizeObserver(measure)
    observer.observe(box)
    box.addEventListener('scroll', measure, { passive: true })
    return () => {
      observer.disconnect()
      box.removeEventListener('scroll', measure)
    }
  }, [scroll])

  return { top, height, width, first, last }
}
