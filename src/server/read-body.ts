import { createHash, type Hash } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import { type ApiRequest, MAX_BODY_BYTES } from '../api/http.ts'
import { WHOLE_BYTES } from '../engine/journal.ts'

/** Of all requests that are being read together. */
const MOST_HELD_BYTES = 512 * 1024 * 1024

/** A body, or why there is none: it is too large by itself, or one too many of those that are being read. */
export type Read = ApiRequest['body'] | 'one-too-many'

/** Reads the bodies of a server's requests, within a budget of bytes that all of them share. */
export class BodyReader {
  readonly #mostHeldBytes: number
  #heldBytes = 0

  constructor(mostHeldBytes: number = MOST_HELD_BYTES) {
    this.#mostHeldBytes = mostHeldBytes
  }

  /**
   * Past a limit the rest is read and thrown away, so that the client still gets its answer.
   *
   * @param done told at once where there is none; told the hash of a body that the journal does not keep whole
   * @param fail told if the client breaks off
   */
  read(
    request: IncomingMessage,
    done: (body: Read, sha256: string | null) => void,
    fail: (error: Error) => void,
  ): void {
    if (request.headers['content-length'] === undefined && request.headers['transfer-encoding'] === undefined) {
      done(null, null)
      return
    }
    const chunks: Buffer[] = []
    let bytes = 0
    let heldBytes = 0
    let refusal: 'too-large' | 'one-too-many' | null = null
    let hash: Hash | null = null
    const release = (): void => {
      // The request lives as long as its answer takes, and its listeners with it.
      chunks.length = 0
      this.#heldBytes -= heldBytes
      heldBytes = 0
    }
    request.on('data', (chunk: Buffer) => {
      bytes += chunk.length
      if (bytes > MAX_BODY_BYTES) refusal = 'too-large'
      else if (this.#heldBytes + chunk.length > this.#mostHeldBytes) refusal ??= 'one-too-many'
      if (refusal !== null) {
        release()
        return
      }
      chunks.push(chunk)
      heldBytes += chunk.length
      this.#heldBytes += chunk.length
      if (bytes <= WHOLE_BYTES) return
      // Bit by bit, because all of 64 MiB at the end would keep others waiting.
      if (hash) hash.update(chunk)
      else {
        hash = createHash('sha256')
        for (const read of chunks) hash.update(read)
      }
    })
    request.on('end', () => {
      if (refusal !== null) return done(refusal, null)
      const body = chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks)
      release()
      done(bytes === 0 ? null : body, hash?.digest('hex') ?? null)
    })
    request.on('error', fail)
    request.on('close', release)
  }
}
