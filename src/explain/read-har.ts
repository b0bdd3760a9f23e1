import type { Exchange, RecordedBody, Recording } from './exchange.ts'
import { UnreadableRecording } from './unreadable.ts'

const NONE: RecordedBody = { kind: 'none' }
/** What our own archives write in place of what they leave out. */
export const REDACTED: RegExp = /<redacted>/

type Json = Readonly<Record<string, unknown>>

/** Reads the file that an archive keeps a body in (Playwright's `content: 'attach'`); `null` if it is not there. */
export type ReadAttached = (name: string) => Uint8Array | null

/**
 * An HTTP Archive 1.2, as browsers, Playwright, mitmproxy and phota-mock write it.
 *
 * @param recording its number in the history
 * @throws {UnreadableRecording}
 */
export function readHar(archive: unknown, recording: number, readAttached: ReadAttached): Recording {
  const log = objectAt(archive, 'log', 'the archive')
  const { entries } = log
  if (!Array.isArray(entries)) throw new UnreadableRecording('it is no HAR: log.entries is no list')
  const creator = isObject(log['creator']) ? text(log['creator']['name']) : ''
  // The journal's moments are those of the World's clock, and no exchange takes any of its time.
  const isOfServer = creator === 'phota-mock'
  return {
    format: `HAR${creator === '' ? '' : ` by ${creator}`}`,
    isOfServer,
    exchanges: entries.map((entry, nth) => {
      const where = `log.entries[${nth}]`
      if (!isObject(entry)) throw new UnreadableRecording(`${where} is no object`)
      return exchangeOf(entry, where, { recording, isOfServer, readAttached })
    }),
  }
}

interface Reading {
  readonly recording: number
  readonly isOfServer: boolean
  readonly readAttached: ReadAttached
}

function exchangeOf(entry: Json, where: string, { recording, isOfServer, readAttached }: Reading): Exchange {
  const request = objectAt(entry, 'request', where)
  const response = isObject(entry['response']) ? entry['response'] : {}
  const url = text(request['url'])
  if (!URL.canParse(url)) throw new UnreadableRecording(`${where}.request.url is no URL: ${JSON.stringify(url)}`)
  const startMs = momentOf(entry['startedDateTime'])
  const time = entry['time']
  const tookMs = typeof time === 'number' && Number.isFinite(time) && time >= 0 ? time : null
  const status = response['status']
  // 0 and -1 stand for an answer that never came.
  const isAnswered = typeof status === 'number' && status >= 100 && status <= 599
  return {
    id: 0,
    recording,
    method: text(request['method']).toUpperCase(),
    url,
    requestHeaders: headersOf(request['headers']),
    requestBody: requestBodyOf(request),
    status: isAnswered ? status : null,
    responseHeaders: headersOf(response['headers']),
    responseBody: isAnswered ? responseBodyOf(response, readAttached) : { kind: 'unknown', why: 'no answer came' },
    startMs,
    endMs: startMs === null ? null : isOfServer ? startMs : tookMs === null ? null : startMs + tookMs,
    account: isOfServer ? ownerOf(headersOf(request['headers']).get('x-api-key')) : null,
  }
}

/** Our journal's archive names the account in place of its key. */
function ownerOf(key: string | undefined): string | null {
  return /^<key of (.+)>$/.exec(key ?? '')?.[1] ?? null
}

function requestBodyOf(request: Json): RecordedBody {
  const data = request['postData']
  if (!isObject(data)) {
    const size = request['bodySize']
    return typeof size === 'number' && size > 0 ? unknown('the recording does not have the body') : NONE
  }
  if (typeof data['text'] === 'string' && data['text'] !== '') {
    const isBase64 = data['encoding'] === 'base64' || data['_encoding'] === 'base64'
    return whole(data['text'], isBase64)
  }
  const { params } = data
  if (!Array.isArray(params) || params.length === 0) return data['text'] === '' ? NONE : unknown('it has no text')
  const form = new URLSearchParams(params.filter(isObject).map((each) => [text(each['name']), text(each['value'])]))
  return { kind: 'whole', bytes: new TextEncoder().encode(form.toString()), isExact: false }
}

function responseBodyOf(response: Json, readAttached: ReadAttached): RecordedBody {
  const content = isObject(response['content']) ? response['content'] : {}
  const { size, encoding } = content
  const attached = content['_file']
  if (typeof attached === 'string') {
    const bytes = readAttached(attached)
    return bytes === null
      ? unknown(`it is in ${attached}, which is not there`)
      : { kind: 'whole', bytes, isExact: true }
  }
  if (typeof content['text'] !== 'string') {
    const isEmpty = size === 0 && response['status'] !== 200
    return isEmpty ? NONE : unknown('the recording does not have the body')
  }
  return whole(content['text'], encoding === 'base64')
}

/** What our journal, and the proxy, write in place of a body that they do not keep. */
const LEFT_OUT = /^<(\d+ bytes, of which|no JSON)/

function whole(content: string, isBase64: boolean): RecordedBody {
  if (LEFT_OUT.test(content)) return unknown('the recording has only its length')
  const bytes = isBase64 ? Buffer.from(content, 'base64') : new TextEncoder().encode(content)
  // What was no UTF-8 reads as U+FFFD, and is not what it was.
  const isExact = isBase64 || !(content.includes('\ufffd') || REDACTED.test(content))
  return { kind: 'whole', bytes, isExact }
}

function unknown(why: string): RecordedBody {
  return { kind: 'unknown', why }
}

function headersOf(list: unknown): Map<string, string> {
  const headers = new Map<string, string>()
  for (const each of Array.isArray(list) ? list.filter(isObject) : []) {
    const name = text(each['name']).toLowerCase()
    const before = headers.get(name)
    headers.set(name, before === undefined ? text(each['value']) : `${before}, ${text(each['value'])}`)
  }
  return headers
}

function momentOf(value: unknown): number | null {
  const ms = typeof value === 'string' ? Date.parse(value) : Number.NaN
  return Number.isNaN(ms) ? null : ms
}

function objectAt(value: unknown, name: string, where: string): Json {
  const found = isObject(value) ? value[name] : undefined
  if (isObject(found)) return found
  throw new UnreadableRecording(`it is no HAR: ${where} has no ${name}`)
}

function isObject(value: unknown): value is Json {
  return value !== null && typeof value === 'object' && !Array.isArray(value)
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : ''
}
