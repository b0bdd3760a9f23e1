import { KEY_HEADER, labelOf } from '../explain/accounts.ts'
import { apiCallOf, isImageOperation } from '../explain/api-call.ts'
import { type Exchange, fieldOf, jsonOf, type Recording } from '../explain/exchange.ts'
import { historyOf } from '../explain/history.ts'
import { momentOf } from '../explain/moments.ts'
import { FAILURE_MESSAGES } from '../phota/failures.ts'
import type { AccountData, JobData, WorldData } from '../phota/load.ts'
import type { Scenario } from '../phota/scenario.ts'
import { enums, type JobErrorCode, type JobOperation } from '../spec/index.ts'

/** What a recording shows of one job. */
interface Recorded {
  readonly id: string
  operation: JobOperation | null
  account: string | null
  request: Readonly<Record<string, unknown>>
  submitMs: number | null
  /** The last poll, or the first that showed the end. */
  last: Readonly<Record<string, unknown>> | null
  /** The last moment at which it was seen waiting, the first at which it was seen running. */
  pendingMs: number | null
  runningMs: number | null
  isGone: boolean
}

/** Of so many jobs each is replayed; of the first ones, where a recording has more. */
const MOST_JOBS = 2_000
const DAY_MS = 24 * 3_600_000

/**
 * A World in which the recorded jobs are what they were when the recording ended, each with its id, its outcome and, if
 * the recording has them, its pictures. A submit like a recorded one, of the same account, operation and prompt, makes
 * a new job that takes as long and ends like the recorded one did, in the recorded order, each once.
 *
 * Moments keep their distance to the end of the recording, which is the World's now.
 */
export function recordedWorld(recording: Recording): WorldData {
  const { exchanges } = historyOf([recording])
  const nameOf = accountNames()
  const jobs = [...recordedJobs(exchanges, nameOf).values()].slice(0, MOST_JOBS)
  const pictures = picturesOf(exchanges)
  const ends = exchanges.flatMap(({ endMs, startMs }) => endMs ?? startMs ?? [])
  const nowMs = ends.reduce((latest, each) => Math.max(latest, each), 0)
  return {
    accounts: accountsOf(exchanges, nameOf),
    jobs: jobs.flatMap((job) => jobData(job, nowMs, pictures)),
    // The scenario that stands last is asked first.
    scenarios: jobs.flatMap((job) => scenarioOf(job)).reverse(),
  }
}

/** Accounts by the keys of the recording; where it has none, one. */
function accountNames(): (exchange: Exchange) => string {
  const names = new Map<string, string>()
  return (exchange) => {
    const label = labelOf(exchange) ?? ''
    const known = names.get(label)
    if (known !== undefined) return known
    const given = exchange.account ?? /^<key (?:of )?(.+)>$/.exec(label)?.[1]
    const name = given === undefined || /^\d+$/.test(given) ? `recorded-${names.size + 1}` : given
    names.set(label, name)
    return name
  }
}

function accountsOf(exchanges: readonly Exchange[], nameOf: (exchange: Exchange) => string): AccountData[] {
  const accounts = new Map<string, AccountData>()
  for (const exchange of exchanges) {
    const call = apiCallOf(exchange)
    // A key that was refused is nobody's.
    if (call === null || exchange.status === null || [401, 403].includes(exchange.status)) continue
    const id = nameOf(exchange)
    const account = accounts.get(id) ?? { id, deposit: '10000' }
    accounts.set(id, account)
    const key = exchange.requestHeaders.get(KEY_HEADER)
    if (key !== undefined && key === labelOf(exchange) && !key.startsWith('<')) account.keys = [key]
    const secret = fieldOf(jsonOf(exchange.responseBody), 'webhook_signing_secret')
    if (call.operation === 'getWebhookSecret' && typeof secret === 'string' && !/^<|^$/.test(secret)) {
      account.webhook_secret = secret
    }
  }
  return [...accounts.values()]
}

function recordedJobs(exchanges: readonly Exchange[], nameOf: (exchange: Exchange) => string): Map<string, Recorded> {
  const jobs = new Map<string, Recorded>()
  const jobOf = (id: string): Recorded => {
    const known = jobs.get(id)
    if (known) return known
    const none = { operation: null, account: null, request: {}, submitMs: null, last: null }
    const job: Recorded = { id, ...none, pendingMs: null, runningMs: null, isGone: false }
    jobs.set(id, job)
    return job
  }
  for (const exchange of exchanges) {
    const call = apiCallOf(exchange)
    const answer = jsonOf(exchange.responseBody)
    const id = fieldOf(answer, 'job_id')
    if (call === null || exchange.status === null) continue
    if (isImageOperation(call.operation) && exchange.status < 300 && typeof id === 'string') {
      const job = jobOf(id)
      if (job.operation !== null) continue
      const request = jsonOf(exchange.requestBody)
      const isObject = request !== null && typeof request === 'object'
      Object.assign(job, { operation: call.operation, account: nameOf(exchange), submitMs: exchange.startMs })
      if (isObject) job.request = request as Recorded['request']
    }
    if (call.operation !== 'getJob' || call.subject === null) continue
    if (exchange.status === 410) jobOf(call.subject).isGone = true
    if (exchange.status === 200 && answer !== null && typeof answer === 'object') {
      notePoll(jobOf(call.subject), answer as Recorded['request'], exchange, nameOf)
    }
  }
  return jobs
}

