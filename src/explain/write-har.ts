import { closeSync, openSync, writeSync } from 'node:fs'
import { version } from '../spec/version.ts'
import type { Exchange, RecordedBody } from './exchange.ts'
import type { Hide } from './hide.ts'
import { pairs, type Relayed } from './relay.ts'

const END = '\n]}}\n'
/** Larger archives no reader takes. */
const MOST_BYTES = 400 * 1024 * 1024

/**
 * A HAR that is whole after each entry, so that a killed process loses no more than what is under way.
 *
 * Writes are synchronous: an entry is there before the next request of its client can be answered.
 */
export class HarWriter {
  readonly #file: number
  readonly #hide: Hide
  #position = 0
  #isEmpty = true

  /** @throws {Error} of the file system */
  constructor(path: string, hide: Hide) {
    this.#file = openSync(path, 'w', 0o600)
    this.#hide = hide
    const creator = JSON.stringify({ name: 'phota-mock proxy', version })
    this.#write(`{"log":{"version":"1.2","creator":${creator},"entries":[`)
  }

  /** @returns false if the archive is as large as archives get, and this exchange is not in it */
  add(relayed: Relayed, exchange: Exchange): boolean {
    const text = JSON.stringify(entryOf(relayed, exchange, this.#hide))
    if (this.#position + text.length > MOST_BYTES) return false
    this.#write(`${this.#isEmpty ? '' : ','}\n${text}`)
    this.#isEmpty = false
    return true
  }

  close(): void {
    closeSync(this.#file)
  }

  #write(text: string): void {
    const bytes = Buffer.from(text + END)
    writeSync(this.#file, bytes, 0, bytes.length, this.#position)
    this.#position += bytes.length - Buffer.byteLength(END)
  }
}

function entryOf(
  relayed: Relayed,
  { requestBody, responseBody, responseHeaders, requestHeaders }: Exchange,
  hide: Hide,
) {
  const { method, url, startMs, endMs, status, statusText, problem } = relayed
  const tookMs = Math.max(0, endMs - startMs)
  const content = contentOf(responseBody, responseHeaders.get('content-type'), hide)
  return {
    startedDateTime: new Date(startMs).toISOString(),
    time: tookMs,
    request: {
      method,
      url: hide.text(url),
      httpVersion: 'HTTP/1.1',
      cookies: [],
      headers: pairs(relayed.requestHeaders).map(([name, value]) => ({ name, value: hide.header(name, value) })),
      queryString: Array.from(new URL(url).searchParams, ([name, value]) => ({
        name,
        value: hide.parameter(name, value),
      })),
      headersSize: -1,
      bodySize: relayed.requestBody.bytes,
      ...(requestBody.kind !== 'none' && {
        postData: postDataOf(requestBody, requestHeaders.get('content-type'), hide),
      }),
    },
    response: {
      status: status ?? 0,
      statusText: status === null ? '' : statusText,
      httpVersion: 'HTTP/1.1',
      cookies: [],
      headers: pairs(relayed.responseHeaders).map(([name, value]) => ({ name, value: hide.header(name, value) })),
      content: { size: relayed.responseBody.bytes, ...content },
      redirectURL: '',
      headersSize: -1,
      bodySize: relayed.responseBody.bytes,
      ...(problem !== null && { _error: problem }),
    },
    cache: {},
    timings: { send: 0, wait: tookMs, receive: 0 },
  }
}

function postDataOf(body: RecordedBody, mimeType = '', hide: Hide) {
  const { text, encoding } = contentOf(body, mimeType, hide)
  return { mimeType, text: text ?? '', ...(encoding !== undefined && { encoding }) }
}

function contentOf(
  body: RecordedBody,
  mimeType = '',
  hide: Hide,
): { mimeType: string; text?: string; encoding?: 'base64' } {
  if (body.kind === 'none') return { mimeType }
  // What is read back must not be taken for the body itself: readHar knows this form.
  if (body.kind === 'unknown') return body.why.startsWith('<') ? { mimeType, text: body.why } : { mimeType }
  try {
    return { mimeType, text: hide.text(new TextDecoder('utf-8', { fatal: true }).decode(body.bytes)) }
  } catch {
    return { mimeType, text: Buffer.from(body.bytes).toString('base64'), encoding: 'base64' }
  }
}
