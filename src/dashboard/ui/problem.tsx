import type { JSX } from 'preact'

/** The server's sentence, where it refused. */
export function Problem({ text }: { text: string | null }): JSX.Element | null {
  if (text === null) return null
  return (
    <p class="problem" role="alert">
      {text}
    </p>
  )
}
