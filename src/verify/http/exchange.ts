import { type ExchangeRecord, shownHeaders, shownText } from '../../report/exchange-record.ts'
import type { Redactor } from '../../report/redact.ts'
import type { AnswerHeaders } from './answer-headers.ts'
import { isTooDeep } from './nesting.ts'

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
  return {
    id,
    direction,
    operation,
    at: new Date(at).toISOString(),
    durationMs: Math.round(durationMs),
    request: {
      method,
      url: redactor.text(url),
      headers: shownHeaders(Object.entries(exchange.requestHeaders), redactor),
      body: exchange.requestBody === null ? null : shownText(exchange.requestBody, redactor),
    },
    response:
      status === 0
        ? null
        : {
            status,
            headers: shownHeaders([...headers].sort(byName), redactor),
            body: shownText(shownBody(exchange), redactor),
            bodyBytes: exchange.bodyBytes,
          },
    problem: problem === null ? null : redactor.text(problem),
  }
}

function byName([a]: [string, string], [b]: [string, string]): number {
  return a < b ? -1 : 1
}

function shownBody(exchange: Exchange): string {
  const type = exchange.headers.get('content-type') ?? ''
  if (/^(image|video|audio)\/|octet-stream/.test(type)) return `(${exchange.bodyBytes} bytes of ${type})`
  return textOf(exchange)
}
