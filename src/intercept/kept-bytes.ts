/** The beginning of a body, and how long all of it is. */
export interface KeptBytes {
  readonly bytes: number
  readonly kept: Buffer
}

/** Whole, for every body of the API but pictures in base64. */
const MOST_KEPT_BYTES = 256 * 1024

/** Collects a body as it goes by, up to a limit. */
export class ByteKeeper {
  readonly #chunks: Buffer[] = []
  #bytes = 0

  add(chunk: Buffer): void {
    const room = MOST_KEPT_BYTES - this.#bytes
    if (room > 0) this.#chunks.push(chunk.length > room ? chunk.subarray(0, room) : chunk)
    this.#bytes += chunk.length
  }

  get all(): KeptBytes {
    return { bytes: this.#bytes, kept: Buffer.concat(this.#chunks) }
  }
}
