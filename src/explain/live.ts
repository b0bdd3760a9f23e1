import { decodedBody } from './decoded.ts'
import type { Exchange, RecordedBody } from './exchange.ts'
import type { Kept } from './kept.ts'
import { pairs, type Relayed } from './relay.ts'

/** What was passed on, as the judge and the archive take it. */
export function exchangeOf(relayed: Relayed): Exchange {
  const requestHeaders = headersOf(relayed.requestHeaders)
  const responseHeaders = headersOf(relayed.responseHeaders)
  return {
    id: relayed.id,
    recording: 0,
    method: relayed.method,
    url: relayed.url,
    requestHeaders,
    requestBody: bodyOf(relayed.requestBody, requestHeaders.get('content-encoding')),
    status: relayed.status,
    responseHeaders,
    responseBody:
      relayed.status === null
        ? { kind: 'unknown', why: relayed.problem ?? 'no answer came' }
        : bodyOf(relayed.responseBody, responseHeaders.get('content-encoding')),
    startMs: relayed.startMs,
    endMs: relayed.endMs,
    account: null,
  }
}

function bodyOf(kept: Kept, encoding: string | undefined): RecordedBody {
  if (kept.bytes === 0) return { kind: 'none' }
  const { whole } = kept
  if (whole === null) return { kind: 'unknown', why: `<${kept.bytes} bytes, of which none are kept>` }
  const bytes = decodedBody(whole, encoding)
  if (bytes === null) return { kind: 'unknown', why: `<${kept.bytes} bytes, of which none are kept: ${encoding}>` }
  return { kind: 'whole', bytes, isExact: true }
}

function headersOf(raw: readonly string[]): Map<string, string> {
  const headers = new Map<string, string>()
  for (const [name, value] of pairs(raw)) {
    const before = headers.get(name.toLowerCase())
    headers.set(name.toLowerCase(), before === undefined ? value : `${before}, ${value}`)
  }
  return headers
}
