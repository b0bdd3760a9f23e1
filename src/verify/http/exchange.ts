import type { AnswerHeaders } from './answer-headers.ts'
import { isTooDeep } from './nesting.ts'
import type { Redactor } from './redact.ts'

/** What is left of a picture that was looked at; its bytes are not kept. */
export interface Picture {
  readonly format: 'png' | 'jpg' | 'other'
  /** It was decoded to its last pixel. */
  readonly isWhole: boolean
  /** 0 if it could not be decoded. */
  readonly width: number
  readonly height: number
  /** Why it is not whole; `null` if it is. */
  readonly problem: string | null
  readonly bytes: number
  readonly sha256: string
}

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

export const SHOWN_CHARACTERS = 4_000

/** One request and its answer. Of pictures only a description is kept. */
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
  headers: AnswerHeaders
  /** Of a picture only the beginning, and of a result's pictures. */
  bytes: Uint8Array
  /** How many came, decompressed. */
  bodyBytes: number
  /** What was downloaded; `null` if it was no 200, or no download. */
  picture: Picture | null
  /** The pictures that a synchronous result carried, at most 16. */
  pictures: readonly Picture[]
  /** Number of the exchange that was redirected to this one; `null` if none was. */
  redirectedFrom: number | null
  problem: string | null
  /** Differences in this answer are of a choice, not of a promise. */
  isChoice: boolean
}

/** The body as JSON; `undefined` if it is none, or nested too deep to be walked through. */
export function jsonOf(exchange: Pick<Exchange, 'bytes'>): unknown {
  if (isTooDeep(exchange.bytes)) return undefined
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

/** Cached, because the exchanges of a shared job are in the reports of many rules. */
const records = new WeakMap<Exchange, ExchangeRecord>()

export function recordOf(exchange: Exchange, redactor: Redactor): ExchangeRecord {
  const record = records.get(exchange) ?? newRecord(exchange, redactor)
  records.set(exchange, record)
  return record
}

function newRecord(exchange: Exchange, redactor: Redactor): ExchangeRecord {
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
      body: exchange.requestBody === null ? null : cut(exchange.requestBody, clean),
    },
    response:
      status === 0
        ? null
        : {
            status,
            headers: cleanHeaders([...headers].sort(byName), clean),
            body: cut(shownBody(exchange), clean),
            bodyBytes: exchange.bodyBytes,
          },
    problem: problem === null ? null : clean(problem),
  }
}

function byName([a]: [string, string], [b]: [string, string]): number {
  return a < b ? -1 : 1
}

function cleanHeaders(headers: [string, string][], clean: (text: string) => string): Record<string, string> {
  return Object.fromEntries(headers.map(([name, value]) => [name, clean(value)]))
}

function shownBody(exchange: Exchange): string {
  const type = exchange.headers.get('content-type') ?? ''
  if (/^(image|video|audio)\/|octet-stream/.test(type)) return `(${exchange.bodyBytes} bytes of ${type})`
  return textOf(exchange)
}

/** Longer than any secret, so that a part of one at the cut is not shown. */
const MARGIN = 1_000

/** Redacts only the part that is shown, because bodies may be large and there are hundreds. */
function cut(text: string, clean: (text: string) => string): string {
  if (text.length <= SHOWN_CHARACTERS) return clean(text)
  const cleaned = clean(text.slice(0, SHOWN_CHARACTERS + MARGIN)).slice(0, -MARGIN)
  return `${cleaned.slice(0, SHOWN_CHARACTERS)}… (${text.length} characters in all)`
}
