import { type Deadline, inWords } from '../deadline.ts'
import { CannotJudge } from '../verdict.ts'

/** How long a run lets itself be held back by 429, in all. */
const MOST_MS = 300_000
/** Where the answer does not say how long to wait. */
const GROWING_MS = [1_000, 2_000, 4_000, 8_000] as const
/** `Retry-After: 0` for ever would else be asked as fast as it is answered. */
const LEAST_MS = 250

/** Waits out answers of 429. One of them holds back the whole run, because limits are mostly of the account. */
export class Patience {
  readonly #deadline: Deadline
  #heldUntilMs = 0
  #usedMs = 0

  constructor(deadline: Deadline) {
    this.#deadline = deadline
  }

  /** Before anything is sent. */
  async turn(): Promise<void> {
    for (let leftMs = this.#leftMs(); leftMs > 0; leftMs = this.#leftMs()) await this.#deadline.sleep(leftMs)
  }

  /**
   * @param what was asked, for the sentence
   * @param retryAfter as the header has it
   * @param tries how many answers of 429 there were before
   * @throws {CannotJudge} if the run would be held back for too long
   */
  async wait(what: string, retryAfter: string | null, tries: number): Promise<void> {
    const waitMs = Math.max(LEAST_MS, askedMs(retryAfter) ?? GROWING_MS[Math.min(tries, GROWING_MS.length - 1)] ?? 0)
    // What the run waits anyway is not counted again.
    const moreMs = Math.max(0, waitMs - Math.max(0, this.#leftMs()))
    if (this.#usedMs + moreMs > MOST_MS || waitMs > this.#deadline.leftMs) {
      throw new CannotJudge(
        `${what} was answered 429 with ` +
          `${retryAfter === null ? 'no Retry-After' : `Retry-After: ${retryAfter.slice(0, 60)}`}; the run waits ` +
          `${inWords(MOST_MS)} in all for such answers, and has waited ${inWords(Math.round(this.#usedMs))}. ` +
          'Try --rps 1 or --concurrency 1.',
      )
    }
    this.#usedMs += moreMs
    this.#heldUntilMs += moreMs + Math.max(0, performance.now() - this.#heldUntilMs)
    await this.turn()
  }

  #leftMs(): number {
    return this.#heldUntilMs - performance.now()
  }
}

/** Seconds or a date, as HTTP has it; `null` for anything else. */
function askedMs(value: string | null): number | null {
  if (value === null || value.trim() === '') return null
  const text = value.trim()
  if (/^\d+(\.\d+)?$/.test(text)) return Number(text) * 1000
  // Date.parse takes nearly anything for a year.
  const ms = /^[A-Z][a-z]{2,8},? /.test(text) ? Date.parse(text) - Date.now() : Number.NaN
  return Number.isNaN(ms) ? null : Math.max(0, ms)
}
