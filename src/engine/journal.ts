import { hash } from 'node:crypto'
import type { Events } from './events.ts'
import { beginningOf, excerpt } from './excerpt.ts'
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

/** Up to which a body is kept whole. */
export const WHOLE_BYTES = 65_536
const HEAD_BYTES = 4096
const PATH_LENGTH = 16_384
const NOTES = 20
const NOTE_LENGTH = 300
const decoder = new TextDecoder()

/** The requests of a World, newest kept. */
export class Journal {
  readonly #ring: Ring<JournalEntry>
  readonly #events: Events

  constructor(keep: KeepLimits, events: Events) {
    this.#events = events
    this.#ring = new Ring(keep, sizeOf)
  }

  push(entry: JournalEntry): void {
    this.#ring.push(entry)
  }

  /** The answer of this entry is known now. */
  answered(entry: JournalEntry): void {
    this.#ring.recount(entry)
    this.#events.emit('request.answered', entry)
  }

  /** Oldest first. */
  entries(): JournalEntry[] {
    return [...this.#ring]
  }
}

/** As counted: two bytes a character. */
function sizeOf({ path, requestBody, responseBody, warnings }: JournalEntry): number {
  let characters = path.length + (requestBody?.text.length ?? 0) + (responseBody?.text.length ?? 0)
  for (const warning of warnings) characters += warning.length
  return 400 + 2 * characters
}

export function keepPath(path: string, query: string): string {
  return excerpt(query === '' ? path : `${path}?${query}`, PATH_LENGTH)
}

/** The first of many notes, each by its beginning, and how many there are. */
export function keepNotes(notes: readonly string[]): string[] {
  const kept = notes.slice(0, NOTES).map((note) => beginningOf(note, NOTE_LENGTH))
  return notes.length <= NOTES ? kept : [...kept, `and ${notes.length - NOTES} more`]
}

/** @param sha256 of the body, if it is known already */
export function keepBody(body: Uint8Array | string, sha256: string | null = null): KeptBody {
  const bytes = body.length
  if (bytes <= WHOLE_BYTES) return { bytes, text: typeof body === 'string' ? body : decoder.decode(body), sha256: null }
  const head = typeof body === 'string' ? beginningOf(body, HEAD_BYTES) : decoder.decode(body.subarray(0, HEAD_BYTES))
  return { bytes, text: head, sha256: sha256 ?? hash('sha256', body, 'hex') }
}
