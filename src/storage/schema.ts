import type { Database } from './sqlite.ts'

/** By which a file tells whose it is: `PhMk`. */
export const APPLICATION = 0x50_68_4d_6b

/** Makes a file of one version into one of the next, inside a transaction. */
export type Migration = (database: Database) => void

/** The first makes version 1 of nothing; each further one a version more. They stay as they are once released. */
export const MIGRATIONS: readonly Migration[] = [
  (database) => {
    database.exec(`
      CREATE TABLE facts (name TEXT PRIMARY KEY, value INTEGER NOT NULL) STRICT, WITHOUT ROWID;
      CREATE TABLE worlds (
        n INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, api TEXT NOT NULL, options TEXT NOT NULL, beginning TEXT
      ) STRICT;
      CREATE TABLE states (n INTEGER PRIMARY KEY, data TEXT NOT NULL) STRICT;
      CREATE TABLE leaving (n INTEGER PRIMARY KEY) STRICT;
      CREATE TABLE probes (n INTEGER PRIMARY KEY, data BLOB NOT NULL) STRICT;
    `)
    for (const name of ['accounts', 'entries', 'jobs', 'deliveries', 'scenarios', 'owned', 'expired'])
      database.exec(`CREATE TABLE ${name} (key INTEGER PRIMARY KEY, data TEXT NOT NULL) STRICT`)
  },
  // Jobs with the same detail share a row of it; those that were written before keep their own.
  (database) => database.exec('CREATE TABLE details (key INTEGER PRIMARY KEY, data TEXT NOT NULL) STRICT'),
]
