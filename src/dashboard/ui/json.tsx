import type { JSX } from 'preact'

/** Text that may be too long or too wide for the page, in a box that scrolls. */
export function Json({ text, label }: { text: string; label: string }): JSX.Element {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keys.
    <section class="json" aria-label={label} tabIndex={0}>
      <pre>{text}</pre>
    </section>
  )
}
