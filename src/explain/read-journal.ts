import type { Exchange, RecordedBody, Recording } from './exchange.ts'
import { UnreadableRecording } from './unreadable.ts'

type Json = Readonly<Record<string, unknown>>

/** A journal knows paths only; whose host it was makes no difference to it. */
const ORIGIN = 'http://phota-mock'

/** Whether it could be an entry of the control API's journal. */
export function isJournalEntry(value: unknown): value is Json {
  return (
    value !== null &&
    typeof value === 'object' &&
    ['request_id', 'at', 'method', 'path', 'status', 'response_body'].every((name) => Object.hasOwn(value, name))
  )
}

/**
 * The control API's journal, `GET /_mock/worlds/{world}/journal`, or its entries as JSON lines.
 *
 * @param entries oldest first
 * @throws {UnreadableRecording} naming the entry at fault
 */
export function readJournal(entries: readonly unknown[], recording: number): Recording {
  return {
    format: 'journal of phota-mock',
    isOfServer: true,
    exchanges: entries.map((entry, nth) => {
      if (!isJournalEntry(entry)) throw new UnreadableRecording(`entry ${nth + 1} is no journal entry`)
      return exchangeOf(entry, nth, recording)
    }),
  }
}

function exchangeOf(entry: Json, nth: number, recording: number): Exchange {
  const atMs = Date.parse(String(entry['at']))
  if (Number.isNaN(atMs)) throw new UnreadableRecording(`entry ${nth + 1}: at is no moment: ${String(entry['at'])}`)
  const url = `${ORIGIN}${String(entry['path'])}`
  if (!URL.canParse(url)) throw new UnreadableRecording(`entry ${nth + 1}: path is none: ${String(entry['path'])}`)
  const account = typeof entry['account'] === 'string' ? entry['account'] : null
  return {
    id: 0,
    recording,
    method: String(entry['method']).toUpperCase(),
    url,
    requestHeaders: new Map(account === null ? [] : [['x-api-key', `<key of ${account}>`]]),
    requestBody: bodyOf(entry['request_body']),
    status: typeof entry['status'] === 'number' ? entry['status'] : null,
    responseHeaders: new Map(),
    responseBody:
      entry['status'] === null ? { kind: 'unknown', why: 'no answer came' } : bodyOf(entry['response_body']),
    startMs: atMs,
    endMs: atMs,
    account,
  }
}

function bodyOf(kept: unknown): RecordedBody {
  if (kept === null || typeof kept !== 'object') return { kind: 'none' }
  const { text, sha256 } = kept as Json
  if (typeof text !== 'string' || sha256 !== null) return { kind: 'unknown', why: 'the journal keeps its beginning' }
  return { kind: 'whole', bytes: new TextEncoder().encode(text), isExact: true }
}
