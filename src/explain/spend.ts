import { dollars } from '../text/dollars.ts'
import { highestPrice, type MicroUsd, trainingPrice } from '../verify/prices.ts'
import { apiCallOf, isImageOperation } from './api-call.ts'

/** Refusals that the API documents as free of charge. */
const FREE_OF_CHARGE = [400, 401, 402, 403, 404, 422]

/** Holds what is passed on against a limit, by the price list that `verify` knows. */
export class Spend {
  readonly #limit: MicroUsd
  readonly #base: string | undefined
  readonly #prices = new Map<string, MicroUsd[]>()
  #spent: MicroUsd = 0

  constructor(limit: MicroUsd, base?: string) {
    this.#limit = limit
    this.#base = base
  }

  get spent(): MicroUsd {
    return this.#spent
  }

  /** `null` for what costs nothing; else what reserves its price, and answers why it may not be sent. */
  guard(method: string, url: string): null | ((body: Uint8Array) => string | null) {
    const call = apiCallOf({ method, url }, this.#base)
    if (call === null) return null
    const { operation } = call
    const isImage = isImageOperation(operation)
    if (!isImage && operation !== 'addProfile') return null
    return (bytes) => {
      const body = objectOf(bytes)
      const price = isImage ? highestPrice(operation, body) : trainingPrice(body)
      if (this.#spent + price > this.#limit) {
        return (
          `it would cost up to ${dollars(price)}, with ${dollars(this.#spent)} of --spend-limit ` +
          `${dollars(this.#limit)} spent`
        )
      }
      this.#spent += price
      this.#prices.set(url, [...(this.#prices.get(url) ?? []), price])
      return null
    }
  }

  /** Of a request that the guard let pass. @param status `null` if no answer came: it may have been charged */
  settle(url: string, status: number | null): void {
    const price = this.#prices.get(url)?.shift() ?? 0
    if (status !== null && FREE_OF_CHARGE.includes(status)) this.#spent -= price
  }
}

function objectOf(bytes: Uint8Array): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(new TextDecoder().decode(bytes))
    return value !== null && typeof value === 'object' ? (value as Record<string, unknown>) : {}
  } catch {
    return {}
  }
}
