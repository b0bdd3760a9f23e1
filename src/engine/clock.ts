import { MisuseError } from './misuse-error.ts'
import { assertMoment, type Ms, toTimestamp } from './timestamp.ts'

/** The only time there is in a World. It stands until moved, and never goes back. What moves it is in `src/drive/`. */
export class Clock {
  #nowMs: Ms

  constructor(startMs: Ms) {
    this.#nowMs = assertMoment(startMs, 'startMs')
  }

  get nowMs(): Ms {
    return this.#nowMs
  }

  /** @throws {MisuseError} if `toMs` lies in the past */
  moveTo(toMs: Ms): void {
    if (toMs < this.#nowMs) {
      throw new MisuseError(
        `clock: time does not run backwards; now is ${toTimestamp(this.#nowMs)}, asked for ` +
          `${toTimestamp(toMs)}. For another start, make a new World.`,
      )
    }
    this.#nowMs = assertMoment(toMs, 'clock')
  }
}
