import { dollars, type MicroUsd } from './prices.ts'
import { NotTried } from './verdict.ts'

/** What the run may spend, and has spent by its own estimate. */
export class Budget {
  readonly #limit: MicroUsd | null
  #spent: MicroUsd = 0

  /** @param limit in micro-dollars; `null` for none */
  constructor(limit: MicroUsd | null) {
    this.#limit = limit
  }

  /** By the price list, at most. */
  get spent(): MicroUsd {
    return this.#spent
  }

  /**
   * Before anything that costs is sent.
   *
   * @param isReal it is the user's money, not that of an account which the control API made
   * @throws {NotTried} if it would pass the limit
   */
  spend(amount: MicroUsd, isReal: boolean): void {
    if (isReal && amount > 0 && this.#limit !== null && this.#spent + amount > this.#limit) {
      throw new NotTried(
        this.#limit === 0
          ? `it costs up to ${dollars(amount)}, and nothing may be spent on this host without --max-spend`
          : `it would cost up to ${dollars(amount)} more, and pass --max-spend ${dollars(this.#limit)}`,
      )
    }
    this.#spent += amount
  }

  /** It was refused, so it cost nothing. */
  giveBack(amount: MicroUsd): void {
    this.#spent -= amount
  }
}
