import type { Redactor } from './redact.ts'

/** An exchange as reports show it: nothing secret in it, long bodies cut. */
export interface ExchangeRecord {
  readonly id: number
  /** `sent` by the suite, or `received` as a callback. */
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

const SHOWN_CHARACTERS = 4_000

/** One request and its answer, whole. */
export interface Exchange {
  readonly id: number
  readonly direction: 'sent' | 'received'
  readonly operation: string
  readonly at: number
  durationMs: number
  readonly method: string
  readonly url: string
  readonly requestHeaders: Readonly<Record<string, string>>
  readonly requestBody: string | null
  /** 0 if no answer came. */
  status: number
  headers: Headers
  bytes: Uint8Array
  problem: string | null
  /** Differences in this answer are of a choice, not of a promise. */
  readonly isChoice: boolean
}

/** The body as JSON; `undefined` if it is none. */
export function jsonOf(exchange: Pick<Exchange, 'bytes'>): unknown {
  try {
    return JSON.parse(textOf(exchange)) as unknown
  } catch {
    return undefined
  }
}

/** One field of a JSON object; `undefined` if there is none. */
export function fieldOf(value: unknown, name: string): unknown {
  return value !== null && typeof value === 'object' && Object.hasOwn(value, name)
    ? (value as Record<string, unknown>)[name]
    : undefined
}

export function textOf({ bytes }: Pick<Exchange, 'bytes'>): string {
  return new TextDecoder().decode(bytes)
}

export function recordOf(exchange: Exchange, redactor: Redactor): ExchangeRecord {
  const { id, direction, operation, at, durationMs, method, url, status, headers, problem } = exchange
  const clean = (text: string): string => redactor.text(text)
  return {
    id,
    direction,
    operation,
    at: new Date(at).toISOString(),
    durationMs: Math.round(durationMs),
    request: {
      method,
      url: clean(url),
      headers: cleanHeaders(Object.entries(exchange.requestHeaders), clean),
      body: exchange.requestBody === null ? null : cut(clean(exchange.requestBody)),
    },
    response:
      status === 0
        ? null
        : {
            status,
            headers: cleanHeaders([...headers], clean),
            body: cut(clean(shownBody(exchange))),
            bodyBytes: exchange.bytes.length,
          },
    problem: problem === null ? null : clean(problem),
  }
}

function cleanHeaders(headers: [string, string][], clean: (text: string) => string): Record<string, string> {
  return Object.fromEntries(headers.map(([name, value]) => [name, clean(value)]))
}

function shownBody(exchange: Exchange): string {
  const type = exchange.headers.get('content-type') ?? ''
  if (/^(image|video|audio)\/|octet-stream/.test(type)) return `(${exchange.bytes.length} bytes of ${type})`
  return textOf(exchange)
}

function cut(text: string): string {
  if (text.length <= SHOWN_CHARACTERS) return text
  return `${text.slice(0, SHOWN_CHARACTERS)}… (${text.length} characters in all)`
}
