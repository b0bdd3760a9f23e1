import { basePath, enums, type JobStatus } from '../spec/index.ts'

/** Which of our addresses was called: the API, the host of its downloads, or one that none of its URLs names. */
export type Place = 'api' | 'downloads' | 'elsewhere'

/**
 * - `submit`: of a job or a synchronous request
 * - `poll`: of a job
 * - `download`: of a picture
 * - `callback`: sent by us
 */
export type Kind = 'submit' | 'poll' | 'download' | 'callback' | 'other'

/** One request, and its answer, as we saw it. Times are those of `Date.now()`. */
export interface Exchange {
  readonly id: number
  readonly place: Place
  readonly kind: Kind
  /** When its head had come, or left. */
  readonly atMs: number
  /** When its answer had left or come; `null` if it never did. */
  endedMs: number | null
  readonly method: string
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: Buffer
  /** What a submit asks for: its body without what tells requests apart; `null` for others. */
  readonly intent: string | null
  readonly clientRequestId: string | null
  /** The job that a poll, download or callback is about, or that a submit made, even if its answer was lost. */
  jobId: string | null
  /** 0 if there was none. */
  status: number
  responseHeaders: Readonly<Record<string, string>>
  /** Of a picture, what it was. */
  responseBody: string
  responseBytes: number
  /** What a poll told. */
  told: JobStatus | null
  /** What was done to it on purpose; `null` if nothing. */
  fault: string | null
  /** Why no answer came, or not the whole of it. */
  problem: string | null
}

/** What the client is answered. */
export interface Answer {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: Buffer
}

const SUBMITS: readonly string[] = enums.JobOperation.map((operation) => `${basePath}/${operation}`)
const JOBS = `${basePath}/jobs/`

export function kindOf(place: Place, method: string, path: string): Kind {
  if (place === 'downloads') return 'download'
  if (place === 'elsewhere') return 'other'
  const { pathname } = new URL(path, 'http://x')
  if (method === 'POST' && SUBMITS.includes(pathname.replace(/\/$/, ''))) return 'submit'
  return method === 'GET' && pathname.startsWith(JOBS) ? 'poll' : 'other'
}

/** The job that a poll's path names. */
export function jobOf(path: string): string | null {
  const { pathname } = new URL(path, 'http://x')
  return pathname.startsWith(JOBS) ? pathname.slice(JOBS.length).replace(/\/$/, '') || null : null
}

/** JSON that is an object; `null` if it is none. */
export function objectOf(text: string | Buffer): Record<string, unknown> | null {
  try {
    const value = JSON.parse(String(text)) as unknown
    return value !== null && typeof value === 'object' && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : null
  } catch {
    return null
  }
}

/** What a submit asks for. Two submits of one intent differ in these fields at most. */
export function intentOf(path: string, body: Buffer): string {
  const { client_request_id: _, callback_url: __, ...asked } = objectOf(body) ?? { text: body.toString('latin1') }
  const entries = Object.entries(asked).toSorted(([a], [b]) => (a < b ? -1 : 1))
  return `${path.split('?', 1)[0]} ${JSON.stringify(entries)}`
}

export function isAsync({ body }: Pick<Exchange, 'body'>): boolean {
  return objectOf(body)?.['async'] === true
}

/** A job has come to its end. */
export function isEnd(status: unknown): status is 'succeeded' | 'failed' {
  return status === 'succeeded' || status === 'failed'
}

/** A URL of a picture as it is told: `renewed` once an earlier one of its job was refused. */
export function versioned(path: string, isNew: boolean): string {
  return `/v${isNew ? 1 : 0}${path}`
}

export function isRenewed(url: string): boolean {
  return new URL(url).pathname.startsWith('/v1/')
}

/** The path of a picture without its version: which picture a download is of. */
export function pictureOf({ url }: Pick<Exchange, 'url'>): string {
  return unversioned(new URL(url).pathname)
}

export function unversioned(path: string): string {
  return path.replace(/^\/v[01](?=\/)/, '')
}
