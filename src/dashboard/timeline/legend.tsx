import type { JSX } from 'preact'

const MARKS = [
  ['pending', 'pending'],
  ['running', 'running'],
  ['planned', 'planned'],
  ['succeeded', '✓ succeeded'],
  ['failed', '✕ failed'],
  ['kept', 'result kept until it expires'],
] as const

const ATTEMPTS = [
  ['delivered', '▲', 'callback delivered'],
  ['missed', '×', 'callback failed'],
  ['due', '○', 'callback due'],
] as const

/** What the shapes of the timeline mean. */
export function Legend(): JSX.Element {
  return (
    <ul class="legend" aria-label="Legend">
      {MARKS.map(([name, text]) => (
        <li key={name}>
          <span class={`swatch ${name}`} aria-hidden="true" /> {text}
        </li>
      ))}
      {ATTEMPTS.map(([name, sign, text]) => (
        <li key={name}>
          <span class={`sign ${name}`} aria-hidden="true">
            {sign}
          </span>{' '}
          {text}
        </li>
      ))}
    </ul>
  )
}
