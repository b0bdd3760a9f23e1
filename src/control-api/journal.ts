import type { JournalEntry, KeptBody } from '../engine/journal-entry.ts'
import { toExactTimestamp, toTimestamp } from '../engine/timestamp.ts'
import type { World } from '../engine/world.ts'
import type { ControlJournalEntry, HttpArchive } from '../spec/control/index.ts'
import type { ControlHost } from './control-host.ts'
import { Redactor } from './redactor.ts'

const LISTED = 200

/** The newest entries that match, newest first. */
export function findEntries(world: World, where: URLSearchParams): JournalEntry[] {
  const limit = Number(where.get('limit') ?? LISTED)
  const found: JournalEntry[] = []
  for (const entry of world.journal.entries().reverse()) {
    if (found.length === limit) break
    if (matches(entry, where)) found.push(entry)
  }
  return found
}

function matches(entry: JournalEntry, where: URLSearchParams): boolean {
  const is = (name: string, value: string | null): boolean => where.get(name) === null || where.get(name) === value
  const status = where.get('status')
  const search = where.get('search')?.toLowerCase()
  return (
    is('account', entry.accountId) &&
    is('operation', entry.operationId) &&
    is('method', entry.method) &&
    is('subject', entry.subject) &&
    (status === null || (entry.status !== null && String(entry.status).startsWith(status.replace('xx', '')))) &&
    (search === undefined ||
      [entry.path, entry.requestBody?.text, entry.responseBody?.text].some((text) =>
        text?.toLowerCase().includes(search),
      ))
  )
}

export function viewEntry(entry: JournalEntry): ControlJournalEntry {
  return {
    request_id: entry.requestId,
    at: toTimestamp(entry.atMs),
    method: entry.method,
    path: entry.path,
    operation: entry.operationId,
    account: entry.accountId,
    subject: entry.subject,
    status: entry.status,
    warnings: [...entry.warnings],
    request_body: entry.requestBody,
    response_body: entry.responseBody,
  }
}

/** HTTP Archive 1.2, oldest first; keys, secrets and URL tokens are left out. */
export function toHttpArchive(host: ControlHost, world: World, entries: readonly JournalEntry[]): HttpArchive {
  const redactor = new Redactor(host.worlds, host.api)
  const bodyOf = ({ bytes, text, sha256 }: KeptBody): string =>
    sha256 === null ? redactor.body(text) : `<${bytes} bytes, of which the journal keeps the beginning>`
  return {
    log: {
      version: '1.2',
      creator: { name: 'phota-mock', version: '1' },
      comment: `World ${world.options.id}; moments are those of its clock`,
      entries: entries.toReversed().map((entry) => ({
        startedDateTime: toExactTimestamp(entry.atMs),
        time: 0,
        request: {
          method: entry.method,
          url: host.origin + redactor.path(entry.path),
          httpVersion: 'HTTP/1.1',
          cookies: [],
          headers: [
            ...(entry.accountId === null ? [] : [{ name: 'X-API-Key', value: `<key of ${entry.accountId}>` }]),
            ...(entry.requestBody === null ? [] : [{ name: 'Content-Type', value: 'application/json' }]),
          ],
          queryString: Array.from(queryOf(redactor.path(entry.path)), ([name, value]) => ({
            name,
            value,
          })),
          headersSize: -1,
          bodySize: entry.requestBody?.bytes ?? 0,
          ...(entry.requestBody !== null && {
            postData: { mimeType: 'application/json', text: bodyOf(entry.requestBody) },
          }),
        },
        response: {
          // HAR has 0 for what was never answered.
          status: entry.status ?? 0,
          statusText: '',
          httpVersion: 'HTTP/1.1',
          cookies: [],
          headers: [{ name: 'X-Request-Id', value: entry.requestId }],
          content: {
            size: entry.responseBody?.bytes ?? 0,
            mimeType: entry.responseBody === null ? 'application/octet-stream' : 'application/json',
            ...(entry.responseBody !== null && { text: bodyOf(entry.responseBody) }),
          },
          redirectURL: '',
          headersSize: -1,
          bodySize: entry.responseBody?.bytes ?? -1,
        },
        cache: {},
        timings: { send: 0, wait: 0, receive: 0 },
        ...(entry.warnings.length > 0 && { comment: redactor.prose(entry.warnings.join('; ')) }),
      })),
    },
  }
}

/** A path is what a client wrote, and need not be a URL. */
function queryOf(path: string): URLSearchParams {
  const at = path.indexOf('?')
  return new URLSearchParams(at < 0 ? '' : path.slice(at))
}
