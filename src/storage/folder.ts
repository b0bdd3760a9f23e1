import { mkdirSync, renameSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { fileProblem } from '../text/file-problem.ts'
import { APPLICATION, MIGRATIONS, type Migration } from './schema.ts'
import { type Database, openDatabase, rollBack, sqliteProblem } from './sqlite.ts'
import { StorageProblem } from './storage-problem.ts'

const FILE = 'phota-mock.db'
const LOCK = 'lock'

/** A folder of stored Worlds that nobody else writes in. */
export interface OpenFolder {
  readonly database: Database
  /** Whether the files are still where they were when it was first asked, once something was written. */
  isThere(): boolean
  close(): void
}

/**
 * Opens a folder for writing; it is made if it is not there, and brought to the present version, with a copy kept.
 *
 * @throws {StorageProblem} for a folder that another server uses, or a file of a newer version or of something else
 * @throws {Error} of SQLite or the file system
 */
export function openFolder(folder: string, migrations: readonly Migration[] = MIGRATIONS): OpenFolder {
  makeFolder(folder)
  const lock = lockFolder(folder)
  try {
    const path = join(folder, FILE)
    const database = openDatabase(path)
    try {
      migrate(database, folder, migrations)
      database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL')
      let inodes: string | null = null
      return {
        database,
        isThere: () => {
          const found = inodesOf(path)
          inodes ??= found
          return found !== null && found === inodes
        },
        close: () => {
          database.close()
          lock.close()
        },
      }
    } catch (error) {
      database.close()
      throw error
    }
  } catch (error) {
    lock.close()
    throw error
  }
}

/** Opens a folder for reading alone, whether a server uses it or not. @throws as `openFolder` */
export function openToRead(folder: string): Database {
  const path = join(folder, FILE)
  if (statSync(folder, { throwIfNoEntry: false })?.isDirectory() !== true)
    throw new StorageProblem(`the data folder ${folder}: there is no such folder`)
  if (!statSync(path, { throwIfNoEntry: false }))
    throw new StorageProblem(`the data folder ${folder}: there is no ${FILE} in it; serve --data ${folder} makes one`)
  // Not opened as read-only: SQLite would leave files beside it, of this user, that the server may not write.
  const database = openDatabase(path)
  try {
    database.exec('PRAGMA query_only = ON')
    const version = versionOf(database, folder, MIGRATIONS.length)
    if (version === MIGRATIONS.length) return database
    throw new StorageProblem(
      `the data folder ${folder}: it is of an older version, ${version}, and this phota-mock has ` +
        `${MIGRATIONS.length}; serve --data ${folder} brings it there`,
    )
  } catch (error) {
    database.close()
    throw error
  }
}

/** @throws {StorageProblem} */
function makeFolder(folder: string): void {
  try {
    // Keys and secrets stand in it.
    mkdirSync(folder, { recursive: true, mode: 0o700 })
  } catch (cause) {
    throw new StorageProblem(`the data folder ${folder} could not be made: ${fileProblem(cause)}`, { cause })
  }
}

/** Holds a lock that the system takes back when the process ends, however it does. */
function lockFolder(folder: string): Database {
  const lock = openDatabase(join(folder, LOCK))
  try {
    lock.exec('BEGIN EXCLUSIVE')
    return lock
  } catch (error) {
    lock.close()
    if (sqliteProblem(error) !== 'busy') throw error
    throw new StorageProblem(
      `the data folder ${folder} is in use by another phota-mock, and one server may write in it; ` +
        'stop the other, or choose another folder',
      { cause: error },
    )
  }
}

/** @throws {StorageProblem} for a file of a newer version, or of something else; 0 for an empty one */
function versionOf(database: Database, folder: string, newest: number): number {
  const { application_id } = database.prepare('PRAGMA application_id').get() as { application_id: number }
  const { user_version } = database.prepare('PRAGMA user_version').get() as { user_version: number }
  const { tables } = database.prepare('SELECT count(*) AS tables FROM sqlite_master').get() as { tables: number }
  if (tables === 0) return 0
  if (application_id !== APPLICATION)
    throw new StorageProblem(`the data folder ${folder}: its ${FILE} is a database of another program; choose another`)
  if (user_version <= newest) return user_version
  throw new StorageProblem(
    `the data folder ${folder}: it was written by a newer phota-mock, in version ${user_version}, and this one knows ` +
      `none above ${newest}; update phota-mock, or choose another folder`,
  )
}

/** All or nothing: what is killed on the way begins again. */
function migrate(database: Database, folder: string, migrations: readonly Migration[]): void {
  const version = versionOf(database, folder, migrations.length)
  if (version === migrations.length) return
  if (version > 0) keepCopy(database, folder, version)
  database.exec('BEGIN IMMEDIATE')
  try {
    for (const migration of migrations.slice(version)) migration(database)
    database.exec(`PRAGMA application_id = ${APPLICATION}; PRAGMA user_version = ${migrations.length}; COMMIT`)
  } catch (error) {
    rollBack(database)
    throw error
  }
}

/** A copy that is there is whole. */
function keepCopy(database: Database, folder: string, version: number): void {
  const copy = join(folder, `phota-mock.version-${version}.db`)
  const partial = `${copy}.partial`
  rmSync(partial, { force: true })
  database.prepare('VACUUM INTO ?').run(partial)
  renameSync(partial, copy)
}

/** Of the file, and of the one beside it that holds what was written last; `null` if one is missing. */
function inodesOf(path: string): string | null {
  const inodes = [path, `${path}-wal`].map((each) => statSync(each, { throwIfNoEntry: false })?.ino)
  return inodes.includes(undefined) ? null : inodes.join(' ')
}
