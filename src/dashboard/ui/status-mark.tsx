import type { JSX } from 'preact'
import type { control } from '../../control/index.ts'

type Status = control.ControlTimelineJob['status']

const SIGNS: Readonly<Record<Status, string>> = { pending: '◌', running: '▶', succeeded: '✓', failed: '✕' }

/** A status by sign, word and colour. */
export function StatusMark({ status }: { status: Status }): JSX.Element {
  return (
    <span class={`status ${status}`}>
      <span aria-hidden="true">{SIGNS[status]}</span> <span class="word">{status}</span>
    </span>
  )
}
