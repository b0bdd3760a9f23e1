/** Of each body; JSON is seldom as long, and pictures need not be kept. */
export const MOST_KEPT_BYTES: number = 1024 * 1024

/** A body that passed by: its length, and its bytes if they are not too many. */
export class Kept {
  #chunks: Uint8Array[] | null = []
  bytes = 0

  add(chunk: Uint8Array): void {
    this.bytes += chunk.length
    if (this.bytes > MOST_KEPT_BYTES) this.#chunks = null
    else this.#chunks?.push(chunk)
  }

  /** `null` if it is longer than what is kept. */
  get whole(): Uint8Array | null {
    return this.#chunks === null ? null : Buffer.concat(this.#chunks)
  }
}
