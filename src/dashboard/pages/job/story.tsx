import type { JSX } from 'preact'
import { spanText, timeText } from '../../format.ts'
import { nowMs, view } from '../../state/world.ts'
import type { TimelineJob } from '../../timeline/span.ts'

interface Step {
  readonly atMs: number
  readonly what: string
}

/** A job's life as a list, with what is still to come. */
export function Story({ job }: { job: TimelineJob }): JSX.Element {
  void view.value
  const present = nowMs() ?? job.created_ms
  const steps = stepsOf(job).sort((a, b) => a.atMs - b.atMs)
  return (
    <ol class="story">
      {steps.map(({ atMs, what }) => (
        <li key={`${atMs} ${what}`} class={atMs > present ? 'to-come' : ''}>
          <time>{timeText(atMs, job.created_ms)}</time> <Offset ms={atMs - job.created_ms} /> {what}
          {atMs > present && ` (in ${spanText(atMs - present)})`}
        </li>
      ))}
      {job.ends_ms === null && job.completed_ms === null && <li>It is stuck, and never ends by itself.</li>}
    </ol>
  )
}

function stepsOf(job: TimelineJob): Step[] {
  const { created_ms, starts_ms, ends_ms, completed_ms, expires_ms } = job
  const endMs = completed_ms ?? ends_ms
  return [
    { atMs: created_ms, what: 'submitted' },
    ...(endMs !== null && starts_ms > endMs ? [] : [{ atMs: starts_ms, what: 'runs' }]),
    ...(endMs === null ? [] : [{ atMs: endMs, what: completed_ms === null ? 'ends' : job.status }]),
    ...job.attempts.map(({ at_ms, outcome }) => ({ atMs: at_ms, what: `callback ${outcome}` })),
    ...(expires_ms === null ? [] : [{ atMs: expires_ms, what: 'expires; a poll is answered 410 from then on' }]),
  ]
}

/** How long after the submit. */
function Offset({ ms }: { ms: number }): JSX.Element {
  return <span class="offset">+{spanText(ms)}</span>
}
