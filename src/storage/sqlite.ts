import type { DatabaseSync, SQLInputValue, StatementSync } from 'node:sqlite'

export type Database = DatabaseSync
export type Statement = StatementSync

/** What SQLite says is wrong; the numbers are its own. */
const CODES = { busy: 5, readonly: 8, io: 10, corrupt: 11, full: 13, cannotOpen: 14, notDatabase: 26 } as const

export type SqliteProblem = keyof typeof CODES

/** What kind of problem of SQLite an error is; `null` if it is none of these. */
export function sqliteProblem(error: unknown): SqliteProblem | null {
  const { code, errcode } = error as { code?: string; errcode?: number }
  if (code !== 'ERR_SQLITE_ERROR' || errcode === undefined) return null
  // The bits above say more of the same.
  const primary = errcode & 0xff
  return (Object.keys(CODES) as SqliteProblem[]).find((name) => CODES[name] === primary) ?? null
}

let sqlite: typeof import('node:sqlite') | undefined

/** Opens a database file, which is made if there is none. @throws {Error} of SQLite */
export function openDatabase(path: string): Database {
  sqlite ??= quietly(() => process.getBuiltinModule('node:sqlite'))
  return new sqlite.DatabaseSync(path)
}

/** Asks a statement for all its rows, each the list of its columns. */
export type Lists = (...parameters: readonly SQLInputValue[]) => unknown[][]

/** Lists of columns come sooner than objects of them, where Node can make them: from 22.16 on. */
export function listsOf(statement: Statement): Lists {
  if (statement.setReturnArrays === undefined) return (...parameters) => statement.all(...parameters).map(Object.values)
  statement.setReturnArrays(true)
  return (...parameters) => statement.all(...parameters) as unknown as unknown[][]
}

/** Ends a transaction without its changes. */
export function rollBack(database: Database): void {
  try {
    database.exec('ROLLBACK')
  } catch {
    // SQLite rolls back by itself after some errors, and then there is nothing to roll back.
  }
}

/** Node warns that its SQLite is experimental, once, when it is loaded. Nobody who runs a server can act on that. */
function quietly<Loaded>(load: () => Loaded): Loaded {
  const { emitWarning } = process
  process.emitWarning = (warning: string | Error, ...rest: unknown[]): void => {
    if (!String(warning).includes('SQLite')) Reflect.apply(emitWarning, process, [warning, ...rest])
  }
  try {
    return load()
  } finally {
    process.emitWarning = emitWarning
  }
}
