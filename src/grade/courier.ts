import { randomBytes } from 'node:crypto'
import http from 'node:http'
import https from 'node:https'
import { isLoopback } from '../engine/callback-target.ts'
import { SIGNATURE_HEADER, signBody } from '../phota/signature.ts'
import { type Exchange, isEnd } from './exchange.ts'
import { afterReal, realPause } from './real-time.ts'
import type { Callbacks, Job, Story } from './situation.ts'

/** How long a receiver may take. */
export const RECEIVER_LIMIT_MS = 10_000
/** Nobody is there, as opposed to somebody who answers badly. */
export const NOBODY = 'nobody listened there'

/** A callback that did not come from the API, and what is wrong with it. */
export type Forgery = 'wrong signature' | 'changed byte' | 're-serialised body' | 'no signature' | 'nonsense'

const FORGED = 'forged: '

/** What was wrong with a callback; `null` for a genuine one. */
export function forgeryOf({ fault }: Pick<Exchange, 'fault'>): Forgery | null {
  return fault?.startsWith(FORGED) ? (fault.slice(FORGED.length) as Forgery) : null
}

/** A genuine callback whose JSON has other blanks than the API's. */
export const SPACED = 'genuine, with other blanks in its JSON'

export interface CourierOptions {
  readonly mode: Callbacks
  readonly secret: string
  /** Where forged bodies lead to. */
  readonly elsewhere: string
  /** Where all callbacks go; `null` where the job says, if that is this machine. */
  readonly receiver: string | null
  readonly bodyOf: (job: Job) => Promise<string>
  readonly record: (exchange: Exchange) => void
  readonly nextId: () => number
}

/** How long after the first of several jobs has ended its callback waits for that of the others. */
const REORDER_MS = 6_000
/** A late callback waits so long at most for a poll that tells what it tells, and then a little. */
const LATE_MS = 3_000
const LATE_AFTER_MS = 300
/** A job runs already when it is forged. */
const FORGE_AFTER_MS = 300
const RETRY_AFTER_MS = 1_000
/** As many jobs are forged. */
const MOST_FORGED = 2

/** Sends the callbacks of one round, genuine and forged. */
export class Courier {
  readonly #options: CourierOptions
  readonly #closing = new AbortController()
  readonly #ended: Job[] = []
  readonly #work = new Set<Promise<unknown>>()
  #forged = 0

  constructor(options: CourierOptions) {
    this.#options = options
  }

  /** Callbacks are on their way. */
  get isBusy(): boolean {
    return this.#work.size > 0
  }

  close(): void {
    this.#closing.abort()
  }

