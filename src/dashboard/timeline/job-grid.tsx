import { useSignal } from '@preact/signals'
import type { JSX } from 'preact'
import { useEffect, useLayoutEffect, useRef } from 'preact/hooks'
import { go, href } from '../state/route.ts'
import { nowMs, ticking, view } from '../state/world.ts'
import { isField } from '../ui/is-field.ts'
import { StatusMark } from '../ui/status-mark.tsx'
import { AXIS, paint, ROW } from './paint.ts'
import { type Aim, FIT, panned, type Span, spanOf, type TimelineJob, ZOOM, zoomed } from './span.ts'
import { onThemeChange, readTheme } from './theme.ts'

interface JobGridProps {
  /** Newest first. */
  readonly jobs: readonly TimelineJob[]
  readonly aim: Aim
  /** Told what is seen of time, for buttons beside the grid. */
  readonly span: { current: Span }
  readonly onAim: (aim: Aim) => void
  readonly selected: string | null
  readonly onSelect: (jobId: string) => void
  /** How far it was scrolled when it was last seen, and is now. */
  readonly scrolled: { top: number }
}

/** Rows that are kept ready above and below those in view. */
const SPARE = 6

/** A row for each job: what it is, and its bar on the common axis. Only the rows in view exist. */
export function JobGrid({ jobs, aim, span, onAim, selected, onSelect, scrolled }: JobGridProps): JSX.Element {
  const scroller = useRef<HTMLDivElement>(null)
  const canvas = useRef<HTMLCanvasElement>(null)
  const scroll = useSignal({ top: 0, height: 0, width: 0 })
  const anchor = useRef<string | null>(null)

  const first = Math.max(0, Math.floor(scroll.value.top / ROW))
  const last = Math.min(jobs.length, Math.ceil((scroll.value.top + scroll.value.height - AXIS) / ROW))

  const isReturned = useRef(false)
  useLayoutEffect(() => {
    const box = scroller.current
    if (!box || isReturned.current || jobs.length === 0) return
    isReturned.current = true
    box.scrollTop = scrolled.top
  }, [jobs, scrolled])

  // New jobs come in above; whoever looks further down goes on seeing the same ones.
  useLayoutEffect(() => {
    const box = scroller.current
    if (!box) return
    const at = anchor.current === null ? -1 : jobs.findIndex(({ job_id }) => job_id === anchor.current)
    if (at > 0 && box.scrollTop > 0) box.scrollTop = at * ROW + (box.scrollTop % ROW)
  }, [jobs])
  anchor.current = scroll.value.top > 0 ? (jobs[first]?.job_id ?? null) : null

  useEffect(() => {
    const box = scroller.current
    if (!box) return
    const measure = (): void => {
      // Removed with its page, it is measured once more.
      if (!box.isConnected) return
      // Before it had its jobs, it could not be scrolled.
      if (isReturned.current) scrolled.top = box.scrollTop
      const width = canvas.current?.parentElement?.clientWidth ?? 0
      scroll.value = { top: box.scrollTop, height: box.clientHeight, width }
    }
    const observer = new ResizeObserver(measure)
    observer.observe(box)
    box.addEventListener('scroll', measure, { passive: true })
    return () => {
      observer.disconnect()
      box.removeEventListener('scroll', measure)
    }
  }, [scroll])

  const { top, height, width } = scroll.value
  // A clock that was moved or set going is painted anew.
  void view.value
  // Before the browser shows the rows, so that a row and its bar never disagree.
  useLayoutEffect(() => {
    let theme = readTheme()
    let paintedAt = Number.NaN
    let frame = 0
    const draw = (): void => {
      frame = 0
      const element = canvas.current
      const context = element?.getContext('2d')
      if (!element || !context || width === 0) return
      const present = nowMs() ?? Date.now()
      const shown = jobs.slice(first, last)
      span.current = spanOf(aim, shown, present, first === 0)
      const { fromMs, toMs } = span.current
      const at = ((present - fromMs) / (toMs - fromMs)) * width
      // A slow clock need not be painted sixty times a second.
      if (!(Math.abs(at - paintedAt) < 0.5)) {
        paintedAt = at
        const ratio = devicePixelRatio || 1
        if (element.width !== Math.round(width * ratio) || element.height !== Math.round(height * ratio)) {
          element.width = Math.round(width * ratio)
          element.height = Math.round(height * ratio)
        }
        context.setTransform(ratio, 0, 0, ratio, 0, 0)
        paint(context, {
          ...{ width, height, theme, selected, span: span.current, nowMs: present },
          ...{ jobs: shown, offset: first * ROW - top },
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
    element.addEventListener('wheel', onWheel, { passive: false })
    return () => element.removeEventListener('wheel', onWheel)
  }, [onAim, span])

  const show = (index: number): void => {
    const job = jobs[index]
    const box = scroller.current
    if (!job || !box) return
    onSelect(job.job_id)
    const y = index * ROW
    if (y < box.scrollTop) box.scrollTop = y
    if (y + ROW > box.scrollTop + box.clientHeight - AXIS) box.scrollTop = y + ROW - box.clientHeight + AXIS
  }

  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.ctrlKey || event.altKey || event.metaKey) return
    const at = jobs.findIndex(({ job_id }) => job_id === selected)
    const page = Math.max(1, Math.floor((height - AXIS) / ROW) - 1)
    const steps: Record<string, () => void> = {
      ArrowDown: () => show(Math.min(jobs.length - 1, at + 1)),
      ArrowUp: () => show(Math.max(0, at - 1)),
      PageDown: () => show(Math.min(jobs.length - 1, Math.max(at, 0) + page)),
      PageUp: () => show(Math.max(0, at - page)),
      Home: () => show(0),
      End: () => show(jobs.length - 1),
      Enter: () => {
        if (at >= 0) go({ section: 'jobs', id: selected })
      },
      ArrowLeft: () => onAim(panned(span.current, -0.2)),
      ArrowRight: () => onAim(panned(span.current, 0.2)),
      '+': () => onAim(zoomed(span.current, 1 / ZOOM, 0.5)),
      '-': () => onAim(zoomed(span.current, ZOOM, 0.5)),
      '0': () => onAim(FIT),
      c: () => onAim({ kind: 'now', lengthMs: span.current.toMs - span.current.fromMs }),
    }
    const step = steps[event.key]
    if (!step) return
    event.preventDefault()
    event.stopPropagation()
    step()
  }

  // The keys work wherever the focus is, unless it is on something with keys of its own.
  const onKey = useRef(onKeyDown)
  onKey.current = onKeyDown
  useEffect(() => {
    const onWindowKeyDown = (event: KeyboardEvent): void => {
      const target = event.target as HTMLElement
      if (event.defaultPrevented || isField(target) || document.querySelector('dialog[open]')) return
      if (event.key === 'Enter' && target.matches('a, button, summary')) return
      onKey.current(event)
    }
    addEventListener('keydown', onWindowKeyDown, { capture: true })
    return () => removeEventListener('keydown', onWindowKeyDown, { capture: true })
  }, [])

  const drag = useRef<{ x: number; span: Span; moved: boolean } | null>(null)
  const onPointerDown = (event: PointerEvent): void => {
    drag.current = { x: event.clientX, span: span.current, moved: false }
  }
  const onPointerMove = (event: PointerEvent): void => {
    const from = drag.current
    if (!from || event.buttons === 0) return
    const by = from.x - event.clientX
    if (Math.abs(by) > 4) from.moved = true
    if (from.moved) onAim(panned(from.span, by / Math.max(1, width)))
  }
  const onPick = (event: MouseEvent): void => {
    if (drag.current?.moved) return
    const y = event.clientY - (canvas.current?.getBoundingClientRect().top ?? 0) - AXIS
    const job = y < 0 ? undefined : jobs[Math.floor((y + top) / ROW)]
    if (job) onSelect(job.job_id)
  }

  const from = Math.max(0, first - SPARE)
  const selectedAt = jobs.findIndex(({ job_id }) => job_id === selected)
  const inSight = selectedAt >= from && selectedAt < last + SPARE
  return (
    // The grid takes the focus and the keys for all its rows, and names the chosen one: most rows do not exist.
    <div
      class="job-grid"
      ref={scroller}
      role="grid"
      aria-label="Jobs, newest first by submit; times in UTC"
      aria-rowcount={jobs.length + 1}
      aria-activedescendant={inSight ? `job-${selected}` : undefined}
      tabIndex={0}
      id="job-grid"
    >
      <div class="job-axis" aria-hidden="true">
        <canvas
          ref={canvas}
          onPointerDown={onPointerDown}
          onPointerMove={onPointerMove}
          onClick={onPick}
          onDblClick={() => selected !== null && go({ section: 'jobs', id: selected })}
          style={{ width: `${width}px`, height: `${height}px` }}
        />
      </div>
      <div class="job-row job-head" role="row" aria-rowindex={1}>
        <span role="columnheader">Job</span>
        <span role="columnheader" class="wide">
          Account
        </span>
        <span role="columnheader" class="wide">
          Operation
        </span>
        <span role="columnheader" class="wider">
          Prompt
        </span>
        <span role="columnheader" class="widest">
          client_request_id
        </span>
        <span role="columnheader">Status</span>
        <span role="columnheader" class="widest">
          Error code
        </span>
      </div>
      <div class="job-rows" style={{ height: `${jobs.length * ROW}px` }} role="rowgroup">
        {jobs.slice(from, last + SPARE).map((job, i) => (
          <div
            key={job.job_id}
            id={`job-${job.job_id}`}
            class="job-row"
            role="row"
            aria-rowindex={from + i + 2}
            aria-selected={job.job_id === selected}
            style={{ top: `${(from + i) * ROW}px` }}
            onClick={() => onSelect(job.job_id)}
          >
            <span role="gridcell">
              <a href={href({ section: 'jobs', id: job.job_id })} tabIndex={-1}>
                {job.job_id.slice(0, 8)}
              </a>
            </span>
            <span role="gridcell" class="wide">
              {job.account}
            </span>
            <span role="gridcell" class="wide">
              {job.operation}
            </span>
            <span role="gridcell" class="wider" title={job.prompt}>
              {job.prompt}
            </span>
            <span role="gridcell" class="widest" title={job.client_request_id ?? undefined}>
              {job.client_request_id ?? '–'}
            </span>
            <span role="gridcell" title={job.error_code ?? undefined}>
              <StatusMark status={job.status} />
            </span>
            <span role="gridcell" class="widest">
              {job.error_code ?? '–'}
            </span>
          </div>
        ))}
      </div>
    </div>
  )
}
