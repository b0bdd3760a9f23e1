import type { ExchangeRecord } from '../../../report/exchange-record.ts'

/** A job that an exchange is about, and the number of the submit that made it. */
export interface AboutJob {
  readonly submit: number
  readonly jobId: string
}

/** Which exchanges of a run are about which job. */
export class Jobs {
  readonly #exchanges: readonly ExchangeRecord[]

  constructor(exchanges: readonly ExchangeRecord[]) {
    this.#exchanges = exchanges.filter(({ direction }) => direction === 'sent')
  }

  /** The job that its URL names, made by the latest submit before it; `null` if it names none. */
  about(exchange: ExchangeRecord): AboutJob | null {
    const segments = exchange.request.url.split(/[/?#]/)
    const submit = this.#exchanges.findLast((one) => {
      if (one.id >= exchange.id) return false
      const job = jobOf(one)
      if (job === null) return false
      return segments.includes(encodeURIComponent(job.jobId)) || isSamePath(job.pollUrl, exchange)
    })
    return submit === undefined ? null : { submit: submit.id, jobId: jobOf(submit)?.jobId as string }
  }

  /** The download that it asks for: the n-th of a job's, from 1 on; `null` if it is none, or a forged one. */
  download(exchange: ExchangeRecord): (AboutJob & { nth: number }) | null {
    if (exchange.operation !== 'download') return null
    const { url } = exchange.request
    // With their tokens redacted, a forged URL looks like the true one, which is always asked for first.
    if (this.#exchanges.some((one) => one.id < exchange.id && one.request.url === url)) return null
    for (const poll of this.#exchanges.filter(({ id }) => id < exchange.id)) {
      const nth = downloadUrls(poll).indexOf(url) + 1
      const about = nth === 0 ? null : this.about(poll)
      if (about !== null) return { ...about, nth }
    }
    return null
  }

  /** The first submit of the same `client_request_id`; `null` if it is itself that. */
  firstWithSameRequestId(exchange: ExchangeRecord): number | null {
    const id = requestIdOf(exchange)
    if (id === null) return null
    const first = this.#exchanges.find((one) => requestIdOf(one) === id && jobOf(one) !== null)
    return first === undefined || first.id >= exchange.id ? null : first.id
  }

  /** How far the job had come when this was sent. */
  waitOf(
    exchange: ExchangeRecord,
    jobId: string,
    submit: number,
  ): { submit: number; until: 'running' | 'ended' } | null {
    const own = exchange.operation === 'getJob' ? statusOf(exchange) : null
    if (own === 'running') return { submit, until: 'running' }
    const isEnded = (one: ExchangeRecord): boolean => {
      const isOfJob = one.operation === 'getJob' && fieldOf(one.response?.body, 'job_id') === jobId
      return isOfJob && ['succeeded', 'failed'].includes(statusOf(one) ?? '')
    }
    const hasEnded = this.#exchanges.some((one) => one.id <= exchange.id && isEnded(one))
    return hasEnded || exchange.operation === 'download' ? { submit, until: 'ended' } : null
  }
}

/** The job that a submit made; `null` if it made none. */
export function jobOf(exchange: ExchangeRecord): { jobId: string; pollUrl: string | null } | null {
  const { request, response, direction } = exchange
  if (direction !== 'sent' || request.method !== 'POST' || response === null || response.status >= 300) return null
  const jobId = fieldOf(response.body, 'job_id')
  const pollUrl = fieldOf(response.body, 'poll_url')
  if (typeof jobId !== 'string' || jobId === '') return null
  return { jobId, pollUrl: typeof pollUrl === 'string' ? pollUrl : null }
}

/** Its `client_request_id`; `null` if it has none. */
export function requestIdOf({ request }: ExchangeRecord): string | null {
  const id = fieldOf(request.body, 'client_request_id')
  return typeof id === 'string' && id !== '' ? id : null
}

/** Whether it follows this `poll_url`. */
export function isSamePath(pollUrl: string | null, { operation, request }: ExchangeRecord): boolean {
  if (pollUrl === null || operation !== 'getJob' || !URL.canParse(pollUrl, request.url)) return false
  return new URL(pollUrl, new URL(request.url).origin).href === request.url
}

function downloadUrls({ response }: ExchangeRecord): unknown[] {
  const result = fieldOf(response?.body, 'result')
  const urls = fieldOf(JSON.stringify(result), 'download_urls')
  return Array.isArray(urls) ? urls : []
}

function statusOf({ response }: ExchangeRecord): string | null {
  const status = response?.status === 200 ? fieldOf(response.body, 'status') : null
  return typeof status === 'string' ? status : null
}

function fieldOf(json: string | null | undefined, name: string): unknown {
  try {
    const value = JSON.parse(json ?? 'null') as unknown
    return value !== null && typeof value === 'object' && Object.hasOwn(value, name)
      ? (value as Record<string, unknown>)[name]
      : undefined
  } catch {
    return undefined
  }
}
