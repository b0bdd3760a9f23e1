import type { ServerResponse } from 'node:http'
import type { ApiResponse } from '../api/http.ts'

/**
 * Answers that are ready leave together, at the end of the turn of the event loop. One by one, each would wake its
 * client between two requests of the same turn, and a request would cost twice the CPU time.
 */
export class WriteQueue {
  #ready: { readonly raw: ServerResponse; readonly response: ApiResponse }[] = []
  readonly #onError: (raw: ServerResponse, error: unknown) => void
  readonly #flush = (): void => this.#writeAll()

  /** @param onError answers in place of an answer that cannot be written */
  constructor(onError: (raw: ServerResponse, error: unknown) => void) {
    this.#onError = onError
  }

  add(raw: ServerResponse, response: ApiResponse): void {
    if (this.#ready.push({ raw, response }) === 1) setImmediate(this.#flush)
  }

  #writeAll(): void {
    const ready = this.#ready
    this.#ready = []
    for (const { raw, response } of ready) {
      try {
        write(raw, response)
      } catch (error) {
        this.#onError(raw, error)
      }
    }
  }
}

/** Sends an answer; to nobody, if the client has left. */
export function write(raw: ServerResponse, { status, headers, body }: ApiResponse): void {
  if (raw.destroyed) return
  const length = typeof body === 'string' ? Buffer.byteLength(body) : body.length
  raw.writeHead(status, { ...headers, 'content-length': length })
  raw.end(body)
}
