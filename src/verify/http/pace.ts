import type { Deadline } from '../deadline.ts'

/** Limits requests to a number a second, evenly spread. */
export class Pace {
  readonly #gapMs: number
  readonly #deadline: Deadline
  #next = 0

  /** @param perSecond no limit if left out */
  constructor(deadline: Deadline, perSecond?: number) {
    this.#deadline = deadline
    this.#gapMs = perSecond === undefined ? 0 : 1000 / perSecond
  }

  async turn(): Promise<void> {
    if (this.#gapMs === 0) return
    const now = performance.now()
    const at = Math.max(now, this.#next)
    this.#next = at + this.#gapMs
    if (at > now) await this.#deadline.sleep(at - now)
  }
}
