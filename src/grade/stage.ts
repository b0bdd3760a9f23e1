import { randomBytes } from 'node:crypto'
import type { ClockMode } from '../drive/clock-mode.ts'
import { photaVariables } from '../run/variables.ts'
import { type RunningServer, startServer } from '../server/server.ts'
import type { JobStatus } from '../spec/index.ts'
import { Courier } from './courier.ts'
import {
  type Answer,
  type Exchange,
  intentOf,
  jobOf,
  type Kind,
  kindOf,
  objectOf,
  type Place,
  unversioned,
  versioned,
} from './exchange.ts'
import { type Asked, ask, Front, type Reply } from './front.ts'
import type { Fault, Job, Situation, Story } from './situation.ts'

const ACCOUNT = 'grade'
/** Long enough for several polls of an ordinary client, short enough for all to be done in a minute. */
const PENDING_MS = 800
const RUNNING_MS = 1_700

export interface StageOptions {
  readonly situation: Situation
  readonly clock: ClockMode
  /** Where callbacks go, whatever the client says; `null` where it says, if that is this machine. */
  readonly receiver: string | null
  /** How long a download is held back for callbacks that are on their way, ms. */
  readonly holdMs: number
  /** Numbers the exchanges of all rounds. */
  readonly nextId: () => number
}

/** One round's API, in one situation, and the record of all that was said. */
export class Stage implements Story {
  readonly exchanges: Exchange[] = []
  readonly jobs: Map<string, Job> = new Map()
  readonly key: string = `test-key-${randomBytes(12).toString('hex')}`
  readonly secret: string = randomBytes(32).toString('hex')
  readonly #options: StageOptions
  readonly #counts = new Map<string, number>()
  #server!: RunningServer
  #api!: Front
  #downloads!: Front
  #elsewhere!: Front
  #courier!: Courier

  private constructor(options: StageOptions) {
    this.#options = options
  }

