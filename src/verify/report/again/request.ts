import type { ExchangeRecord } from '../../../report/exchange-record.ts'
import type { VerifyResult } from '../result.ts'
import type { Variable, Word } from '../shell.ts'
import { type AboutJob, isSamePath, type Jobs, jobOf, requestIdOf } from './jobs.ts'

/** The request cannot be sent again from what a report knows; the message says why. */
export class NoReplay extends Error {
  override readonly name: string = 'NoReplay'
}

/** What a request of a run is in a script: its own values replaced by the script's. */
export interface Request {
  readonly method: string
  readonly url: Word
  readonly headers: readonly { readonly name: string; readonly value: Word }[]
  readonly body: Word | null
  /** Names of the environment variables that hold its keys. */
  readonly keys: readonly string[]
  /** It may take as long as a job. */
  readonly isLong: boolean
  /** Its job, or that of the submit which it repeats; `null` if it is about none. */
  readonly about: AboutJob | null
  /** The download of its job that it asks for, from 1 on; `null` if it is no download. */
  readonly download: { readonly submit: number; readonly nth: number } | null
  /** The submit whose `poll_url` it follows, where that is more than the job's id. */
  readonly pollUrlOf: number | null
}

export interface Surroundings {
  readonly result: VerifyResult
  readonly jobs: Jobs
  /** The exchanges of the script, by number. */
  readonly sent: ReadonlyMap<number, ExchangeRecord>
}

/** As the redactor shows them. */
const KEYS: Readonly<Record<string, string>> = {
  '<key>': 'PHOTA_KEY',
  '<other key>': 'PHOTA_OTHER_KEY',
  '<broke key>': 'PHOTA_BROKE_KEY',
}
const UNKNOWN_KEY = 'no-such-key'

/** Names of the script's own variables. */
export const variables = {
  job: (submit: number): string => `job_${submit}`,
  pollUrl: (submit: number): string => `poll_url_${submit}`,
  download: (exchange: number): string => `download_${exchange}`,
} as const

/** @throws {NoReplay} */
export function requestOf(exchange: ExchangeRecord, around: Surroundings): Request {
  const { method } = exchange.request
  if (!/^(GET|POST|PUT|PATCH|DELETE)$/.test(method)) throw new NoReplay(`it shows in a ${method} request`)
  const { headers, keys } = headersOf(exchange)
  const { jobs, sent } = around
  const repeated = jobs.firstWithSameRequestId(exchange)
  const original = repeated === null ? null : jobOf(sent.get(repeated) as ExchangeRecord)
  const download = jobs.download(exchange)
  const about = download ?? jobs.about(exchange) ?? (original && { submit: repeated as number, jobId: original.jobId })
  return {
    method,
    ...urlOf(exchange, around, download, keys.length > 0),
    headers,
    body: bodyOf(exchange, around),
    keys,
    isLong: method === 'POST' && !/"async": *true/.test(exchange.request.body ?? ''),
    about,
    download,
  }
}

function urlOf(
  exchange: ExchangeRecord,
  { result, jobs }: Surroundings,
  download: { submit: number } | null,
  hasKey: boolean,
): Pick<Request, 'url' | 'pollUrlOf'> {
  if (download !== null) return { url: [{ name: variables.download(exchange.id) }], pollUrlOf: null }
  const { url } = exchange.request
  const base = result.target.base as string
  const { origin } = new URL(base)
  const isBelow = (start: string): boolean => url.startsWith(start) && /^[/?#]|^$/.test(url.slice(start.length))
  const about = jobs.about(exchange)
  const submit = about === null ? null : (result.exchanges.find(({ id }) => id === about.submit) ?? null)
  const pollUrl = submit === null ? null : (jobOf(submit)?.pollUrl ?? null)
  const encoded = about === null ? '' : encodeURIComponent(about.jobId)
  if (about !== null && url !== `${base}/jobs/${encoded}` && isSamePath(pollUrl, exchange)) {
    return { url: [{ name: variables.pollUrl(about.submit) }], pollUrlOf: about.submit }
  }
  if (!isBelow(origin) && hasKey) throw new NoReplay('its key would go to another host')
  if (!/^https?:\/\//.test(url)) throw new NoReplay('its URL is not of http')
  const start = isBelow(base) ? base : isBelow(origin) ? origin : ''
  const rest = url.slice(start.length)
  if (rest.includes('<')) throw new NoReplay('its URL holds what reports do not show')
  const job: Variable | null = about === null ? null : { name: variables.job(about.submit), encoded: true }
  const head: Word = start === '' ? [] : [{ name: start === base ? 'PHOTA_URL' : 'origin' }]
  return { url: [...head, ...segments(rest, encoded, job)], pollUrlOf: null }
}

/** The job's id is replaced only where it is a whole part of the path. */
function segments(rest: string, encoded: string, job: Variable | null): Word {
  return rest.split(/([/?#])/).map((part) => (job !== null && part === encoded ? job : part))
}

function headersOf({ request }: ExchangeRecord): Pick<Request, 'headers' | 'keys'> {
  const keys: string[] = []
  const headers = Object.entries(request.headers).map(([name, value]) => {
    const variable = KEYS[value]
    if (variable !== undefined) keys.push(variable)
    if (!/^[A-Za-z][A-Za-z0-9-]*$/.test(name)) throw new NoReplay('it has a header with a strange name')
    const known = value === '<unknown key>' ? UNKNOWN_KEY : value
    if (variable === undefined && !/^[\x20-\x3b\x3d-\x7e]*$/.test(known)) {
      throw new NoReplay('it has a header that reports do not show')
    }
    return { name, value: variable === undefined ? [known] : [{ name: variable }] }
  })
  return { headers, keys }
}

function bodyOf(exchange: ExchangeRecord, { result }: Surroundings): Word | null {
  const { body } = exchange.request
  if (body === null) return null
  if (/<(redacted|key|other key|broke key|unknown key|webhook secret)>/.test(body)) {
    throw new NoReplay('its body holds what reports do not show')
  }
  let json: Record<string, unknown>
  try {
    json = JSON.parse(body) as Record<string, unknown>
  } catch {
    throw new NoReplay('its body is too long for a report, or no JSON')
  }
  const { receiver } = result.target
  const callback = json?.['callback_url']
  // The receiver of the run no longer listens.
  if (receiver !== null && typeof callback === 'string' && callback.startsWith(receiver)) delete json['callback_url']
  const id = requestIdOf(exchange)
  const text = asciiJson(json)
  if (id === null) return [text]
  const name = `"client_request_id":`
  const number = [...requestIds(result)].indexOf(id) + 1
  const [before = '', after = ''] = text.split(`${name}${asciiJson(id)}`)
  return [`${before}${name}"`, { name: 'run' }, `-${number}"${after}`]
}

/** All ids of the run are already used at the target, so a script makes its own. */
function requestIds({ exchanges }: VerifyResult): Set<string> {
  return new Set(exchanges.map(requestIdOf).filter((id) => id !== null))
}

/** JSON in characters that no terminal, editor or shell takes for something else. */
function asciiJson(value: unknown): string {
  return JSON.stringify(value).replace(/[^\x20-\x7e]/g, (each) => {
    return `\\u${each.charCodeAt(0).toString(16).padStart(4, '0')}`
  })
}
