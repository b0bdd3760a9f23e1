import { dollars } from '../text/dollars.ts'
import type { MicroUsd } from './prices.ts'
import { NotTried } from './verdict.ts'

/**
 * What the run may spend, and has spent by the price list.
 *
 * Every request is reserved before it is sent. It counts as spent unless its answer is a refusal that the API documents
 * as free of charge: a target that lies about a 429, a 500 or a replay cannot make the run spend more than its limit.
 */
export class Budget {
  readonly #limit: MicroUsd | null
  #reserved: MicroUsd = 0
  #spent: MicroUsd = 0
  #released: MicroUsd = 0

  /** @param limit in micro-dollars; `null` for none */
  constructor(limit: MicroUsd | null) {
    this.#limit = limit
  }

  /** At most, by the price list; what is under way counts. */
  get spent(): MicroUsd {
    return this.#spent + this.#reserved
  }

  /** Was reserved for requests that were then refused. */
  get released(): MicroUsd {
    return this.#released
  }

  /**
   * Before anything that costs is sent, each time that it is sent.
   *
   * @param isReal it is the user's money, not that of an account which the control API made
   * @throws {NotTried} if it would pass the limit
   */
  reserve(amount: MicroUsd, isReal: boolean): void {
    if (isReal && amount > 0 && this.#limit !== null && this.spent + amount > this.#limit) {
      throw new NotTried(
        this.#limit === 0
          ? `it costs up to ${dollars(amount)}, and nothing may be spent on this host without --max-spend`
          : `it would cost up to ${dollars(amount)} more, and pass --max-spend ${dollars(this.#limit)}`,
      )
    }
    this.#reserved += amount
  }

  /** @param status of the answer; 0 if none came */
  settle(amount: MicroUsd, status: number): void {
    this.#reserved -= amount
    if (FREE_OF_CHARGE.includes(status)) this.#released += amount
    else this.#spent += amount
  }
}

const FREE_OF_CHARGE = [400, 401, 402, 403, 404, 422]
