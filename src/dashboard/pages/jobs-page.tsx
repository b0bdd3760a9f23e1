import { type Signal, signal } from '@preact/signals'
import type { JSX } from 'preact'
import { useMemo, useRef } from 'preact/hooks'
import type { control } from '../../control/index.ts'
import { lists } from '../../control/lists.ts'
import { clockText, spanText } from '../format.ts'
import { href, route, setQuery, worldId } from '../state/route.ts'
import { world } from '../state/session.ts'
import { useLive } from '../state/use-live.ts'
import { nowMs, sawNow } from '../state/world.ts'
import { JobGrid } from '../timeline/job-grid.tsx'
import { Legend } from '../timeline/legend.tsx'
import { type Aim, FIT, panned, type Span, type TimelineJob, ZOOM, zoomed } from '../timeline/span.ts'
import { Problem } from '../ui/problem.tsx'

const STATUSES = lists.JobStatus
const LENGTHS = [
  ['1 min', 60_000],
  ['10 min', 600_000],
  ['1 h', 3_600_000],
  ['6 h', 21_600_000],
  ['36 h', 129_600_000],
] as const

const STEPS: readonly (readonly [sign: string, title: string, step: (span: Span) => Aim])[] = [
  ['◀', 'Earlier', (span) => panned(span, -0.25)],
  ['−', 'Zoom out', (span) => zoomed(span, ZOOM, 0.5)],
  ['+', 'Zoom in', (span) => zoomed(span, 1 / ZOOM, 0.5)],
  ['▶', 'Later', (span) => panned(span, 0.25)],
]

/** What is chosen and seen of a World's timeline. */
interface TimelineView {
  readonly aim: Signal<Aim>
  readonly selected: Signal<string | null>
  /** How far the grid is scrolled, in px. */
  readonly scrolled: { top: number }
}

/** Kept while other pages are shown, so that the user finds the same place on return. */
const views = new Map<string, TimelineView>()

function viewOf(id: string): TimelineView {
  const kept = views.get(id) ?? { aim: signal(FIT), selected: signal(null), scrolled: { top: 0 } }
  views.set(id, kept)
  return kept
}

/** All jobs on one axis, newest first, by submit. */
export function JobsPage(): JSX.Element {
  const { value, error } = useLive(readTimeline, worldId.value)
  const view = viewOf(worldId.value)
  const { aim, selected } = view
  const span = useRef<Span>({ fromMs: 0, toMs: 1 })
  const { search = '', status = '' } = route.value.query
  const jobs = useMemo(() => matching(value?.jobs ?? [], search, status), [value, search, status])
  const chosen = jobs.find(({ job_id }) => job_id === selected.value)
  const live = value?.live ?? 0
  const shown = value?.jobs.length ?? 0

  return (
    <section aria-label="Timeline" class="page-jobs">
      <div class="toolbar">
        <label>
          <span class="hidden">Search jobs</span>
          <input
            type="search"
            placeholder="Search id, prompt, request id, error"
            data-search
            value={search}
            onInput={({ currentTarget }) => setQuery({ search: currentTarget.value })}
          />
        </label>
        <select
          aria-label="Status"
          value={status}
          onChange={({ currentTarget }) => setQuery({ status: currentTarget.value })}
        >
          <option value="">every status</option>
          {STATUSES.map((one) => (
            <option key={one}>{one}</option>
          ))}
        </select>
        <span class="count" role="status">
          {jobs.length.toLocaleString('en')} {jobs.length === 1 ? 'job' : 'jobs'}
          {jobs.length < shown && ` of ${shown.toLocaleString('en')}`}
          {shown < live && `, the newest of ${live.toLocaleString('en')}`}
        </span>
        <fieldset class="buttons">
          <legend class="hidden">Time range</legend>
          <button type="button" aria-pressed={aim.value.kind === 'fit'} onClick={() => (aim.value = FIT)}>
            Fit
          </button>
          {LENGTHS.map(([text, lengthMs]) => (
            <button
              key={text}
              type="button"
              aria-pressed={aim.value.kind === 'now' && aim.value.lengthMs === lengthMs}
              onClick={() => (aim.value = { kind: 'now', lengthMs })}
            >
              {text}
            </button>
          ))}
        </fieldset>
        <fieldset class="buttons steps">
          <legend class="hidden">Pan and zoom</legend>
          {STEPS.map(([sign, title, step]) => (
            <button
              key={sign}
              type="button"
              title={title}
              aria-label={title}
              onClick={() => (aim.value = step(span.current))}
            >
              {sign}
            </button>
          ))}
        </fieldset>
      </div>
      <Problem text={error} />
      <JobGrid
        jobs={jobs}
        aim={aim.value}
        span={span}
        onAim={(next) => (aim.value = next)}
        selected={chosen?.job_id ?? null}
        scrolled={view.scrolled}
        onSelect={(id) => (selected.value = id)}
      />
      {value !== undefined && jobs.length === 0 && (
        <p class="empty">
          {shown > 0 ? (
            'No job matches.'
          ) : (
            <>
              No jobs yet, or all have expired. <a href={href({ section: 'submit' })}>Submit one</a>
            </>
          )}
        </p>
      )}
      <div class="chosen" aria-live="polite">
        {chosen ? (
          <Chosen job={chosen} />
        ) : (
          <span class="muted">Choose a job by click or arrow keys ↑ ↓; Enter opens it.</span>
        )}
      </div>
      <Legend />
    </section>
  )
}

async function readTimeline(): Promise<control.ControlTimeline> {
  const timeline = await world.peek().jobs.timeline()
  // A bar must not end before the present does.
  sawNow(timeline.now_ms)
  return timeline
}

function matching(jobs: readonly TimelineJob[], search: string, status: string): TimelineJob[] {
  const text = search.trim().toLowerCase()
  return jobs
    .filter(
      (job) => (status === '' || job.status === status) && (text === '' || wordsOf(job).toLowerCase().includes(text)),
    )
    .reverse()
}

function wordsOf({ job_id, account, operation, status, prompt, client_request_id, error_code }: TimelineJob): string {
  return [job_id, account, operation, status, prompt, client_request_id, error_code].join('\n')
}

/** One line on the job that is chosen. */
function Chosen({ job }: { job: TimelineJob }): JSX.Element {
  const present = nowMs() ?? job.created_ms
  const ends = job.completed_ms ?? job.ends_ms
  const facts = [
    `${job.account}'s ${job.operation}`,
    ...(job.client_request_id === null ? [] : [`client_request_id ${job.client_request_id}`]),
    `submitted ${clockText(job.created_ms)} UTC`,
    ends === null
      ? 'stuck forever'
      : job.completed_ms === null
        ? `will end in ${spanText(ends - present)}`
        : `${job.status}${job.error_code === null ? '' : ` with ${job.error_code}`} after ` +
          `${spanText(ends - job.created_ms)}`,
    ...(job.expires_ms === null ? [] : [`expires in ${spanText(job.expires_ms - present)}`]),
    ...(job.attempts.length === 0 ? [] : [`callbacks: ${job.attempts.map(({ outcome }) => outcome).join(', ')}`]),
    ...(job.prompt === '' ? [] : [`“${job.prompt}”`]),
  ]
  return (
    <>
      <a href={href({ section: 'jobs', id: job.job_id })}>{job.job_id}</a> {facts.join(' · ')}
    </>
  )
}
