import type { IncomingMessage } from 'node:http'
import { type ApiRequest, MAX_BODY_BYTES } from '../api/http.ts'

/**
 * Reads a request's body; past the limit the rest is read and thrown away, so that the client still gets its answer.
 *
 * @returns at once where there is none; rejects if the client breaks off
 */
export function readBody(request: IncomingMessage): ApiRequest['body'] | Promise<ApiRequest['body']> {
  if (request.headers['content-length'] === undefined && request.headers['transfer-encoding'] === undefined) return null
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    let bytes = 0
    request.on('data', (chunk: Buffer) => {
      bytes += chunk.length
      if (bytes <= MAX_BODY_BYTES) chunks.push(chunk)
      else chunks.length = 0
    })
    request.on('end', () => {
      if (bytes > MAX_BODY_BYTES) resolve('too-large')
      else resolve(bytes === 0 ? null : chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks))
    })
    request.on('error', reject)
    request.on('close', () => {
      if (!request.complete) reject(new Error('the client broke off'))
    })
  })
}
