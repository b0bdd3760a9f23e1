import type { Exchange, Recording } from './exchange.ts'

/** Exchanges of one or more recordings, in the order in which they began. */
export interface History {
  readonly recordings: readonly Recording[]
  readonly exchanges: readonly Exchange[]
}

/**
 * One history out of recordings, e.g. one made at the client and one at its callback receiver. Exchanges without a time
 * stay behind the one that they follow in their recording.
 */
export function historyOf(recordings: readonly Recording[]): History {
  const exchanges = recordings.flatMap(({ exchanges }) => {
    let lastMs = Number.NEGATIVE_INFINITY
    return exchanges.map((exchange) => {
      lastMs = exchange.startMs ?? lastMs
      return { exchange, atMs: lastMs }
    })
  })
  // A stable sort: what began in the same millisecond stays in the recording's order.
  exchanges.sort((a, b) => (a.atMs === b.atMs ? 0 : a.atMs - b.atMs))
  return { recordings, exchanges: exchanges.map(({ exchange }, nth) => Object.assign(exchange, { id: nth + 1 })) }
}

/** HAR has whole milliseconds for the start. */
const ROUNDING_MS = 1
/** How far apart the clocks of two recorders on machines that keep time may be. */
const CLOCKS_MS = 2_000

/** Tells whether one exchange was certainly over before another one began. */
export class Order {
  readonly #recordings: readonly Recording[]

  constructor(recordings: readonly Recording[]) {
    this.#recordings = recordings
  }

  isBefore(a: Exchange, b: Exchange): boolean {
    if (a === b) return false
    if (a.recording === b.recording && this.isOfServer(a)) return a.id < b.id
    if (a.endMs === null || b.startMs === null) return false
    return a.endMs + (a.recording === b.recording ? ROUNDING_MS : CLOCKS_MS) <= b.startMs
  }

  /** Its times are those of the server's own clock. */
  isOfServer({ recording }: Exchange): boolean {
    return this.#recordings[recording]?.isOfServer === true
  }

  /** In the order in which answers came, so that whatever was before an exchange is seen before it. */
  byEnd(exchanges: readonly Exchange[]): Exchange[] {
    const of = (one: Exchange): number =>
      (this.isOfServer(one) ? one.startMs : (one.endMs ?? one.startMs)) ?? Number.NaN
    return [...exchanges].sort((a, b) => {
      const difference = of(a) - of(b)
      return Number.isNaN(difference) || difference === 0 ? a.id - b.id : difference
    })
  }
}
