import type { Exchange } from './exchange.ts'
import { MOST_KEPT_BYTES, sizeInWords } from './limits.ts'

/** What one more exchange takes, besides what was sent and received: its headers as objects, its place in reports. */
const OVERHEAD_BYTES = 6 * 1024

/** What the exchanges that a run keeps may take in all, so that no target can fill our memory. */
export class Memory {
  #left = MOST_KEPT_BYTES

  /** @returns false if there is no room for it */
  keep(exchange: Pick<Exchange, 'bytes' | 'headers' | 'url' | 'requestBody'>): boolean {
    let size = OVERHEAD_BYTES + exchange.bytes.length + exchange.url.length + (exchange.requestBody?.length ?? 0)
    for (const [name, value] of exchange.headers) size += name.length + value.length
    if (size > this.#left) return false
    this.#left -= size
    return true
  }
}

export const FULL: string = `cannot be kept: the answers of the run exceed ${sizeInWords(MOST_KEPT_BYTES)}`
