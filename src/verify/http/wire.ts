import type { Deadline } from '../deadline.ts'
import { CannotJudge } from '../verdict.ts'
import { NO_HEADERS } from './answer-headers.ts'
import type { Exchange } from './exchange.ts'
import { MOST_BYTES } from './limits.ts'
import { CLOSED, Line, NoAnswer } from './line.ts'
import { FULL, Memory } from './memory.ts'
import { Pace } from './pace.ts'
import { Patience } from './patience.ts'

export interface WireOptions {
  /** How long an answer may take, in ms. */
  readonly timeoutMs: number
  readonly deadline: Deadline
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
  /** How long its body may be; that of JSON if left out. */
  readonly mostBytes?: (status: number) => number
  readonly isChoice?: boolean
  /** Looks at the answer as soon as it is there, and drops what need not be kept of its bytes. */
  readonly look?: (exchange: Exchange) => Promise<void>
  /** What sending it costs: each time that it is sent. */
  readonly toll?: {
    /** Before it is sent. @throws if it must not be sent */
    reserve(): void
    /** @param status 0 if no answer came */
    settle(status: number): void
  }
}

/** Sends requests and remembers each exchange. */
export class Wire {
  /** Every exchange of the run, in the order of their ends. */
  readonly exchanges: Exchange[] = []
  readonly deadline: Deadline
  readonly line: Line = new Line()
  readonly patience: Patience
  readonly #timeoutMs: number
  readonly #pace: Pace
  readonly #memory = new Memory()
  #lastId: number

  constructor({ timeoutMs, deadline, rps, lastId = 0 }: WireOptions) {
    this.deadline = deadline
    this.patience = new Patience(deadline)
    this.#timeoutMs = timeoutMs
    this.#pace = new Pace(deadline, rps)
    this.#lastId = lastId
  }

  /**
   * One exchange; a 429 is waited out as its `Retry-After` asks. A GET whose connection was closed is sent once more
   * (RFC 9110, 9.2.2): an idle connection may be closed just as we send.
   *
   * @param seen called with the exchange, even if this throws
   * @throws {CannotJudge} if no answer came within the limits, the connection broke, or the 429 did not end
   */
  async send(outgoing: Outgoing, seen: (exchange: Exchange) => void = () => undefined): Promise<Exchange> {
    const { method, toll } = outgoing
    let isSecondTry = false
    for (let limited = 0; ; ) {
      await this.patience.turn()
      await this.#pace.turn()
      this.deadline.signal.throwIfAborted()
      toll?.reserve()
      const exchange = await this.#once(outgoing)
      toll?.settle(exchange.problem === null ? exchange.status : 0)
      seen(exchange)
      this.deadline.signal.throwIfAborted()
      if (exchange.problem === CLOSED && method === 'GET' && !isSecondTry) {
        isSecondTry = true
        continue
      }
      if (exchange.problem !== null) throw new CannotJudge(`${whatIs(outgoing)} ${exchange.problem}`)
      if (exchange.status !== 429) return exchange
      await this.patience.wait(whatIs(outgoing), exchange.headers.get('retry-after'), limited++)
    }
  }

  /** Takes an exchange that came in as a callback. @returns `null` if there is no room for it */
  take(exchange: Omit<Exchange, 'id'>): Exchange | null {
    if (!this.#memory.keep(exchange)) return null
    const taken = { ...exchange, id: ++this.#lastId }
    this.exchanges.push(taken)
    return taken
  }

  /** Aborts all requests, so that no connection keeps the process alive. */
  close(): void {
    this.line.close()
  }

  /** Never throws: what goes wrong is its `problem`. */
  async #once(outgoing: Outgoing): Promise<Exchange> {
    const { operation, method, url, body, isChoice = false, mostBytes = () => MOST_BYTES.json } = outgoing
    const { timeoutMs = this.#timeoutMs } = outgoing
    const headers = { ...outgoing.headers, ...(body !== null && { 'Content-Type': 'application/json' }) }
    const exchange: Exchange = {
      id: ++this.#lastId,
      direction: 'sent',
      operation,
      at: Date.now(),
      durationMs: 0,
      method,
      url,
      requestHeaders: headers,
      requestBody: body,
      ...NOTHING_YET,
      isChoice,
    }
    const begun = performance.now()
    try {
      const { deadline } = this
      await this.line.exchange({ method, url, headers, body }, { timeoutMs, deadline, mostBytes }, async (answered) => {
        exchange.durationMs = performance.now() - begun
        Object.assign(exchange, answered, { bodyBytes: answered.bytes.length })
        await outgoing.look?.(exchange)
      })
      if (!this.#memory.keep(exchange)) throw new NoAnswer(FULL)
    } catch (error) {
      // Half an answer is none.
      Object.assign(exchange, NOTHING_YET, { problem: problemOf(error) })
      exchange.durationMs ||= performance.now() - begun
      this.#memory.keep(exchange)
    }
    this.exchanges.push(exchange)
    return exchange
  }
}

const NOTHING_YET = {
  status: 0,
  headers: NO_HEADERS,
  bytes: new Uint8Array(),
  bodyBytes: 0,
  picture: null,
  pictures: [],
  redirectedFrom: null,
  problem: null,
} as const

/** `GET /v1/phota/webhook-secret`. */
function whatIs({ method, url }: Outgoing): string {
  return `${method} ${new URL(url).pathname}`
}

function problemOf(error: unknown): string {
  if (error instanceof NoAnswer) return error.message
  if (error instanceof CannotJudge) return `was given up: ${error.message}`
  return `had no answer (${(error as Error).message})`
}
