import { createHmac } from 'node:crypto'

/** A HAR entry while a history is made up. Bodies are values; they are written, and callbacks signed, at the end. */
export interface Draft {
  readonly name: string
  method: string
  url: string
  /** Milliseconds since the history began. */
  atMs: number
  tookMs: number
  key: string | null
  headers: Record<string, string>
  body: unknown
  status: number
  answer: unknown
  answerHeaders: Record<string, string>
  /** By which a callback is signed; `null` for none. */
  secret: string | null
}

export const START_MS: number = Date.parse('2026-06-22T12:00:00Z')
export const API: string = 'https://api.photalabs.com/v1/phota'

/** A HAR as recorders write it. */
export function harOf(drafts: readonly Draft[], creator: string = 'a recorder'): object {
  return { log: { version: '1.2', creator: { name: creator, version: '1' }, entries: drafts.map(entryOf) } }
}

function entryOf({ method, url, atMs, tookMs, key, headers, body, status, answer, answerHeaders, secret }: Draft) {
  const text = body === null ? null : typeof body === 'string' ? body : JSON.stringify(body)
  const content = answer instanceof Uint8Array ? Buffer.from(answer).toString('base64') : JSON.stringify(answer)
  const signature = (by: string) =>
    `sha256=${createHmac('sha256', by)
      .update(text ?? '')
      .digest('hex')}`
  return {
    startedDateTime: new Date(START_MS + atMs).toISOString(),
    time: tookMs,
    request: {
      method,
      url,
      httpVersion: 'HTTP/1.1',
      cookies: [],
      headers: listed({
        ...(key !== null && { 'X-API-Key': key }),
        ...(secret !== null && { 'X-Phota-Signature': signature(secret) }),
        ...headers,
      }),
      queryString: [],
      headersSize: -1,
      bodySize: text === null ? 0 : Buffer.byteLength(text),
      ...(text !== null && { postData: { mimeType: 'application/json', text } }),
    },
    response: {
      status,
      statusText: '',
      httpVersion: 'HTTP/1.1',
      cookies: [],
      headers: listed(answerHeaders),
      content:
        answer === null
          ? { size: 0, mimeType: '' }
          : {
              size: content.length,
              mimeType: answerHeaders['Content-Type'] ?? 'application/json',
              text: content,
              ...(answer instanceof Uint8Array && { encoding: 'base64' }),
            },
      redirectURL: '',
      headersSize: -1,
      bodySize: -1,
    },
    cache: {},
    timings: { send: 0, wait: tookMs, receive: 0 },
  }
}

function listed(headers: Record<string, string>) {
  return Object.entries(headers).map(([name, value]) => ({ name, value }))
}
