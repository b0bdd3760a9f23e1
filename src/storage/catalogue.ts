import type { PackedOptions } from '../engine/world-snapshot.ts'
import type { Database, Statement } from './sqlite.ts'
import type { StoredState } from './stored.ts'

/** A World of a folder, without its rows. */
export interface CataloguedWorld {
  readonly n: number
  readonly id: string
  /** Whose it is: the dialect's name. */
  readonly api: string
  readonly options: PackedOptions
  /** What a reset leads back to, as JSON; `null` if nobody knows. */
  readonly beginning: string | null
  readonly state: StoredState
}

/** Numbers that a folder keeps besides its Worlds. */
export type Fact =
  /** 1 while a server uses it, and after a crash. */
  | 'running'
  /** How many ids of Worlds were made up. */
  | 'worldsMade'

/** Which Worlds a folder has. */
export class Catalogue {
  readonly #worlds: Statement
  readonly #add: Statement
  readonly #remove: Statement[]
  readonly #putState: Statement
  readonly #leaving: Statement
  readonly #left: Statement
  readonly #fact: Statement
  readonly #putFact: Statement

  constructor(database: Database) {
    this.#worlds = database.prepare(
      'SELECT n, id, api, options, beginning, data FROM worlds JOIN states USING (n) ORDER BY n',
    )
    this.#add = database.prepare('INSERT INTO worlds (n, id, api, options, beginning) VALUES (?, ?, ?, ?, ?)')
    this.#remove = [
      database.prepare('DELETE FROM worlds WHERE n = ?'),
      database.prepare('DELETE FROM states WHERE n = ?'),
      // Its rows may be many, and go later.
      database.prepare('INSERT INTO leaving (n) VALUES (?)'),
    ]
    this.#putState = database.prepare(
      'INSERT INTO states (n, data) VALUES (?, ?) ON CONFLICT (n) DO UPDATE SET data = excluded.data',
    )
    this.#leaving = database.prepare('SELECT n FROM leaving')
    this.#left = database.prepare('DELETE FROM leaving WHERE n = ?')
    this.#fact = database.prepare('SELECT value FROM facts WHERE name = ?')
    this.#putFact = database.prepare(
      'INSERT INTO facts (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value',
    )
  }

  /** @throws {SyntaxError} for a row that is no JSON */
  worlds(): CataloguedWorld[] {
    const rows = this.#worlds.all() as (Record<'id' | 'api' | 'options' | 'data', string> & {
      n: number
      beginning: string | null
    })[]
    return rows.map(({ n, id, api, options, beginning, data }) => ({
      n,
      id,
      api,
      options: JSON.parse(options) as PackedOptions,
      beginning,
      state: JSON.parse(data) as StoredState,
    }))
  }

  add({ n, id, api, options, beginning }: Omit<CataloguedWorld, 'state'>): void {
    this.#add.run(n, id, api, JSON.stringify(options), beginning)
  }

  /** A World is no more; what is left of it is `leaving`. */
  remove(n: number): void {
    for (const statement of this.#remove) statement.run(n)
  }

  putState(n: number, state: StoredState): void {
    this.#putState.run(n, JSON.stringify(state))
  }

  leaving(): number[] {
    return (this.#leaving.all() as { n: number }[]).map(({ n }) => n)
  }

  /** Nothing is left of it. */
  left(n: number): void {
    this.#left.run(n)
  }

  fact(name: Fact): number {
    return (this.#fact.get(name) as { value: number } | undefined)?.value ?? 0
  }

  putFact(name: Fact, value: number): void {
    this.#putFact.run(name, value)
  }
}
