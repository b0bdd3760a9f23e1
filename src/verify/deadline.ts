import { CannotJudge } from './verdict.ts'

/** What setTimeout can take; a longer one would fire at once. */
const LONGEST_TIMER_MS = 2 ** 31 - 1

/** When a run is over, whatever its target does. Every wait of the suite goes through it. */
export class Deadline {
  readonly #over = new AbortController()
  // Not listeners of the signal: there are thousands, and those cost ten times as much.
  readonly #waiting = new Set<(reason: unknown) => void>()
  readonly #atMs: number
  readonly #timer: NodeJS.Timeout

  /** @param reached the sentence that every wait then ends with */
  constructor(limitMs: number, reached = `the run's deadline of ${inWords(limitMs)} was reached (--deadline)`) {
    this.#atMs = performance.now() + limitMs
    this.#timer = setTimeout(
      () => this.#end(new CannotJudge(reached)),
      Math.min(Math.max(limitMs, 0), LONGEST_TIMER_MS),
    )
  }

  /** Aborted when it is reached or the run is closed; its reason is a {@link CannotJudge}. */
  get signal(): AbortSignal {
    return this.#over.signal
  }

  get leftMs(): number {
    return this.#over.signal.aborted ? 0 : Math.max(0, this.#atMs - performance.now())
  }

  /**
   * Calls the listener with the signal's reason when the deadline is reached or the run is closed.
   *
   * @returns a function that removes the listener
   */
  onEnd(listener: (reason: unknown) => void): () => void {
    const { signal } = this
    if (signal.aborted) listener(signal.reason)
    else this.#waiting.add(listener)
    return () => this.#waiting.delete(listener)
  }

  /** @param enough ends it early. @throws {CannotJudge} if the deadline is reached first */
  async sleep(ms: number, enough?: AbortSignal): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    const timer = setTimeout(resolve, Math.min(Math.max(ms, 0), LONGEST_TIMER_MS))
    const forget = this.onEnd(reject)
    enough?.addEventListener('abort', () => resolve(), { once: true })
    try {
      await promise
    } finally {
      forget()
      clearTimeout(timer)
    }
  }

  /** The same promise, or the deadline if that is reached first. @throws {CannotJudge} then */
  async race<T>(promise: Promise<T>): Promise<T> {
    const { promise: reached, reject } = Promise.withResolvers<never>()
    const forget = this.onEnd(reject)
    try {
      return await Promise.race([reached, promise])
    } finally {
      forget()
    }
  }

  /** The run is over: ends what still waits, so that nothing keeps the process alive. */
  close(): void {
    clearTimeout(this.#timer)
    this.#end(new CannotJudge('the run is over'))
  }

  #end(reason: CannotJudge): void {
    if (this.#over.signal.aborted) return
    this.#over.abort(reason)
    for (const listener of this.#waiting) listener(reason)
    this.#waiting.clear()
  }
}

/** `90000` as `90 s`, `1800000` as `30 m`. */
export function inWords(ms: number): string {
  if (ms >= 3_600_000 && ms % 3_600_000 === 0) return `${ms / 3_600_000} h`
  if (ms >= 60_000 && ms % 60_000 === 0) return `${ms / 60_000} m`
  return ms >= 1_000 ? `${Math.round(ms / 100) / 10} s` : `${ms} ms`
}
