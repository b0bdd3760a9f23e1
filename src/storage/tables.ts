import { type Database, type Lists, listsOf, type Statement } from './sqlite.ts'

/** What a World is made of, each with a table of its own whose rows have a key and a text. */
export const TABLES = ['accounts', 'entries', 'jobs', 'deliveries', 'scenarios', 'owned', 'expired', 'details'] as const

export type TableName = (typeof TABLES)[number]

/** Keys that one World may use; one World's rows stand together, in the order of their keys. */
const KEYS = 2 ** 33
/** More keys than can be told apart by a number of JavaScript there are not. */
export const MOST_WORLDS: number = 2 ** 53 / KEYS - 1
/** Rows that are read or removed at once. */
const ROWS = 1_000

/** The number of the World that a key is of. */
export function worldOfKey(key: number): number {
  return Math.floor(key / KEYS)
}

/** The rows of one kind. A World is known by its number. */
export class Table {
  readonly #put: Statement
  readonly #remove: Statement
  readonly #read: Lists
  readonly #removeSome: Statement
  readonly #lastKey: Statement
  readonly #readEach: Statement
  readonly #firstKey: Statement

  constructor(database: Database, name: TableName) {
    this.#put = database.prepare(
      `INSERT INTO ${name} (key, data) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET data = excluded.data`,
    )
    this.#remove = database.prepare(`DELETE FROM ${name} WHERE key = ?`)
    this.#read = listsOf(
      database.prepare(`SELECT key, data FROM ${name} WHERE key > ? AND key < ? ORDER BY key LIMIT ${ROWS}`),
    )
    this.#removeSome = database.prepare(
      `DELETE FROM ${name} WHERE key IN
       (SELECT key FROM ${name} WHERE key >= ? AND key < ? ORDER BY key LIMIT ${ROWS})`,
    )
    this.#readEach = database.prepare(`SELECT key, data FROM ${name} WHERE key >= ? AND key < ? ORDER BY key`)
    this.#firstKey = database.prepare(`SELECT min(key) AS key FROM ${name} WHERE key >= ?`)
    this.#lastKey = database.prepare(`SELECT max(key) AS last FROM ${name} WHERE key >= ? AND key < ?`)
  }

  put(world: number, key: number, data: string): void {
    this.#put.run(world * KEYS + key, data)
  }

  remove(world: number, key: number): void {
    this.#remove.run(world * KEYS + key)
  }

  /** What the texts of a World's rows say, in the order of their keys. @throws {SyntaxError} if one is no JSON */
  *rows(world: number): IterableIterator<unknown> {
    for (let last = world * KEYS - 1; ; ) {
      const some = this.#read(last, (world + 1) * KEYS) as [key: number, data: string][]
      if (some.length === 0) return
      // One text of many is parsed sooner than many texts.
      yield* JSON.parse(`[${some.map(([, data]) => data).join(',')}]`) as unknown[]
      last = some.at(-1)?.[0] as number
    }
  }

  /** The same with the keys, where there are few. */
  pairs(world: number): { key: number; value: unknown }[] {
    const rows = this.#readEach.all(world * KEYS, (world + 1) * KEYS) as { key: number; data: string }[]
    return rows.map(({ key, data }) => ({ key: key - world * KEYS, value: JSON.parse(data) as unknown }))
  }

  /** One key of each World that has rows, as they stand in the table. */
  *firstKeys(): IterableIterator<number> {
    for (let from = 0; ; ) {
      const { key } = this.#firstKey.get(from) as { key: number | null }
      if (key === null) return
      yield key
      from = (worldOfKey(key) + 1) * KEYS
    }
  }

  /** Removes some of a World's rows. @returns whether there may be more */
  removeSome(world: number): boolean {
    return this.#removeSome.run(world * KEYS, (world + 1) * KEYS).changes === ROWS
  }

  /** The last key of a World that is in use; -1 if none is. */
  lastKey(world: number): number {
    const { last } = this.#lastKey.get(world * KEYS, (world + 1) * KEYS) as { last: number | null }
    return last === null ? -1 : last - world * KEYS
  }
}

export type Tables = Readonly<Record<TableName, Table>>

export function openTables(database: Database): Tables {
  return Object.fromEntries(TABLES.map((name) => [name, new Table(database, name)])) as Tables
}
