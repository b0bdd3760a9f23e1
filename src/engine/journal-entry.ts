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
  /** By which the answer names it. */
  readonly requestId: string
  readonly atMs: Ms
  readonly method: string
  /** Path and query as asked for, by `keepPath`. */
  readonly path: string
  readonly operationId: string | null
  readonly accountId: string | null
  readonly requestBody: KeptBody | null
  /** The id of what it was about, such as a job. */
  readonly subject: string | null
  /** By `keepNotes`. */
  readonly warnings: readonly string[]
  /** `null` until the answer is there: a synchronous request that is still open. */
  status: number | null
  /** `null` for files, and until the answer is there. */
  responseBody: KeptBody | null
}
