import type { Ms } from './timestamp.ts'

/** Something that falls due. `seq` breaks ties: what was scheduled first happens first. */
export interface Due<Subject> {
  readonly atMs: Ms
  readonly seq: number
  readonly subject: Subject
}

/** A binary heap of what falls due next: O(log n) for each event, nothing scans. */
export class Schedule<Subject> {
  readonly #heap: Due<Subject>[] = []

  get size(): number {
    return this.#heap.length
  }

  get next(): Due<Subject> | undefined {
    return this.#heap[0]
  }

  add(atMs: Ms, seq: number, subject: Subject): void {
    const heap = this.#heap
    const due = { atMs, seq, subject }
    let i = heap.length
    while (i > 0) {
      const parent = (i - 1) >> 1
      const above = heap[parent] as Due<Subject>
      if (!before(due, above)) break
      heap[i] = above
      i = parent
    }
    heap[i] = due
  }

  /** In no order. */
  [Symbol.iterator](): IterableIterator<Due<Subject>> {
    return this.#heap.values()
  }

  take(): Due<Subject> | undefined {
    const heap = this.#heap
    const first = heap[0]
    const last = heap.pop()
    if (first === undefined || last === undefined || first === last) return first
    let i = 0
    for (;;) {
      let child = 2 * i + 1
      if (child >= heap.length) break
      if (child + 1 < heap.length && before(heap[child + 1] as Due<Subject>, heap[child] as Due<Subject>)) child++
      const below = heap[child] as Due<Subject>
      if (!before(below, last)) break
      heap[i] = below
      i = child
    }
    heap[i] = last
    return first
  }
}

function before(a: Due<unknown>, b: Due<unknown>): boolean {
  return a.atMs < b.atMs || (a.atMs === b.atMs && a.seq < b.seq)
}