  static async open(options: StageOptions): Promise<Stage> {
    const stage = new Stage(options)
    const { situation } = options
    const { pendingMs = PENDING_MS, runningMs = RUNNING_MS, staggerMs = 0, fail } = situation
    stage.#server = await startServer({
      port: 0,
      clock: options.clock,
      world: {
        startMs: Date.now() - (situation.agoMs ?? 0),
        ...(situation.retentionMs !== undefined && { retentionMs: situation.retentionMs }),
        keep: 'everything',
      },
      contents: {
        accounts: [
          {
            id: ACCOUNT,
            keys: [stage.key],
            webhook_secret: stage.secret,
            deposit: situation.isBroke ? '0' : '1000000',
          },
        ],
        profiles: [{ account: ACCOUNT, profile_id: 'abc123', status: 'READY' }],
      },
      scenarios: [0, 1, 2].map((nth) => ({
        ...(nth > 0 && { match: { nth: nth + 1 } }),
        // The stage sends callbacks itself: it has to know when, and may send forged ones.
        effect: {
          pending: pendingMs,
          running: runningMs + nth * staggerMs,
          callback: { fault: 'never' as const },
          ...(fail !== undefined && { fail }),
        },
      })),
    })
    stage.#api = await Front.open((asked) => stage.#answer('api', asked))
    stage.#downloads = await Front.open((asked) => stage.#answer('downloads', asked))
    stage.#elsewhere = await Front.open((asked) => stage.#answer('elsewhere', asked))
    stage.#courier = new Courier({
      mode: situation.callbacks ?? 'prompt',
      secret: stage.secret,
      elsewhere: stage.elsewhere,
      receiver: options.receiver,
      bodyOf: (job) => stage.#callbackBody(job),
      record: (exchange) => stage.exchanges.push(exchange as Exchange),
      nextId: () => stage.#nextId(),
    })
    stage.#server.world.events.on('change', ({ kind, id }) => {
      const job = stage.jobs.get(id ?? '')
      if (job && (kind === 'job.succeeded' || kind === 'job.failed')) {
        job.ended = kind === 'job.succeeded' ? 'succeeded' : 'failed'
        stage.#courier.jobEnded(job, stage)
      }
    })
    return stage
  }

  get url(): string {
    return this.#api.url()
  }

  /** By another name than the API's, as a host of its own would have. */
  get downloadsUrl(): string {
    return this.#downloads.url('localhost')
  }

  get elsewhere(): string {
    return this.#elsewhere.url('localhost')
  }

  /** What the command finds in its environment. */
  variables(): Record<string, string> {
    const behind = photaVariables(this.#server.url, this.#server.world)
    return Object.fromEntries(
      Object.entries(behind).map(([name, value]) => [
        name,
        name === 'PHOTA_BASE_URL' ? value.replace(this.#server.url, this.url) : value,
      ]),
    )
  }

  count(key: string): number {
    const before = this.#counts.get(key) ?? 0
    this.#counts.set(key, before + 1)
    return before
  }

  note(exchange: Exchange, fault: string): void {
    exchange.fault = fault
  }

  async close(): Promise<void> {
    this.#courier.close()
    for (const front of [this.#api, this.#downloads, this.#elsewhere]) front.close()
    await this.#server.close(0)
  }

  #nextId(): number {
    return this.#options.nextId()
  }

  async #answer(place: Place, asked: Asked): Promise<Reply> {
    const exchange = this.#exchangeOf(place, asked)
    this.exchanges.push(exchange)
    const { answer, fault } = await this.#given(exchange, asked)
    if (fault !== 'reset' && answer !== null) noteAnswer(exchange, answer)
    if (fault === 'cut') exchange.problem = 'the connection broke off in the middle of the body'
    if (fault === 'reset') exchange.problem = 'the connection was reset before an answer came'
    return {
      answer,
      fault,
      sent: (isWhole) => {
        exchange.endedMs = Date.now()
        if (!isWhole && fault === null) exchange.problem ??= 'the client broke off before it had the whole answer'
      },
    }
  }

  async #given(exchange: Exchange, asked: Asked): Promise<{ answer: Answer | null; fault: Fault | null }> {
    const { situation } = this.#options
    const instead = situation.before?.(exchange, this)
    if (instead === 'reset' || instead === 'cut') return { answer: null, fault: 'reset' }
    if (instead) return { answer: instead, fault: null }
    const answer = await this.#behind(exchange, asked)
    const changed = (await situation.after?.(exchange, answer, this)) ?? answer
    return typeof changed === 'string' ? { answer, fault: changed } : { answer: changed, fault: null }
  }

  /** The API's own answer, with download URLs that lead here. */
  async #behind(exchange: Exchange, asked: Asked): Promise<Answer> {
    if (exchange.place === 'elsewhere') return NOT_FOUND
    if (exchange.kind === 'download') {
      await this.#courier.idle(this.#options.holdMs)
      return await ask(this.#server.url, { ...asked, path: unversioned(asked.path) })
    }
    const answer = await ask(this.#server.url, asked)
    if (exchange.kind === 'submit') this.#noteSubmit(exchange, answer)
    return this.#withUrls(answer)
  }

  #noteSubmit(exchange: Exchange, { status, body }: Answer): void {
    const id = objectOf(body)?.['job_id']
    if (status !== 202 || typeof id !== 'string') return
    exchange.jobId = id
    if (this.jobs.has(id)) return
    const callbackUrl = objectOf(exchange.body)?.['callback_url']
    const job: Job = {
      id,
      intent: exchange.intent ?? '',
      callbackUrl: typeof callbackUrl === 'string' ? callbackUrl : null,
      clientRequestId: exchange.clientRequestId,
      ended: null,
    }
    this.jobs.set(id, job)
    this.#courier.jobBegun(job)
  }

  #withUrls(answer: Answer): Answer {
    const text = answer.body.toString()
    if (!text.includes('download_urls')) return answer
    const id = objectOf(text)?.['job_id']
    const isNew = this.exchanges.some(
      ({ kind, jobId, status }) => kind === 'download' && jobId === id && status === 403,
    )
    const here = this.downloadsUrl + versioned('/', isNew)
    return { ...answer, body: Buffer.from(text.replaceAll(`${this.#server.url}/`, here)) }
  }

  async #callbackBody({ id }: Job): Promise<string> {
    const path = `/v1/phota/jobs/${id}`
    const headers = { 'x-api-key': this.key }
    const answer = await ask(this.#server.url, { method: 'GET', path, headers, body: Buffer.alloc(0) })
    return this.#withUrls(answer).body.toString()
  }

  #exchangeOf(place: Place, { method, path, headers, body, atMs }: Asked): Exchange {
    const kind = kindOf(place, method, path)
    const origin = { api: this.url, downloads: this.downloadsUrl, elsewhere: this.elsewhere }[place]
    const id = objectOf(body)?.['client_request_id']
    return {
      id: this.#nextId(),
      place,
      kind,
      atMs,
      endedMs: null,
      method,
      url: origin + path,
      headers,
      body,
      intent: kind === 'submit' ? intentOf(path, body) : null,
      clientRequestId: kind === 'submit' && typeof id === 'string' ? id : null,
      jobId: jobFor(kind, path),
      status: 0,
      responseHeaders: {},
      responseBody: '',
      responseBytes: 0,
      told: null,
      fault: null,
      problem: null,
    }
  }
}

const NOT_FOUND: Answer = { status: 404, headers: { 'content-type': 'text/plain' }, body: Buffer.from('Not found\n') }

/** A picture's file name holds the id of its job. */
function jobFor(kind: Kind, path: string): string | null {
  if (kind === 'poll') return jobOf(path)
  return kind === 'download' ? (/[0-9a-f]{32}/.exec(path)?.[0] ?? null) : null
}

function noteAnswer(exchange: Exchange, { status, headers, body }: Answer): void {
  exchange.status = status
  exchange.responseHeaders = headers
  exchange.responseBytes = body.length
  const type = headers['content-type'] ?? ''
  exchange.responseBody = /^(image|application\/octet-stream)/.test(type)
    ? `(${body.length} bytes of ${type})`
    : body.toString()
  const told = exchange.kind === 'poll' && status === 200 ? objectOf(body)?.['status'] : undefined
  if (typeof told === 'string') exchange.told = told as JobStatus
}
