import type { Deadline } from '../deadline.ts'
import type { Exchange } from './exchange.ts'

/** How a callback is answered: a status, a status after a while, a connection reset, or never. */
export type ReceiverAnswer = number | { readonly status: number; readonly delayMs: number } | 'drop' | 'hang'

/** Kept of one mailbox, far more than any sender should send; the others are counted. */
const MOST_KEPT = 60
/** So long a mailbox is watched for a silence that does not come. */
const LONGEST_WATCH_MS = 60_000

/** One address that callbacks are sent to, and what came. */
export class Mailbox {
  readonly url: string
  /** Those that were kept, at most 60; each has its time in `at`. */
  readonly arrivals: Exchange[] = []
  readonly #answers: readonly ReceiverAnswer[]
  readonly #onArrival: (arrival: Exchange) => void
  readonly #deadline: Deadline
  readonly #waiting = new Set<() => void>()
  #count = 0

  /** @param answers one for each callback, in order; the last one is repeated */
  constructor(
    url: string,
    answers: readonly ReceiverAnswer[],
    onArrival: (arrival: Exchange) => void,
    deadline: Deadline,
  ) {
    this.url = url
    this.#answers = answers
    this.#onArrival = onArrival
    this.#deadline = deadline
  }

  /** All that arrived, those included that were not kept. */
  get count(): number {
    return this.#count
  }

  get isFull(): boolean {
    return this.arrivals.length >= MOST_KEPT
  }

  /** Resolves once so many have come, or when the time is over, with those that were kept. */
  async wait(count: number, withinMs: number): Promise<readonly Exchange[]> {
    await this.#until(() => this.#count >= count, withinMs)
    return this.arrivals
  }

  /** Resolves once nothing has arrived for so long. @returns false if it did not become quiet within a minute */
  async quiet(ms: number): Promise<boolean> {
    const endMs = performance.now() + Math.max(ms, LONGEST_WATCH_MS)
    while (performance.now() < endMs) {
      const before = this.#count
      if (!(await this.#until(() => this.#count > before, ms))) return true
    }
    return false
  }

  /** Something arrived. @param keep makes an exchange of it, given its answer; `null` if it cannot be kept */
  take(keep: (answer: ReceiverAnswer) => Exchange | null): ReceiverAnswer {
    const answer = this.#answers[this.#count] ?? this.#answers.at(-1) ?? 204
    const arrival = keep(answer)
    this.#count += 1
    if (arrival !== null) {
      this.arrivals.push(arrival)
      this.#onArrival(arrival)
    }
    for (const look of this.#waiting) look()
    return answer
  }

  /** @returns whether it came true in time */
  async #until(isSo: () => boolean, withinMs: number): Promise<boolean> {
    const { promise: came, resolve } = Promise.withResolvers<true>()
    const look = (): void => {
      if (isSo()) resolve(true)
    }
    this.#waiting.add(look)
    look()
    const timer = new AbortController()
    try {
      const over = this.#deadline.sleep(withinMs, timer.signal).then(() => false as const)
      return await Promise.race([came, over])
    } finally {
      timer.abort()
      this.#waiting.delete(look)
    }
  }
}
