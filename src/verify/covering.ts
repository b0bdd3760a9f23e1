/** Dimensions by name, each with its values. */
export type Dimensions = Readonly<Record<string, readonly string[]>>

/** One value for each dimension. */
export type Row<D extends Dimensions> = { readonly [Name in keyof D]: D[Name][number] }

/**
 * Rows in which every two values of two dimensions stand together at least once: far fewer than all combinations, and
 * what only goes wrong where two things meet is still met. Greedy and deterministic.
 */
export function pairwise<const D extends Dimensions>(dimensions: D): Row<D>[] {
  const names = Object.keys(dimensions)
  const open = new Set(names.flatMap((a, nth) => names.slice(nth + 1).flatMap((b) => pairsOf(dimensions, a, b))))
  const uses = new Map<string, number>()
  const rows: Row<D>[] = []
  for (let [next] = open; next !== undefined; [next] = open) {
    const row = new Map(next.split('&').map((part) => part.split('=') as [string, string]))
    for (const name of names.filter((each) => !row.has(each))) {
      const gain = (value: string): number =>
        [...row].filter(([other, chosen]) => open.has(pairOf(names, [name, value], [other, chosen]))).length
      const used = (value: string): number => uses.get(`${name}=${value}`) ?? 0
      const [best = ''] = (dimensions[name] ?? []).toSorted((a, b) => gain(b) - gain(a) || used(a) - used(b))
      row.set(name, best)
    }
    const chosen = [...row]
    for (const [name, value] of chosen) uses.set(`${name}=${value}`, (uses.get(`${name}=${value}`) ?? 0) + 1)
    for (const one of chosen) for (const other of chosen) open.delete(pairOf(names, one, other))
    rows.push(Object.fromEntries(names.map((name) => [name, row.get(name)])) as Row<D>)
  }
  return rows
}

/** As few rows as there are values in the longest dimension: each value stands in one of them. */
export function eachOnce<const D extends Dimensions>(dimensions: D): Row<D>[] {
  const length = Math.max(...Object.values(dimensions).map((values) => values.length))
  return Array.from(
    { length },
    (_, nth) =>
      Object.fromEntries(
        Object.entries(dimensions).map(([name, values]) => [name, values[nth % values.length]]),
      ) as Row<D>,
  )
}

function pairsOf(dimensions: Dimensions, a: string, b: string): string[] {
  return (dimensions[a] ?? []).flatMap((one) => (dimensions[b] ?? []).map((other) => `${a}=${one}&${b}=${other}`))
}

/** The dimension that stands first comes first. */
function pairOf(names: readonly string[], one: readonly [string, string], other: readonly [string, string]): string {
  const [first, second] = names.indexOf(one[0]) < names.indexOf(other[0]) ? [one, other] : [other, one]
  return `${first[0]}=${first[1]}&${second[0]}=${second[1]}`
}
