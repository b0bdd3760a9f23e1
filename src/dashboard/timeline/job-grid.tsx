import type { JSX } from 'preact'
import { useRef } from 'preact/hooks'
import { go } from '../state/route.ts'
import { HeadRow, JobRow } from './job-row.tsx'
import { ROW } from './paint.ts'
import type { Aim, Span, TimelineJob } from './span.ts'
import { useGridKeys } from './use-grid-keys.ts'
import { useGridScroll } from './use-grid-scroll.ts'
import { usePainting } from './use-painting.ts'
import { usePointer, useWheel } from './use-pointer.ts'

interface JobGridProps {
  /** Newest first. */
  readonly jobs: readonly TimelineJob[]
  readonly aim: Aim
  /** Set to the time range that is shown, for buttons beside the grid. */
  readonly span: { current: Span }
  readonly onAim: (aim: Aim) => void
  readonly selected: string | null
  readonly onSelect: (jobId: string) => void
  /** How far the grid was scrolled when it was last shown; kept up to date. */
  readonly scrolled: { top: number }
}

/** Rows that are kept ready above and below those in view. */
const SPARE = 6

/** A row for each job: what it is, and its bar on the common axis. Only the rows in view exist. */
export function JobGrid({ jobs, aim, span, onAim, selected, onSelect, scrolled }: JobGridProps): JSX.Element {
  const scroller = useRef<HTMLDivElement>(null)
  const canvas = useRef<HTMLCanvasElement>(null)
  const grid = useGridScroll({ scroller, canvas }, jobs, scrolled)
  usePainting(canvas, { jobs, aim, selected, grid, span })
  useWheel(canvas, span, onAim)
  useGridKeys(scroller, { jobs, selected, onSelect, span, onAim })
  const pointer = usePointer({ jobs, top: grid.top, width: grid.width, span, onAim, onSelect })

  const from = Math.max(0, grid.first - SPARE)
  const to = grid.last + SPARE
  const selectedAt = jobs.findIndex(({ job_id }) => job_id === selected)
  const selectedExists = selectedAt >= from && selectedAt < to
  return (
    // The grid takes the focus and the keys for all its rows, and names the chosen one: most rows do not exist.
    <div
      class="job-grid"
      ref={scroller}
      role="grid"
      aria-label="Jobs, newest first by submit; times in UTC"
      aria-rowcount={jobs.length + 1}
      aria-activedescendant={selectedExists ? `job-${selected}` : undefined}
      tabIndex={0}
      id="job-grid"
    >
      <div class="job-axis" aria-hidden="true">
        <canvas
          ref={canvas}
          {...pointer}
          onDblClick={() => selected !== null && go({ section: 'jobs', id: selected })}
          style={{ width: `${grid.width}px`, height: `${grid.height}px` }}
        />
      </div>
      <HeadRow />
      <div class="job-rows" style={{ height: `${jobs.length * ROW}px` }} role="rowgroup">
        {jobs.slice(from, to).map((job, i) => (
          <JobRow
            key={job.job_id}
            job={job}
            index={from + i}
            isSelected={job.job_id === selected}
            onSelect={onSelect}
          />
        ))}
      </div>
    </div>
  )
}
