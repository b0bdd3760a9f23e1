import { hash } from 'node:crypto'
import type { Events } from './events.ts'
import { beginningOf, excerpt } from './excerpt.ts'
import type { JournalEntry, KeptBody } from './journal-entry.ts'
import { type KeepLimits, Ring } from './ring.ts'

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
