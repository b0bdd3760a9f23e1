/** The value in the middle; of an even number, the mean of the two. */
export function median(values: readonly number[]): number {
  if (values.length === 0) throw new Error('median: expects at least one value')
  const sorted = values.toSorted((a, b) => a - b)
  const middle = sorted.length >> 1
  const upper = sorted[middle] as number
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] as number) + upper) / 2
}

/**
 * The median of the ratio of each round: both of a round met the same noise, so it is told before the median is taken.
 */
export function medianRatio(ours: readonly number[], peers: readonly number[]): number {
  if (ours.length !== peers.length) throw new Error(`medianRatio: ${ours.length} rounds against ${peers.length}`)
  return median(ours.map((value, round) => value / (peers[round] as number)))
}

/** `[…items]` in one order in even rounds, and backwards in odd ones, so that none always comes first. */
export function alternating<Item>(items: readonly Item[], round: number): Item[] {
  return round % 2 === 0 ? [...items] : items.toReversed()
}

/** Three significant digits, without an exponent. */
export function digits(value: number): string {
  if (!Number.isFinite(value)) return String(value)
  if (Math.abs(value) >= 1000) return String(Math.round(value))
  return String(Number(value.toPrecision(3)))
}
