import type { Ms } from './timestamp.ts'

/** Something that falls due. `seq` breaks ties: what was scheduled first happens first. */
export interface Due<Subject> {
  readonly atMs: Ms
  readonly seq: number
  readonly subject: Subject
}

// Work of the ordinary length comes in order: one lane for the ends of waiting, one for the ends of running, one to
// spare.
const LANES = 3

/**
 * What falls due next. Nothing scans.
 *
 * What is added in the order in which it falls due stands in line, and costs the same however much there is; anything
 * else goes into a binary heap, O(log n) for each event.
 */
export class Schedule<Subject> {
  readonly #lanes: readonly Lane<Subject>[] = Array.from({ length: LANES }, () => new Lane<Subject>())
  readonly #heap = new Heap<Subject>()
  // The queue with the earliest; `null` where that must be found out.
  #first: Lane<Subject> | Heap<Subject> | null = null

  get next(): Due<Subject> | undefined {
    this.#first ??= this.#earliest()
    return this.#first.next
  }

  add(atMs: Ms, seq: number, subject: Subject): void {
    const due: Due<Subject> = { atMs, seq, subject }
    const queue = this.#lanes.find((lane) => lane.takes(due)) ?? this.#heap
    queue.add(due)
    this.#first = null
  }

  take(): Due<Subject> | undefined {
    this.#first ??= this.#earliest()
    const due = this.#first.take()
    this.#first = null
    return due
  }

  /** In no order. */
  *[Symbol.iterator](): IterableIterator<Due<Subject>> {
    for (const lane of this.#lanes) yield* lane
    yield* this.#heap
  }

  #earliest(): Lane<Subject> | Heap<Subject> {
    let first: Lane<Subject> | Heap<Subject> = this.#heap
    for (const lane of this.#lanes) {
      if (lane.next !== undefined && (first.next === undefined || before(lane.next, first.next))) first = lane
    }
    return first
  }
}

/** First come, first due. */
class Lane<Subject> {
  #queue: Due<Subject>[] = []
  #head = 0

  get next(): Due<Subject> | undefined {
    return this.#queue[this.#head]
  }

  takes(due: Due<Subject>): boolean {
    const last = this.#queue.at(-1)
    return last === undefined || before(last, due)
  }

  add(due: Due<Subject>): void {
    this.#queue.push(due)
  }

  take(): Due<Subject> | undefined {
    const due = this.#queue[this.#head]
    if (due === undefined) return undefined
    this.#queue[this.#head++] = undefined as never
    if (this.#head === this.#queue.length) this.#restart([])
    // Moving up only when half is gone keeps `take` O(1) on average.
    else if (this.#head > 1024 && this.#head * 2 > this.#queue.length) this.#restart(this.#queue.slice(this.#head))
    return due
  }

  *[Symbol.iterator](): IterableIterator<Due<Subject>> {
    for (let i = this.#head; i < this.#queue.length; i++) yield this.#queue[i] as Due<Subject>
  }

  #restart(queue: Due<Subject>[]): void {
    this.#queue = queue
    this.#head = 0
  }
}

class Heap<Subject> {
  readonly #heap: Due<Subject>[] = []

  get next(): Due<Subject> | undefined {
    return this.#heap[0]
  }

  add(due: Due<Subject>): void {
    const heap = this.#heap
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

  [Symbol.iterator](): IterableIterator<Due<Subject>> {
    return this.#heap.values()
  }
}

function before(a: Due<unknown>, b: Due<unknown>): boolean {
  return a.atMs < b.atMs || (a.atMs === b.atMs && a.seq < b.seq)
}