  /** Resolves once no callback is on its way, after `limitMs` at the latest. */
  async idle(limitMs: number): Promise<void> {
    if (this.#work.size === 0) return
    await Promise.race([Promise.all(this.#work), realPause(limitMs)])
  }

  jobBegun(job: Job): void {
    if (this.#options.mode !== 'forged' || this.#forged >= MOST_FORGED || this.#targetOf(job) === null) return
    this.#forged += 1
    this.#do(async () => {
      await realPause(FORGE_AFTER_MS)
      for (const { forgery, body, signature } of this.#forgeries(job)) await this.#post(job, body, signature, forgery)
    })
  }

  jobEnded(job: Job, story: Story): void {
    if (this.#options.mode === 'never' || this.#targetOf(job) === null) return
    switch (this.#options.mode) {
      case 'prompt':
        this.#do(() => this.#deliver(job))
        break
      case 'rough':
        this.#ended.push(job)
        if (this.#ended.length === 1) this.#do(() => this.#deliverRoughly(story))
        break
      case 'forged':
        this.#do(() => this.#deliverBesideForgeries(job))
        break
      default:
        this.#options.mode satisfies never
    }
  }

  #do(work: () => Promise<unknown>): void {
    const done = work().catch(() => undefined)
    this.#work.add(done)
    void done.finally(() => this.#work.delete(done))
  }

  /** As the API does, but for the number of attempts. */
  async #deliver(job: Job): Promise<void> {
    const body = await this.#options.bodyOf(job)
    const { status } = await this.#post(job, body)
    if (isAccepted(status)) return
    await realPause(RETRY_AFTER_MS)
    await this.#post(job, body)
  }

  /** The last job first, each twice at once, and the first one once more. */
  async #deliverRoughly(story: Story): Promise<void> {
    const areAllThere = (): boolean => this.#ended.length >= story.jobs.size
    for (let waited = 0; waited < REORDER_MS && !areAllThere(); waited += 50) await realPause(50)
    const inReverse = this.#ended.splice(0).toReversed()
    const bodies = new Map<Job, string>()
    for (const job of inReverse) {
      const body = await this.#options.bodyOf(job)
      bodies.set(job, body)
      await Promise.all([
        this.#post(job, body),
        this.#post(job, body, signBody(this.#options.secret, body), 'genuine, a duplicate'),
      ])
    }
    const [job] = inReverse
    const body = job && bodies.get(job)
    if (!job || body === undefined) return
    const isTold = ({ kind, jobId, told }: Exchange): boolean => kind === 'poll' && jobId === job.id && isEnd(told)
    for (let waited = 0; waited < LATE_MS && !story.exchanges.some(isTold); waited += 50) await realPause(50)
    await realPause(LATE_AFTER_MS)
    await this.#post(job, body, signBody(this.#options.secret, body), 'genuine, late')
  }

  async #deliverBesideForgeries(job: Job): Promise<void> {
    const { secret, bodyOf } = this.#options
    const body = await bodyOf(job)
    const spaced = JSON.stringify(JSON.parse(body), null, 1)
    await this.#post(job, pythonic(body), signBody(secret, pythonic(body)), SPACED)
    await this.#post(job, body)
    await this.#post(job, spaced, signBody(secret, body), `${FORGED}re-serialised body`)
    await this.#post(job, pythonic(body), signBody(secret, body), `${FORGED}re-serialised body`)
    await this.#post(job, body, signBody(secret, pythonic(body)), `${FORGED}re-serialised body`)
  }

  #forgeries(job: Job): { forgery: string; body: string | Buffer; signature: string | null }[] {
    const { secret, elsewhere } = this.#options
    const trap = (name: string): string => forgedBody(job, `${elsewhere}/${name}.jpg`)
    const failed = forgedBody(job, null)
    const nonsense = [
      { body: '', signature: null },
      { body: '{"job_id": ', signature: null },
      { body: 'null', signature: 'sha256=' },
      { body: '[]', signature: 'nonsense' },
      { body: Buffer.from([0xff, 0xfe, 0x00, 0x80]), signature: 'sha256=zz' },
      { body: '{"job_id": 7, "status": {}}', signature: `sha256=${'0'.repeat(63)}` },
    ]
    return [
      {
        forgery: 'wrong signature',
        body: trap('forged'),
        signature: signBody(randomBytes(32).toString('hex'), failed),
      },
      { forgery: 'wrong signature', body: failed, signature: signBody(randomBytes(32).toString('hex'), failed) },
      { forgery: 'changed byte', body: trap('forgeB'), signature: signBody(secret, trap('forgeA')) },
      { forgery: 'no signature', body: trap('unsigned'), signature: null },
      ...nonsense.map((each) => ({ forgery: 'nonsense', ...each })),
    ].map((each) => ({ ...each, forgery: FORGED + each.forgery }))
  }

  /** @param fault what is to be said of it in the report; `null` for an ordinary one */
  async #post(
    job: Job,
    body: string | Buffer,
    signature: string | null = signBody(this.#options.secret, body),
    fault: string | null = null,
  ): Promise<Exchange> {
    const url = this.#targetOf(job) as string
    const headers: Record<string, string> = {
      'content-type': 'application/json',
      'content-length': String(Buffer.byteLength(body)),
      ...(signature !== null && { [SIGNATURE_HEADER.toLowerCase()]: signature }),
    }
    const exchange: Exchange = {
      id: this.#options.nextId(),
      place: 'api',
      kind: 'callback',
      atMs: Date.now(),
      endedMs: null,
      method: 'POST',
      url,
      headers,
      body: Buffer.from(body),
      intent: null,
      clientRequestId: null,
      jobId: job.id,
      status: 0,
      responseHeaders: {},
      responseBody: '',
      responseBytes: 0,
      told: null,
      fault,
      problem: null,
    }
    this.#options.record(exchange)
    Object.assign(exchange, await send(exchange, this.#closing.signal), { endedMs: Date.now() })
    return exchange
  }

  #targetOf({ callbackUrl }: Job): string | null {
    if (callbackUrl === null) return null
    if (this.#options.receiver !== null) return this.#options.receiver
    const url = URL.parse(callbackUrl)
    return url !== null && isLoopback(url.hostname) ? callbackUrl : null
  }
}

function isAccepted(status: number): boolean {
  return status >= 200 && status < 300
}

/** The same JSON as Python writes it. */
function pythonic(json: string): string {
  return JSON.stringify(JSON.parse(json), null, 1)
    .replace(/\n\s*/g, ' ')
    .replace(/([[{]) /g, '$1')
    .replace(/ ([\]}])/g, '$1')
}

function forgedBody({ id }: Job, downloadUrl: string | null): string {
  const now = `${new Date().toISOString().slice(0, 19)}Z`
  const isFailed = downloadUrl === null
  return JSON.stringify({
    job_id: id,
    status: isFailed ? 'failed' : 'succeeded',
    operation: 'generate',
    result: isFailed ? null : { images: [], download_urls: [downloadUrl], known_subjects: { counts: {} } },
    error: isFailed ? { code: 'INTERNAL', message: 'Forged.' } : null,
    created_at: now,
    completed_at: now,
  })
}

/** POSTs once; what goes wrong is told by `problem`. */
function send(
  { url, headers, body }: Exchange,
  closing: AbortSignal,
): Promise<Pick<Exchange, 'status' | 'problem' | 'responseHeaders' | 'responseBody' | 'responseBytes'>> {
  const { request: open } = url.startsWith('https:') ? https : http
  return new Promise((resolve) => {
    const nothing = { status: 0, responseHeaders: {}, responseBody: '', responseBytes: 0 }
    let isConnected = false
    const request = open(
      url,
      { method: 'POST', headers: { ...headers }, agent: false, signal: closing },
      (response) => {
        const { statusCode = 0 } = response
        response.resume()
        resolve({ ...nothing, status: statusCode, problem: null })
      },
    )
    request.on('socket', (socket) => socket.once('connect', () => (isConnected = true)))
    const cancel = afterReal(RECEIVER_LIMIT_MS, () => {
      resolve({ ...nothing, problem: `no answer within ${RECEIVER_LIMIT_MS / 1_000} s` })
      request.destroy()
    })
    request.on('error', () => {
      resolve({ ...nothing, problem: isConnected ? 'the connection was closed without an answer' : NOBODY })
    })
    request.on('close', cancel)
    request.end(body)
  })
}
