/** How much of a history is kept; the oldest go first. */
export interface KeepLimits {
  entries: number
  bytes: number
}

/** The newest entries of a history, bounded by count and by bytes. */
export class Ring<Entry> {
  #entries: Entry[] = []
  // As counted, which may be less than what it has become.
  #sizes: number[] = []
  #head = 0
  #bytes = 0
  readonly #limits: KeepLimits
  readonly #sizeOf: (entry: Entry) => number
  readonly #dropped: ((entry: Entry) => void) | null

  /** @param dropped told of each that is no longer kept */
  constructor(limits: KeepLimits, sizeOf: (entry: Entry) => number, dropped: ((entry: Entry) => void) | null = null) {
    this.#limits = limits
    this.#sizeOf = sizeOf
    this.#dropped = dropped
  }

  get size(): number {
    return this.#entries.length - this.#head
  }

  push(entry: Entry): void {
    const size = this.#sizeOf(entry)
    this.#entries.push(entry)
    this.#sizes.push(size)
    this.#bytes += size
    this.#dropOldest()
  }

  /** Counts an entry anew that has grown since; one that is gone already stays so. */
  recount(entry: Entry): void {
    const at = this.#entries.lastIndexOf(entry)
    if (at < this.#head) return
    const size = this.#sizeOf(entry)
    this.#bytes += size - (this.#sizes[at] as number)
    this.#sizes[at] = size
    this.#dropOldest()
  }

  /** Oldest first. */
  *[Symbol.iterator](): IterableIterator<Entry> {
    for (let i = this.#head; i < this.#entries.length; i++) yield this.#entries[i] as Entry
  }

  #dropOldest(): void {
    while (this.size > 1 && (this.size > this.#limits.entries || this.#bytes > this.#limits.bytes)) {
      this.#bytes -= this.#sizes[this.#head] as number
      const oldest = this.#entries[this.#head] as Entry
      this.#entries[this.#head++] = undefined as never
      this.#dropped?.(oldest)
    }
    // Compacting only when half is dead keeps `push` O(1) on average.
    if (this.#head > 1024 && this.#head * 2 > this.#entries.length) {
      this.#entries = this.#entries.slice(this.#head)
      this.#sizes = this.#sizes.slice(this.#head)
      this.#head = 0
    }
  }
}
