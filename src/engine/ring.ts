/** How much of a history is kept; the oldest go first. */
export interface KeepLimits {
  entries: number
  bytes: number
}

/** The newest entries of a history, bounded by count and by bytes. */
export class Ring<Entry> {
  #entries: Entry[] = []
  #head = 0
  #bytes = 0
  readonly #limits: KeepLimits
  readonly #sizeOf: (entry: Entry) => number

  constructor(limits: KeepLimits, sizeOf: (entry: Entry) => number) {
    this.#limits = limits
    this.#sizeOf = sizeOf
  }

  get size(): number {
    return this.#entries.length - this.#head
  }

  push(entry: Entry): void {
    this.#entries.push(entry)
    this.#bytes += this.#sizeOf(entry)
    while (this.size > 1 && (this.size > this.#limits.entries || this.#bytes > this.#limits.bytes)) {
      this.#bytes -= this.#sizeOf(this.#entries[this.#head] as Entry)
      this.#entries[this.#head++] = undefined as never
    }
    // Compacting only when half is dead keeps `push` O(1) on average.
    if (this.#head > 1024 && this.#head * 2 > this.#entries.length) {
      this.#entries = this.#entries.slice(this.#head)
      this.#head = 0
    }
  }

  /** Oldest first. */
  *[Symbol.iterator](): IterableIterator<Entry> {
    for (let i = this.#head; i < this.#entries.length; i++) yield this.#entries[i] as Entry
  }
}
