import { setTimeout as sleep } from 'node:timers/promises'

/** Lets through so many requests a second, evenly. */
export class Pace {
  readonly #gapMs: number
  #next = 0

  /** @param perSecond no limit if left out */
  constructor(perSecond?: number) {
    this.#gapMs = perSecond === undefined ? 0 : 1000 / perSecond
  }

  async turn(): Promise<void> {
    if (this.#gapMs === 0) return
    const now = performance.now()
    const at = Math.max(now, this.#next)
    this.#next = at + this.#gapMs
    if (at > now) await sleep(at - now)
  }

  /** Nothing more until then. */
  holdBack(ms: number): void {
    this.#next = Math.max(this.#next, performance.now() + ms)
  }
}
