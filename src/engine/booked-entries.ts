import type { LedgerEntry } from './ledger-entries.ts'

/** Ledger entries of a World that is rebuilt, by their seqs: there may be millions, too many for a quick Map. */
export class BookedEntries {
  readonly #entries: LedgerEntry[] = []
  #isSorted = true

  add(entry: LedgerEntry): void {
    const last = this.#entries.at(-1)
    if (last !== undefined && last.seq > entry.seq) this.#isSorted = false
    this.#entries.push(entry)
  }

  get(seq: number): LedgerEntry | undefined {
    const entries = this.#entries
    if (!this.#isSorted) {
      entries.sort((a, b) => a.seq - b.seq)
      this.#isSorted = true
    }
    // Unless some were folded away, they are numbered without a gap.
    const near = entries[seq - (entries[0]?.seq ?? 0)]
    if (near?.seq === seq) return near
    let [low, high] = [0, entries.length]
    while (low < high) {
      const middle = (low + high) >>> 1
      if ((entries[middle] as LedgerEntry).seq < seq) low = middle + 1
      else high = middle
    }
    const found = entries[low]
    return found?.seq === seq ? found : undefined
  }
}
