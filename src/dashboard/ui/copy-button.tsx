import type { JSX } from 'preact'
import { notify } from '../state/act.ts'

/** @param what names the text, for the status line */
export function CopyButton({
  text,
  what,
  label = 'copy',
}: {
  text: string
  what: string
  label?: string
}): JSX.Element {
  const copy = async (): Promise<void> => {
    try {
      await navigator.clipboard.writeText(text)
      notify(`Copied ${what}.`)
    } catch {
      notify(`The browser lets no page copy here; ${what} can be selected instead.`, true)
    }
  }
  return (
    <button type="button" class="small" aria-label={label === 'copy' ? `copy ${what}` : label} onClick={copy}>
      {label}
    </button>
  )
}