function notePoll(
  job: Recorded,
  answer: Readonly<Record<string, unknown>>,
  exchange: Exchange,
  nameOf: (exchange: Exchange) => string,
): void {
  const { status } = answer
  job.account ??= nameOf(exchange)
  if (job.operation === null && enums.JobOperation.some((one) => one === answer['operation'])) {
    job.operation = answer['operation'] as JobOperation
  }
  if (status === 'pending') job.pendingMs = exchange.startMs
  if (status === 'running') job.runningMs ??= exchange.startMs
  if (!isEnded(job.last)) job.last = answer
}

function isEnded(answer: Recorded['last']): boolean {
  return answer?.['status'] === 'succeeded' || answer?.['status'] === 'failed'
}

/** By URL without its query. */
function picturesOf(exchanges: readonly Exchange[]): Map<string, string> {
  const pictures = new Map<string, string>()
  for (const { method, url, status, responseBody, responseHeaders } of exchanges) {
    if (method !== 'GET' || status !== 200 || responseBody.kind !== 'whole') continue
    if (!/^image\//.test(responseHeaders.get('content-type') ?? '')) continue
    pictures.set(url.split('?', 1)[0] ?? url, Buffer.from(responseBody.bytes).toString('base64'))
  }
  return pictures
}

/** Nothing for an id that a World cannot have: those of other implementations may have any form. */
function jobData(job: Recorded, nowMs: number, pictures: ReadonlyMap<string, string>): JobData[] {
  const { id, last, operation, account, request } = job
  if (!/^[0-9a-f]{32}$/.test(id) || account === null || operation === null) return []
  const common = { account, job_id: id, operation }
  const ended = isEnded(last)
  const completedMs = momentOf(last?.['completed_at'])
  const agoMs = Math.max(0, nowMs - completedMs)
  if (job.isGone || (ended && !(agoMs < DAY_MS))) return [{ ...common, status: 'expired' }]
  const urls = fieldOf(last?.['result'], 'download_urls')
  const outputs = Array.isArray(urls) ? urls.length : request['num_output_images']
  const createdMs = momentOf(last?.['created_at'])
  const counts = countsOf(last)
  const brought = Array.isArray(urls) ? urls.map((url) => pictures.get(String(url).split('?', 1)[0] ?? '') ?? '') : []
  return [
    {
      ...common,
      status: (last?.['status'] ?? 'pending') as 'pending' | 'running' | 'succeeded' | 'failed',
      ...(ended && { finished_ago: agoMs }),
      submitted_ago: Number.isNaN(createdMs) ? agoMs || 0 : Math.max(agoMs || 0, nowMs - createdMs),
      ...(last?.['status'] === 'failed' && { error: failureOf(last) }),
      ...(typeof request['prompt'] === 'string' && { prompt: request['prompt'] }),
      ...(outputsOf(outputs) !== null && { num_output_images: outputsOf(outputs) as number }),
      ...((request['output_format'] === 'png' || request['output_format'] === 'jpg') && {
        output_format: request['output_format'],
      }),
      ...(counts !== null && { known_subjects: counts }),
      ...(brought.some((picture) => picture !== '') && { pictures: brought }),
    },
  ]
}

function outputsOf(value: unknown): number | null {
  return typeof value === 'number' && [1, 2, 3, 4].includes(value) ? value : null
}

function countsOf(last: Recorded['last']): Record<string, number> | null {
  const counts = fieldOf(fieldOf(last?.['result'], 'known_subjects'), 'counts')
  const isMap = counts !== null && typeof counts === 'object' && Object.values(counts).every(Number.isInteger)
  return isMap ? (counts as Record<string, number>) : null
}

/** A code of another implementation's own is told in the message only. */
function failureOf(last: NonNullable<Recorded['last']>): { code: JobErrorCode; message: string } {
  const [code, message] = ['code', 'message'].map((field) => String(fieldOf(last['error'], field) ?? ''))
  const isKnown = code !== undefined && Object.hasOwn(FAILURE_MESSAGES, code)
  const text = message || FAILURE_MESSAGES.GENERATION_FAILED
  return isKnown
    ? { code: code as JobErrorCode, message: text }
    : { code: 'GENERATION_FAILED', message: `${code}: ${text}` }
}

/** How the next submit like this one goes. */
function scenarioOf({ operation, account, request, last, submitMs, pendingMs, runningMs }: Recorded): Scenario[] {
  if (operation === null || account === null || submitMs === null || last === null || !isEnded(last)) return []
  const [createdMs, completedMs] = [momentOf(last['created_at']), momentOf(last['completed_at'])]
  const tookMs = Math.max(0, completedMs - createdMs)
  if (Number.isNaN(tookMs)) return []
  // Polls show when it ran only by their own moments; where none saw it, it waited a ninth of its time.
  const waited = runningMs !== null ? runningMs - submitMs : pendingMs !== null ? pendingMs - submitMs : tookMs / 9
  const waitedMs = Math.round(Math.min(tookMs, Math.max(0, waited)))
  const counts = countsOf(last)
  const { prompt } = request
  return [
    {
      match: { operation, account, ...(typeof prompt === 'string' && prompt !== '' && { prompt }) },
      effect: {
        pending: waitedMs,
        running: Math.round(tookMs - waitedMs),
        ...(last['status'] === 'failed' && { fail: failureOf(last).code, message: failureOf(last).message }),
        ...(counts !== null && last['status'] === 'succeeded' && { known_subjects: counts }),
      },
      times: 1,
    },
  ]
}
