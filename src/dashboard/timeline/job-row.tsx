import type { ComponentChildren, JSX } from 'preact'
import { href } from '../state/route.ts'
import { StatusMark } from '../ui/status-mark.tsx'
import { ROW } from './paint.ts'
import type { TimelineJob } from './span.ts'

interface Column {
  readonly title: string
  /** From which width of the window on it is shown; always, if left out. */
  readonly from?: 'wide' | 'wider' | 'widest'
  readonly cell: (job: TimelineJob) => ComponentChildren
  /** What a tooltip says, where the cell is cut off or says less. */
  readonly tooltip?: (job: TimelineJob) => string | null
}

const COLUMNS: readonly Column[] = [
  {
    title: 'Job',
    cell: ({ job_id }) => (
      <a href={href({ section: 'jobs', id: job_id })} tabIndex={-1}>
        {job_id.slice(0, 8)}
      </a>
    ),
  },
  { title: 'Account', from: 'wide', cell: ({ account }) => account },
  { title: 'Operation', from: 'wide', cell: ({ operation }) => operation },
  { title: 'Prompt', from: 'wider', cell: ({ prompt }) => prompt, tooltip: ({ prompt }) => prompt },
  {
    title: 'client_request_id',
    from: 'widest',
    cell: ({ client_request_id }) => client_request_id ?? '–',
    tooltip: ({ client_request_id }) => client_request_id,
  },
  { title: 'Status', cell: ({ status }) => <StatusMark status={status} />, tooltip: ({ error_code }) => error_code },
  { title: 'Error code', from: 'widest', cell: ({ error_code }) => error_code ?? '–' },
]

/** The row of the column headers. */
export function HeadRow(): JSX.Element {
  return (
    <div class="job-row job-head" role="row" aria-rowindex={1}>
      {COLUMNS.map(({ title, from }) => (
        <span key={title} role="columnheader" class={from}>
          {title}
        </span>
      ))}
    </div>
  )
}

interface JobRowProps {
  readonly job: TimelineJob
  /** Its place among all jobs, from 0. */
  readonly index: number
  readonly isSelected: boolean
  readonly onSelect: (jobId: string) => void
}

/** A job's row, but for its bar, which is on the canvas. */
export function JobRow({ job, index, isSelected, onSelect }: JobRowProps): JSX.Element {
  return (
    <div
      id={`job-${job.job_id}`}
      class="job-row"
      role="row"
      aria-rowindex={index + 2}
      aria-selected={isSelected}
      style={{ top: `${index * ROW}px` }}
      onClick={() => onSelect(job.job_id)}
    >
      {COLUMNS.map(({ title, from, cell, tooltip }) => (
        <span key={title} role="gridcell" class={from} title={tooltip?.(job) ?? undefined}>
          {cell(job)}
        </span>
      ))}
    </div>
  )
}
