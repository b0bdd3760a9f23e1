import type { ComponentChildren, JSX } from 'preact'

/** A table that may be wider than the page. */
export function Scrolls({ label, children }: { label: string; children: ComponentChildren }): JSX.Element {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keys.
    <section class="scrolls" aria-label={label} tabIndex={0}>
      {children}
    </section>
  )
}
