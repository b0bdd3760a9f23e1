const NAMES = [
  'text',
  'muted',
  'line',
  'surface',
  'accent',
  'selected',
  'pending',
  'running',
  'succeeded',
  'failed',
  'kept',
  'now',
] as const

/** The colours of style.css, as a canvas wants them. */
export type Theme = Readonly<Record<(typeof NAMES)[number], string>>

export function readTheme(): Theme {
  const style = getComputedStyle(document.documentElement)
  return Object.fromEntries(NAMES.map((name) => [name, style.getPropertyValue(`--${name}`).trim()])) as Theme
}

/** @returns a function that ends it */
export function onThemeChange(listener: () => void): () => void {
  const dark = matchMedia('(prefers-color-scheme: dark)')
  dark.addEventListener('change', listener)
  return () => dark.removeEventListener('change', listener)
}
