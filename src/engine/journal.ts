import { hash } from 'node:crypto'
import { type KeepLimits, Ring } from './ring.ts'
import type { Ms } from './timestamp.ts'

/** A body as the journal keeps it: whole up to 64 KiB, else its length, hash and first 4 KiB. */
export interface KeptBody {
  bytes: number
  text: string
  /** Hex SHA-256 of the whole body, where `text` is only its beginning; else `null`. */
  sha256: string | null
}

/** One request to the World and its answer. */
export interface JournalEntry {
  /** The `X-Request-Id` of the answer. */
  readonly requestId: string
  readonly atMs: Ms
  readonly method: string
  /** Path and query as asked for. */
  readonly path: string
  readonly operationId: string | null
  readonly accountId: string | null
  readonly requestBody: KeptBody | null
  /** The job or profile it was about. */
  readonly subject: string | null
  readonly warnings: readonly string[]
  /** `null` until the answer is there: a synchronous request that is still open. */
  status: number | null
  /** `null` for images, and until the answer is there. */
  responseBody: KeptBody | null
}

const WHOLE_BYTES = 65_536
const HEAD_BYTES = 4096
const decoder = new TextDecoder()

/** The requests of a World, newest kept. */
export class Journal {
  readonly #ring: Ring<JournalEntry>
  readonly #listeners = new Set<(entry: JournalEntry) => void>()

  constructor(keep: KeepLimits) {
    this.#ring = new Ring(
      keep,
      (entry) => 400 + 2 * (entry.requestBody?.text.length ?? 0) + 2 * (entry.responseBody?.text.length ?? 0),
    )
  }

  push(entry: JournalEntry): void {
    this.#ring.push(entry)
  }

  /** The answer of this entry is known now. */
  answered(entry: JournalEntry): void {
    this.#ring.recount(entry)
    for (const listener of this.#listeners) listener(entry)
  }

  /** @returns a function that ends the listening */
  listen(listener: (entry: JournalEntry) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** Oldest first. */
  entries(): JournalEntry[] {
    return [...this.#ring]
  }
}

export function keepBody(body: Uint8Array | string): KeptBody {
  const bytes = body.length
  if (bytes <= WHOLE_BYTES) return { bytes, text: typeof body === 'string' ? body : decoder.decode(body), sha256: null }
  const head = typeof body === 'string' ? body.slice(0, HEAD_BYTES) : decoder.decode(body.subarray(0, HEAD_BYTES))
  return { bytes, text: head, sha256: hash('sha256', body, 'hex') }
}
