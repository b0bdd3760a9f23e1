/** What is left of a body in a recording. */
export type RecordedBody =
  /** `isExact`: these are the bytes that went over the wire, so that a signature can be computed over them. */
  | { readonly kind: 'whole'; readonly bytes: Uint8Array; readonly isExact: boolean }
  /** There was one, and the recording does not have it, or only its beginning. */
  | { readonly kind: 'unknown'; readonly why: string }
  | { readonly kind: 'none' }

/** One request and its answer, as a recording has it. What it does not have is `null`. */
export interface Exchange {
  /** Its number in the history, counted from 1. */
  id: number
  /** The recording that it stands in, counted from 0: clocks of different recorders differ. */
  readonly recording: number
  readonly method: string
  readonly url: string
  /** By lowercase name. */
  readonly requestHeaders: ReadonlyMap<string, string>
  readonly requestBody: RecordedBody
  /** `null` if no answer came, or none was recorded. */
  readonly status: number | null
  readonly responseHeaders: ReadonlyMap<string, string>
  readonly responseBody: RecordedBody
  /** Unix ms by the recorder's clock. */
  readonly startMs: number | null
  readonly endMs: number | null
  /** The account, where the recorder knew it: a server does, a browser knows only the key. */
  readonly account: string | null
}

/** One file, read. */
export interface Recording {
  /** `har`, `journal`, and who wrote it. */
  readonly format: string
  readonly exchanges: Exchange[]
  /**
   * A server wrote it: each exchange happened at one instant of the server's own clock, and they stand in their order.
   */
  readonly isOfServer: boolean
}

/** The body as text; `null` if the recording does not have it. */
export function textOf(body: RecordedBody): string | null {
  if (body.kind === 'unknown') return null
  return body.kind === 'none' ? '' : new TextDecoder().decode(body.bytes)
}

const parsed = new WeakMap<Uint8Array, unknown>()

/** The body as JSON; `undefined` if it is none, or the recording does not have it. */
export function jsonOf(body: RecordedBody): unknown {
  if (body.kind !== 'whole') return undefined
  if (!parsed.has(body.bytes)) parsed.set(body.bytes, parse(textOf(body) ?? ''))
  return parsed.get(body.bytes)
}

/** Deeper than any body of the API; what walks through deeper ones would overflow the stack. */
const DEEPEST = 200

function parse(text: string): unknown {
  try {
    const value: unknown = JSON.parse(text)
    return isDeeper(value, DEEPEST) ? undefined : value
  } catch {
    return undefined
  }
}

function isDeeper(value: unknown, left: number): boolean {
  if (value === null || typeof value !== 'object') return false
  return left === 0 || Object.values(value).some((each) => isDeeper(each, left - 1))
}

/** One field of a JSON object; `undefined` if there is none. */
export function fieldOf(value: unknown, name: string): unknown {
  return value !== null && typeof value === 'object' && Object.hasOwn(value, name)
    ? (value as Record<string, unknown>)[name]
    : undefined
}
