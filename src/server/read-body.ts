import type { IncomingMessage } from 'node:http'
import { type ApiRequest, MAX_BODY_BYTES } from '../api/http.ts'

/** Reads a request's body; past the limit the rest is read and thrown away, so that the client still gets its answer. */
export async function readBody(request: IncomingMessage): Promise<ApiRequest['body']> {
  if (request.headers['content-length'] === undefined && request.headers['transfer-encoding'] === undefined) return null
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length
    if (bytes <= MAX_BODY_BYTES) chunks.push(chunk)
    else chunks.length = 0
  }
  if (bytes > MAX_BODY_BYTES) return 'too-large'
  return bytes === 0 ? null : chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks)
}
