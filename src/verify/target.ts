import type { WorldControl } from '../control/index.ts'
import type { Redactor } from '../report/redact.ts'
import { type JobOperation, type OperationId, operations } from '../spec/index.ts'
import type { Budget } from './budget.ts'
import type { Deadline } from './deadline.ts'
import { type Exchange, fieldOf, jsonOf } from './http/exchange.ts'
import { MOST_BYTES } from './http/limits.ts'
import { lookAtDownload, lookAtResult } from './http/picture.ts'
import { sendDownload, sendGet } from './http/redirects.ts'
import type { Outgoing, Wire } from './http/wire.ts'
import { highestPrice, trainingPrice } from './prices.ts'
import { IMAGE_OPERATIONS, type ImageBody } from './requests.ts'
import { CannotJudge } from './verdict.ts'

/** Who asks. `null` for nobody: no key at all. */
export interface Identity {
  /** As reports call it. */
  readonly name: string
  readonly key: string | null
  /** Its account's id in the World of `world`. */
  readonly account: string | null
  /** It has money, so that its requests cost. */
  readonly pays: boolean
}

export interface CallOptions {
  /** For each path parameter, in the order of the path. */
  readonly ids?: readonly string[]
  readonly query?: Readonly<Record<string, string>>
  readonly body?: unknown
  readonly timeoutMs?: number
  readonly isChoice?: boolean
}

/** The implementation under test, as all cases share it. */
export interface Target {
  /** What the operations' paths follow, without a slash at its end. */
  readonly base: string
  readonly wire: Wire
  readonly budget: Budget
  readonly redactor: Redactor
  readonly jobTimeoutMs: number
}

/** One identity's calls, each reported to `seen`. */
export class Caller {
  readonly identity: Identity
  readonly world: WorldControl | null
  readonly #target: Target
  readonly #seen: (exchange: Exchange) => void
  #secret: Promise<string> | undefined

  constructor(target: Target, identity: Identity, world: WorldControl | null, seen: (exchange: Exchange) => void) {
    this.#target = target
    this.identity = identity
    this.world = world
    this.#seen = seen
    if (identity.key !== null) target.redactor.add(identity.key, `<${identity.name}>`)
  }

