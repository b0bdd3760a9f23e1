import type { RefObject } from 'preact'
import { useEffect, useRef } from 'preact/hooks'
import { go } from '../state/route.ts'
import { isField } from '../ui/is-field.ts'
import { AXIS, ROW } from './paint.ts'
import { type Aim, FIT, panned, type Span, type TimelineJob, ZOOM, zoomed } from './span.ts'

interface GridKeys {
  readonly jobs: readonly TimelineJob[]
  readonly selected: string | null
  readonly onSelect: (jobId: string) => void
  readonly span: { readonly current: Span }
  readonly onAim: (aim: Aim) => void
}

/** The grid's keys. They work wherever the focus is, unless it is on an element with keys of its own. */
export function useGridKeys(scroller: RefObject<HTMLDivElement | null>, keys: GridKeys): void {
  const latest = useRef(keys)
  latest.current = keys
  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent): void => {
      const target = event.target as HTMLElement
      if (event.defaultPrevented || isField(target) || document.querySelector('dialog[open]')) return
      if (event.key === 'Enter' && target.matches('a, button, summary')) return
      if (event.ctrlKey || event.altKey || event.metaKey) return
      const step = scroller.current && stepOf(event.key, latest.current, scroller.current)
      if (!step) return
      event.preventDefault()
      event.stopPropagation()
      step()
    }
    addEventListener('keydown', onKeyDown, { capture: true })
    return () => removeEventListener('keydown', onKeyDown, { capture: true })
  }, [])
}

/** What a key does; `undefined` for a key that is not the grid's. */
function stepOf(
  key: string,
  { jobs, selected, onSelect, span, onAim }: GridKeys,
  box: HTMLElement,
): (() => void) | undefined {
  const at = jobs.findIndex(({ job_id }) => job_id === selected)
  const end = jobs.length - 1
  const page = Math.max(1, Math.floor((box.clientHeight - AXIS) / ROW) - 1)
  const show = (index: number): void => {
    const job = jobs[index]
    if (!job) return
    onSelect(job.job_id)
    scrollTo(box, index)
  }
  const steps: Readonly<Record<string, () => void>> = {
    ArrowDown: () => show(Math.min(end, at + 1)),
    ArrowUp: () => show(Math.max(0, at - 1)),
    PageDown: () => show(Math.min(end, Math.max(at, 0) + page)),
    PageUp: () => show(Math.max(0, at - page)),
    Home: () => show(0),
    End: () => show(end),
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
  return steps[key]
}

/** Scrolls as little as brings the row into view. */
function scrollTo(box: HTMLElement, index: number): void {
  const y = index * ROW
  if (y < box.scrollTop) box.scrollTop = y
  if (y + ROW > box.scrollTop + box.clientHeight - AXIS) box.scrollTop = y + ROW - box.clientHeight + AXIS
}
