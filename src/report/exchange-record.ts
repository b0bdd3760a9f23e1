import type { Redactor } from './redact.ts'

/** An exchange as reports show it: nothing secret in it, long bodies cut. */
export interface ExchangeRecord {
  readonly id: number
  /** `sent` by us, or `received`. */
  readonly direction: 'sent' | 'received'
  /** The operation of openapi.yaml, or `download`. */
  readonly operation: string
  readonly at: string
  readonly durationMs: number
  readonly request: {
    readonly method: string
    readonly url: string
    readonly headers: Readonly<Record<string, string>>
    readonly body: string | null
  }
  /** `null` if none came. */
  readonly response: {
    readonly status: number
    readonly headers: Readonly<Record<string, string>>
    readonly body: string
    readonly bodyBytes: number
  } | null
  /** Why no answer came. */
  readonly problem: string | null
}

export const SHOWN_CHARACTERS = 4_000

/** Longer than any secret, so that a part of one at the cut is not shown. */
const MARGIN = 1_000

/** A body without secrets, and cut. Only the part that is shown is redacted: bodies may be large, and are hundreds. */
export function shownText(text: string, redactor: Redactor): string {
  if (text.length <= SHOWN_CHARACTERS) return redactor.text(text)
  const cleaned = redactor.text(text.slice(0, SHOWN_CHARACTERS + MARGIN)).slice(0, -MARGIN)
  return `${cleaned.slice(0, SHOWN_CHARACTERS)}… (${text.length} characters in all)`
}

export function shownHeaders(headers: Iterable<readonly [string, string]>, redactor: Redactor): Record<string, string> {
  return Object.fromEntries([...headers].map(([name, value]) => [name, redactor.text(value)]))
}
