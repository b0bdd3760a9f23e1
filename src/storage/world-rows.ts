import type { Dialect } from '../engine/dialect.ts'
import type { Booking } from '../engine/ledger-entries.ts'
import type { Plain } from '../engine/plain.ts'
import type { World } from '../engine/world.ts'
import type {
  PackedAccount,
  PackedDelivery,
  PackedOptions,
  PackedScenario,
  PackedWorld,
} from '../engine/world-snapshot.ts'
import { decodeEntry, decodeJob } from './codec.ts'
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
  const owned = tables.owned.pairs(n) as Pair<Plain>[]
  const entries = new Map<string, Booking[]>(accounts.map(({ value }) => [value.id, []]))
  const expiries: { seq: number; job: string }[] = []
  const { clock: _, ...counters } = state
  return {
    parts: {
      options,
      ...counters,
      accounts: withEntries(accounts, entries, tables, n),
      jobs: jobsOf(tables, n, expiries),
      expired: expiredOf(tables, n),
      expiries: soonestFirst(expiries),
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
      const ownedKeys = owned.map(({ key }) => key)
      const of = new Map<object, number>([
        ...keysById(accounts, world.accounts.values()),
        ...keysById(deliveries, world.outbox.all()),
        ...keysById(scenarios, world.scenarios.all()),
        ...Array.from(world.ownParts(), (part, i): [object, number] => [part, ownedKeys[i] as number]),
      ])
      const last = Math.max(
        ...(['accounts', 'deliveries', 'scenarios', 'owned', 'expired'] as const).map((name) =>
          tables[name].lastKey(n),
        ),
      )
      return { of, next: last + 1 }
    },
  }
}

function isOver({ state }: PackedDelivery): boolean {
  return state !== 'waiting' && state !== 'in-flight'
}

function* withEntries(
  accounts: readonly Pair<Omit<PackedAccount, 'entries'>>[],
  entries: Map<string, Booking[]>,
  tables: Tables,
  n: number,
): IterableIterator<Omit<PackedAccount, 'entries'> & { entries: Booking[] }> {
  for (const row of tables.entries.rows(n)) {
    const { account, ...booking } = decodeEntry(row as unknown[])
    entries.get(account)?.push(booking)
  }
  for (const { value } of accounts) {
    yield { ...value, entries: entries.get(value.id) ?? [] }
    entries.delete(value.id)
  }
}

function* jobsOf(tables: Tables, n: number, expiries: { seq: number; job: string }[]) {
  for (const row of tables.jobs.rows(n)) {
    const { expirySeq, ...job } = decodeJob(row as unknown[])
    if (expirySeq > 0) expiries.push({ seq: expirySeq, job: job.id })
    yield job
  }
}

function* expiredOf(tables: Tables, n: number): IterableIterator<{ account: string; ids: string[] }> {
  for (const row of tables.expired.rows(n)) {
    const [account, ...ids] = row as [string, ...string[]]
    yield { account, ids }
  }
}

/** Numbers on the schedule are given out in the order of the ends, so in that of the expiries too. */
function* soonestFirst(expiries: { seq: number; job: string }[]): IterableIterator<{ seq: number; job: string }> {
  yield* expiries.sort((a, b) => a.seq - b.seq)
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
