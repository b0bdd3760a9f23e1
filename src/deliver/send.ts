import type { AttemptOutcome, DueAttempt } from '../engine/delivery.ts'
import type { Post } from './post.ts'

// Taken at import, so that nobody's fake timers stop us.
const { setInterval, clearInterval } = globalThis
const now = performance.now.bind(performance)

/** How long an attempt may take, in wall ms from its connection on. */
export interface AttemptLimit {
  readonly wallMs: number
  /** It stands for a longer time of the World. Then a receiver that is answering others is not cut short. */
  readonly isGrace: boolean
}

/** Performs one attempt and tells what came of it. Never throws. */
export type Sender = (due: DueAttempt, limit: AttemptLimit) => Promise<AttemptOutcome>

/**
 * How many attempts a receiver is sent at once while it answers; of jobs that end together, a small one could not take
 * all.
 */
const AT_ONCE = 4
const TICK_MS = 10
/** A connection that found the receiver's queue full is asked for again by the system after a second. */
const CONNECT_MS = 1_500

/**
 * Sends attempts in line, for each receiver, and times them.
 *
 * @param receiverOf attempts of one receiver stand in one line; by default it is the URL's origin
 */
export function createSender(post: Post, receiverOf: (url: URL) => string = ({ origin }) => origin): Sender {
  const lines = new Map<string, Line>()
  return async (due, limit) => {
    const receiver = receiverOf(new URL(due.delivery.url))
    const line = lines.get(receiver) ?? new Line(post)
    lines.set(receiver, line)
    const outcome = await line.send(due, limit)
    if (line.isEmpty) lines.delete(receiver)
    return outcome
  }
}

interface Sent {
  readonly limit: AttemptLimit
  readonly abort: AbortController
  isConnected: boolean
  /** Since it was sent; from its connection on, since then. */
  waitedMs: number
}

/**
 * The attempts of one receiver. While it answers, few are sent at once. The longer it is silent, the more follow, so
 * that one that hangs has been sent all of them by the time that one may take: a burst costs it one grace, not one for
 * each.
 */
class Line {
  readonly #post: Post
  readonly #sent = new Set<Sent>()
  readonly #waiting: ((silentMs: number) => void)[] = []
  #room = AT_ONCE
  #taken = 0
  #silentMs = 0
  /** Since attempts stand here. */
  #hasAnswered = false
  #tickedMs = 0
  #timer: ReturnType<typeof setInterval> | null = null

  constructor(post: Post) {
    this.#post = post
  }

  get isEmpty(): boolean {
    return this.#taken === 0 && this.#waiting.length === 0
  }

  async send(due: DueAttempt, limit: AttemptLimit): Promise<AttemptOutcome> {
    const waitedMs = await this.#enter()
    const sent: Sent = {
      limit,
      abort: new AbortController(),
      isConnected: false,
      waitedMs: limit.isGrace ? waitedMs : 0,
    }
    this.#sent.add(sent)
    this.#watch(Math.min(TICK_MS, limit.wallMs))
    const startedMs = now()
    const wallMs = () => Math.round(now() - startedMs)
    const { signal } = sent.abort
    const cut = new Promise<null>((resolve) => {
      signal.addEventListener('abort', () => resolve(null), { once: true })
    })
    const connected = (): void => {
      sent.isConnected = true
      sent.waitedMs = limit.isGrace ? waitedMs : 0
    }
    try {
      // Not every post ends when it is told to.
      const status = await Promise.race([this.#post(due, signal, connected), cut])
      if (status === null) return { kind: 'timed-out', wallMs: wallMs() }
      this.#heard()
      return { kind: 'answered', status, wallMs: wallMs() }
    } catch (error) {
      if (signal.aborted) return { kind: 'timed-out', wallMs: wallMs() }
      this.#heard()
      return { kind: 'failed', error: reason(error), wallMs: wallMs() }
    } finally {
      this.#sent.delete(sent)
      this.#taken--
      this.#letIn()
      if (this.#taken === 0) this.#rest()
    }
  }

  /** @returns how long the receiver had been silent when there was room, in wall ms; 0 if there was at once */
  async #enter(): Promise<number> {
    if (this.#taken >= this.#room) return await new Promise<number>((go) => this.#waiting.push(go))
    this.#taken++
    return 0
  }

  #heard(): void {
    this.#silentMs = 0
    this.#hasAnswered = true
  }

  #letIn(): void {
    for (const go of this.#waiting.splice(0, Math.max(0, this.#room - this.#taken))) {
      this.#taken++
      go(this.#silentMs)
    }
  }

  #watch(tickMs: number): void {
    if (this.#timer !== null) return
    this.#silentMs = 0
    this.#tickedMs = now()
    this.#timer = setInterval(() => this.#tick(), tickMs)
  }

  #rest(): void {
    if (this.#timer !== null) clearInterval(this.#timer)
    this.#timer = null
    this.#room = AT_ONCE
    this.#hasAnswered = false
  }

  #tick(): void {
    const presentMs = now()
    // While we were busy, drawing say, nobody could be heard: that is not the receiver's time.
    const passedMs = Math.min(presentMs - this.#tickedMs, 2 * TICK_MS)
    this.#tickedMs = presentMs
    this.#silentMs += passedMs
    for (const sent of this.#sent) {
      sent.waitedMs += passedMs
      const isQueued = this.#hasAnswered && !sent.isConnected
      const limitMs = sent.limit.wallMs + (isQueued ? CONNECT_MS : 0)
      if (sent.waitedMs >= limitMs && (!sent.limit.isGrace || this.#silentMs >= limitMs)) sent.abort.abort()
    }
    const all = [...this.#sent]
    if (this.#hasAnswered && all.some(({ isConnected }) => !isConnected)) return
    const shortestMs = Math.min(...all.map(({ limit }) => limit.wallMs))
    this.#room = AT_ONCE * 2 ** Math.min(20, Math.floor((10 * this.#silentMs) / shortestMs))
    this.#letIn()
  }
}

function reason(error: unknown): string {
  const { message, code, cause } = error as Error & { code?: string; cause?: { code?: string; message?: string } }
  return cause?.code ?? cause?.message ?? code ?? message
}
