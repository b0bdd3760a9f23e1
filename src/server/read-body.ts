import type { IncomingMessage } from 'node:http'
import { type ApiRequest, MAX_BODY_BYTES } from '../api/http.ts'

/**
 * Reads a request's body; past the limit the rest is read and thrown away, so that the client still gets its answer.
 *
 * @param done told at once where there is none
 * @param fail told if the client breaks off
 */
export function readBody(
  request: IncomingMessage,
  done: (body: ApiRequest['body']) => void,
  fail: (error: Error) => void,
): void {
  if (request.headers['content-length'] === undefined && request.headers['transfer-encoding'] === undefined) {
    done(null)
    return
  }
  const chunks: Buffer[] = []
  let bytes = 0
  request.on('data', (chunk: Buffer) => {
    bytes += chunk.length
    if (bytes <= MAX_BODY_BYTES) chunks.push(chunk)
    else chunks.length = 0
  })
  request.on('end', () => {
    if (bytes > MAX_BODY_BYTES) done('too-large')
    else {
      const body = chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks)
      // The request lives as long as its answer takes, and its listeners with it.
      chunks.length = 0
      done(bytes === 0 ? null : body)
    }
  })
  request.on('error', fail)
}
