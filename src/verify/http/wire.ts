import { setTimeout as sleep } from 'node:timers/promises'
import { CannotJudge } from '../verdict.ts'
import type { Exchange } from './exchange.ts'
import { Pace } from './pace.ts'

export interface WireOptions {
  /** How long an answer may take, in ms. */
  readonly timeoutMs: number
  /** Requests a second; no limit if left out. */
  readonly rps?: number | undefined
  /** Numbers go on from here. */
  readonly lastId?: number
}

export interface Outgoing {
  readonly operation: string
  readonly method: string
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string | null
  /** How long this answer may take, if not as long as the others. */
  readonly timeoutMs?: number
  readonly isChoice?: boolean
}

const MOST_RETRIES = 20
const LONGEST_RETRY_AFTER_MS = 120_000

/** Sends requests and remembers each exchange. */
export class Wire {
  /** Every exchange of the run, in the order of their ends. */
  readonly exchanges: Exchange[] = []
  readonly #options: WireOptions
  readonly #pace: Pace
  #lastId: number

  constructor(options: WireOptions) {
    this.#options = options
    this.#lastId = options.lastId ?? 0
    this.#pace = new Pace(options.rps)
  }

  /**
   * One exchange; a 429 is waited out as its `Retry-After` asks. A GET whose connection was closed is sent once more
   * (RFC 9110, 9.2.2): an idle connection may be closed just as we send.
   *
   * @param seen is told of the exchange even if it throws
   * @throws {CannotJudge} if no answer came in time, the connection broke, or the 429 did not end
   */
  async send(outgoing: Outgoing, seen: (exchange: Exchange) => void = () => undefined): Promise<Exchange> {
    let isSecondTry = false
    for (let retries = 0; ; retries++) {
      await this.#pace.turn()
      const exchange = await this.#once(outgoing)
      seen(exchange)
      if (exchange.problem === CLOSED && outgoing.method === 'GET' && !isSecondTry) {
        isSecondTry = true
        continue
      }
      if (exchange.problem !== null)
        throw new CannotJudge(`${outgoing.method} ${pathOf(outgoing.url)} ${exchange.problem}`)
      if (exchange.status !== 429) return exchange
      const waitMs = retryAfterMs(exchange.headers.get('retry-after'))
      if (retries === MOST_RETRIES || waitMs > LONGEST_RETRY_AFTER_MS) {
        throw new CannotJudge(
          `${outgoing.method} ${pathOf(outgoing.url)} was answered 429 ${retries + 1} times, lastly with Retry-After: ${exchange.headers.get('retry-after') ?? '(none)'}. Try --rps 1 or --concurrency 1.`,
        )
      }
      this.#pace.holdBack(waitMs)
      await sleep(waitMs)
    }
  }

  /** Takes an exchange that came in as a callback. */
  take(exchange: Omit<Exchange, 'id'>): Exchange {
    const taken = { ...exchange, id: ++this.#lastId }
    this.exchanges.push(taken)
    return taken
  }

  async #once(outgoing: Outgoing): Promise<Exchange> {
    const { operation, method, url, body, isChoice = false } = outgoing
    const timeoutMs = outgoing.timeoutMs ?? this.#options.timeoutMs
    const exchange: Exchange = {
      id: ++this.#lastId,
      direction: 'sent',
      operation,
      at: Date.now(),
      durationMs: 0,
      method,
      url,
      requestHeaders: { ...outgoing.headers, ...(body !== null && { 'Content-Type': 'application/json' }) },
      requestBody: body,
      status: 0,
      headers: new Headers(),
      bytes: new Uint8Array(),
      problem: null,
      isChoice,
    }
    const begun = performance.now()
    try {
      const response = await fetch(url, {
        method,
        headers: exchange.requestHeaders,
        body,
        redirect: 'manual',
        signal: AbortSignal.timeout(timeoutMs),
      })
      const bytes = new Uint8Array(await response.arrayBuffer())
      Object.assign(exchange, { status: response.status, headers: response.headers, bytes })
    } catch (cause) {
      exchange.problem = problemOf(cause, timeoutMs)
    }
    exchange.durationMs = performance.now() - begun
    this.exchanges.push(exchange)
    return exchange
  }
}

function pathOf(url: string): string {
  return new URL(url).pathname
}

const CLOSED = 'found its connection closed before an answer came'

function problemOf(error: unknown, timeoutMs: number): string {
  if ((error as Error).name === 'TimeoutError') return `was not answered within ${timeoutMs / 1000} s`
  const cause = (error as Error).cause as { code?: string; message?: string } | undefined
  switch (cause?.code) {
    case 'ECONNREFUSED':
      return 'found nobody listening there'
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return 'went to a host that does not exist'
    case 'ECONNRESET':
    case 'UND_ERR_SOCKET':
      return CLOSED
    case undefined:
      if (cause?.message === 'bad port') return 'went to a port that fetch refuses to call; choose another port'
      return `had no answer (${cause?.message ?? (error as Error).message})`
    default:
      return `had no answer (${cause?.code})`
  }
}

/** Seconds or a date, as HTTP has it; 1 s if it says nothing. */
function retryAfterMs(value: string | null): number {
  if (value === null || value.trim() === '') return 1000
  const seconds = Number(value)
  const ms = Number.isFinite(seconds) ? seconds * 1000 : Date.parse(value) - Date.now()
  return Number.isNaN(ms) ? 1000 : Math.max(0, ms)
}