  /** The same identity; what it does is told to somebody else. */
  toldTo(seen: (exchange: Exchange) => void): Caller {
    return new Caller(this.#target, this.identity, this.world, seen)
  }

  /** @throws {CannotJudge} if there was no answer */
  async call(
    operationId: OperationId,
    { ids = [], query = {}, body, timeoutMs, isChoice }: CallOptions = {},
  ): Promise<Exchange> {
    const { method, path } = operations[operationId]
    const values = ids.values()
    const url = new URL(
      this.#target.base + path.replace(/\{[^}]+\}/g, () => encodeURIComponent(values.next().value ?? '')),
    )
    for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value)
    const cost = this.#costOf(operationId, body)
    const { budget, wire } = this.#target
    const outgoing: Outgoing = {
      operation: operationId,
      method,
      url: url.href,
      headers: this.#headers(),
      body: body === undefined ? null : JSON.stringify(body),
      toll: {
        reserve: () => budget.reserve(cost, this.world === null),
        settle: (status) => budget.settle(cost, status),
      },
      ...pictureOf(operationId),
      ...(timeoutMs !== undefined && { timeoutMs }),
      ...(isChoice !== undefined && { isChoice }),
    }
    const exchange = await (method === 'GET' ? sendGet : sendOnce)(wire, outgoing, this.#seen)
    if (operationId === 'getWebhookSecret') this.#hideSecret(exchange)
    return exchange
  }

  poll(jobId: string): Promise<Exchange> {
    return this.call('getJob', { ids: [jobId] })
  }

  /** Another method on the path of a job, or the same path with something behind it. */
  async probe(jobId: string, method: string, behind = ''): Promise<Exchange> {
    const path = operations.getJob.path.replace(/\{[^}]+\}/, encodeURIComponent(jobId))
    const outgoing = {
      operation: 'probe',
      method,
      url: this.#target.base + path + behind,
      headers: this.#headers(),
      body: null,
    }
    return await (method === 'GET' ? sendGet : sendOnce)(this.#target.wire, outgoing, this.#seen)
  }

  /** A `poll_url`, as it was given. Its key goes to the implementation alone. */
  async follow(pollUrl: string): Promise<Exchange> {
    const base = new URL(this.#target.base)
    const url = new URL(pollUrl, base.origin)
    const headers = url.origin === base.origin ? this.#headers() : {}
    return await sendGet(
      this.#target.wire,
      { operation: 'getJob', method: 'GET', url: url.href, headers, body: null, ...JOB },
      this.#seen,
    )
  }

  /**
   * A download, as anybody who has the URL can do it: without any key. With no answer, its `problem` says why.
   *
   * @throws {CannotJudge} if nothing was sent, or the 429 did not end
   */
  async download(url: string): Promise<Exchange> {
    let last: Exchange | undefined
    const seen = (exchange: Exchange): void => {
      last = exchange
      this.#seen(exchange)
    }
    const outgoing = { operation: 'download', method: 'GET', url, headers: {}, body: null, ...PICTURE }
    try {
      return await sendDownload(this.#target.wire, outgoing, seen)
    } catch (error) {
      if (last === undefined || last.problem === null) throw error
      return last
    }
  }

  /** The secret that signs this account's callbacks. @throws {CannotJudge} if it is not told */
  secret(): Promise<string> {
    this.#secret ??= this.#fetchSecret()
    return this.#secret
  }

  /** What the operations' paths follow. */
  get base(): string {
    return this.#target.base
  }

  /** When the run is over. */
  get deadline(): Deadline {
    return this.#target.wire.deadline
  }

  /** How long synchronous work is waited for. */
  get jobTimeoutMs(): number {
    return this.#target.jobTimeoutMs
  }

  async #fetchSecret(): Promise<string> {
    const secret = fieldOf(jsonOf(await this.call('getWebhookSecret')), 'webhook_signing_secret')
    if (typeof secret !== 'string' || secret === '')
      throw new CannotJudge('the webhook secret is not told: see secret.shape')
    return secret
  }

  #hideSecret(exchange: Exchange): void {
    const secret = fieldOf(jsonOf(exchange), 'webhook_signing_secret')
    if (typeof secret === 'string') this.#target.redactor.add(secret, '<webhook secret>', this.world === null)
  }

  #headers(): Record<string, string> {
    return this.identity.key === null ? {} : { 'X-API-Key': this.identity.key }
  }

  #costOf(operationId: OperationId, body: unknown): number {
    if (!this.identity.pays || body === undefined) return 0
    if (operationId === 'addProfile') return trainingPrice(body as ImageBody)
    return highestPrice(operationId as JobOperation, body as ImageBody)
  }
}

const mostBytesOfPicture = (status: number): number => (status === 200 ? MOST_BYTES.picture : MOST_BYTES.json)
const PICTURE = { mostBytes: mostBytesOfPicture, look: lookAtDownload } as const
const JOB = { mostBytes: () => MOST_BYTES.job } as const
/** Async or not: a target that answers a submit with the result itself must be judged by that, not by its length. */
const RESULT = { mostBytes: mostBytesOfPicture, look: lookAtResult } as const

/** What may carry pictures may be long, and is looked at as soon as it is there. */
function pictureOf(operationId: OperationId): Pick<Outgoing, 'mostBytes' | 'look'> {
  if (operationId === 'getProfilePicture') return PICTURE
  if (operationId === 'getJob') return JOB
  return (IMAGE_OPERATIONS as readonly string[]).includes(operationId) ? RESULT : {}
}

const sendOnce: typeof sendGet = (wire, outgoing, seen) => wire.send(outgoing, seen)
