import type { Exchange } from './exchange.ts'

/** Which operations were answered how, and how often: a line for each door, kind and operation. */
export function coverage(exchanges: readonly Exchange[]): string {
  const rows = Map.groupBy(exchanges, ({ door, kind, what }) => `${door} ${kind} ${what}`)
  return [...rows]
    .map(([name, list]) => {
      const statuses = Map.groupBy(list, ({ status, lost }) => lost ?? String(status ?? '-'))
      const counts = [...statuses].sort().map(([status, { length }]) => `${status} × ${length}`)
      return `${name}: ${counts.join(', ')}`
    })
    .sort()
    .join('\n')
}
