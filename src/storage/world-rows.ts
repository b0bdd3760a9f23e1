import type { Dialect } from '../engine/dialect.ts'
import type { Plain } from '../engine/plain.ts'
import type { World } from '../engine/world.ts'
import type {
  PackedAccount,
  PackedDelivery,
  PackedOptions,
  PackedScenario,
  PackedWorld,
} from '../engine/world-snapshot.ts'
import { decodeEntry, decodeJob, type StoredEntry, type StoredJob } from './codec.ts'
import type { Keys, StoredState } from './stored.ts'
import type { Tables } from './tables.ts'

type Pair<Value> = { key: number; value: Value }

/** A World as its rows tell it. */
export interface WorldRows {
  /** Each list in it is read once, one after the other. */
  readonly parts: PackedWorld
  /** Which key each part of the World has that came of them. */
  keysOf(world: World): Keys
}

/** @throws {SyntaxError} for a row that is no JSON */
export function readRows(
  tables: Tables,
  n: number,
  options: PackedOptions,
  state: StoredState,
  joinOwn: Dialect['joinOwn'],
): WorldRows {
  const accounts = tables.accounts.pairs(n) as Pair<Omit<PackedAccount, 'entries'>>[]
  const deliveries = tables.deliveries.pairs(n) as Pair<PackedDelivery>[]
  const scenarios = tables.scenarios.pairs(n) as Pair<PackedScenario>[]
  const owned = tables.owned.pairs(n) as Pair<Plain & { id: string }>[]
  const details = tables.details.pairs(n) as Pair<Plain>[]
  const { clock: _, ...counters } = state
  return {
    parts: {
      options,
      ...counters,
      accounts: accounts.map(({ value }) => value),
      entries: entriesOf(tables, n),
      jobs: jobsOf(tables, n, new Map(details.map(({ key, value }) => [key, value]))),
      expired: expiredOf(tables, n),
      deliveries: [
        ...deliveries.filter(({ value }) => isOver(value)),
        ...deliveries.filter(({ value }) => !isOver(value)),
      ].map(({ value }) => value),
      // The one that was made last wins.
      scenarios: scenarios.map(({ value }) => value).reverse(),
      journal: [],
      own: joinOwn?.(owned.map(({ value }) => value)) ?? null,
    },
    keysOf: (world) => {
      const of = new Map<object, number>([
        ...keysById(accounts, world.accounts.values()),
        ...keysById(deliveries, world.outbox.all()),
        ...keysById(scenarios, world.scenarios.all()),
        ...keysById(owned, world.ownParts()),
      ])
      const last = Math.max(
        ...(['accounts', 'deliveries', 'scenarios', 'owned', 'expired'] as const).map((name) =>
          tables[name].lastKey(n),
        ),
      )
      return { of, next: last + 1, details: new Map(details.map(({ key, value }) => [JSON.stringify(value), key])) }
    },
  }
}

function isOver({ state }: PackedDelivery): boolean {
  return state !== 'waiting' && state !== 'in-flight'
}

function* entriesOf(tables: Tables, n: number): IterableIterator<StoredEntry> {
  for (const row of tables.entries.rows(n)) yield decodeEntry(row as unknown[])
}

function* jobsOf(tables: Tables, n: number, details: ReadonlyMap<number, Plain>): IterableIterator<StoredJob> {
  for (const row of tables.jobs.rows(n)) yield decodeJob(row as unknown[], details)
}

function* expiredOf(tables: Tables, n: number): IterableIterator<{ account: string; ids: string[] }> {
  for (const row of tables.expired.rows(n)) {
    const [account, ...ids] = row as [string, ...string[]]
    yield { account, ids }
  }
}

function* keysById(
  rows: readonly Pair<{ id: string }>[],
  parts: Iterable<{ readonly id: string }>,
): IterableIterator<[object, number]> {
  const keys = new Map(rows.map(({ key, value }) => [value.id, key]))
  for (const part of parts) {
    const key = keys.get(part.id)
    if (key !== undefined) yield [part, key]
  }
}
