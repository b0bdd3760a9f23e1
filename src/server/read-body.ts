import { createHash, type Hash } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import { type ApiRequest, MAX_BODY_BYTES } from '../api/http.ts'
import { WHOLE_BYTES } from '../engine/journal.ts'

/**
 * Reads a request's body; past the limit the rest is read and thrown away, so that the client still gets its answer.
 *
 * @param done told at once where there is none; told the hash of a body that the journal does not keep whole
 * @param fail told if the client breaks off
 */
export function readBody(
  request: IncomingMessage,
  done: (body: ApiRequest['body'], sha256: string | null) => void,
  fail: (error: Error) => void,
): void {
  if (request.headers['content-length'] === undefined && request.headers['transfer-encoding'] === undefined) {
    done(null, null)
    return
  }
  const chunks: Buffer[] = []
  let bytes = 0
  let hash: Hash | null = null
  request.on('data', (chunk: Buffer) => {
    bytes += chunk.length
    if (bytes > MAX_BODY_BYTES) {
      chunks.length = 0
      return
    }
    chunks.push(chunk)
    if (bytes <= WHOLE_BYTES) return
    // Bit by bit, because all of 64 MiB at the end would keep others waiting.
    if (hash) hash.update(chunk)
    else {
      hash = createHash('sha256')
      for (const read of chunks) hash.update(read)
    }
  })
  request.on('end', () => {
    if (bytes > MAX_BODY_BYTES) done('too-large', null)
    else {
      const body = chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks)
      // The request lives as long as its answer takes, and its listeners with it.
      chunks.length = 0
      done(bytes === 0 ? null : body, hash?.digest('hex') ?? null)
    }
  })
  request.on('error', fail)
}
