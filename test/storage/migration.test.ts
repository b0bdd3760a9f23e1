import { existsSync, readdirSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { expect, test } from 'vitest'
import { World } from '../../src/phota/world.ts'
import { openFolder } from '../../src/storage/folder.ts'
import { MIGRATIONS, type Migration } from '../../src/storage/schema.ts'
import { imageRequest } from '../properties/support.ts'
import { emptyFolder, Kept, stateOf } from './keeping.ts'

const NEXT: Migration = (database) => {
  database.exec("ALTER TABLE facts ADD COLUMN note TEXT NOT NULL DEFAULT 'migrated'")
}

/** A folder of the present version with one fact in it, that no server uses. */
function present(): string {
  const folder = emptyFolder()
  const { database, close } = openFolder(folder)
  database.exec("INSERT INTO facts (name, value) VALUES ('worldsMade', 7)")
  close()
  return folder
}

function read(folder: string, file: string): { version: unknown; facts: unknown[] } {
  const database = new DatabaseSync(join(folder, file), { readOnly: true })
  try {
    const { user_version: version } = database.prepare('PRAGMA user_version').get() as { user_version: number }
    const facts = database.prepare('SELECT * FROM facts').all()
    return { version, facts: facts.map((fact) => ({ ...fact })) }
  } finally {
    database.close()
  }
}

const OLD = { version: MIGRATIONS.length, facts: [{ name: 'worldsMade', value: 7 }] }
const NEW = { version: MIGRATIONS.length + 1, facts: [{ name: 'worldsMade', value: 7, note: 'migrated' }] }
const COPY = `phota-mock.version-${MIGRATIONS.length}.db`

test('a folder of an older version is migrated, with a copy kept', () => {
  const folder = present()
  // Of a start that was killed while it copied.
  writeFileSync(join(folder, `${COPY}.partial`), 'half')
  openFolder(folder, [...MIGRATIONS, NEXT]).close()
  expect(read(folder, 'phota-mock.db')).toEqual(NEW)
  expect(read(folder, COPY)).toEqual(OLD)
  expect(readdirSync(folder).filter((name) => name.endsWith('.partial'))).toEqual([])
  // From then on it is of the new version, for an old server too.
  expect(() => openFolder(folder)).toThrow(`it was written by a newer phota-mock, in version ${NEW.version}`)
})

test('a migration that fails changes nothing, and the folder is free again', () => {
  const folder = present()
  const half: Migration = (database) => {
    NEXT(database)
    throw new Error('halfway')
  }
  expect(() => openFolder(folder, [...MIGRATIONS, half])).toThrow('halfway')
  expect(read(folder, 'phota-mock.db')).toEqual(OLD)
  openFolder(folder, [...MIGRATIONS, NEXT]).close()
  expect(read(folder, 'phota-mock.db')).toEqual(NEW)
})

test('a folder that is made is its user’s alone', () => {
  const folder = join(emptyFolder(), 'a', 'b')
  openFolder(folder).close()
  expect(statSync(folder).mode & 0o777).toBe(0o700)
})

test('a folder of the present version is opened without a copy', () => {
  const folder = present()
  openFolder(folder).close()
  expect(existsSync(join(folder, COPY))).toBe(false)
})

test('a World of version 1 goes on in the present one', async () => {
  const world = new World()
  const alice = world.createAccount({ id: 'alice', keys: ['k-alice'], depositMicroUsd: 1_000_000 })
  const kept = Kept.begin(emptyFolder(), world)
  for (const outputs of [1, 2, 1]) world.submit(alice, imageRequest({ outputs }), 'async')
  const before = stateOf(world)
  await kept.restart('ends', (folder) => {
    const database = new DatabaseSync(join(folder, 'phota-mock.db'))
    // Then, each job had its detail in its own row.
    database.exec(`
      UPDATE jobs SET data = json_set(data, '$[8]', json((SELECT d.data FROM details d
        WHERE d.key = jobs.key / 8589934592 * 8589934592 + (jobs.data ->> 8))));
      DROP TABLE details;
      PRAGMA user_version = 1;
    `)
    database.close()
  })
  expect(stateOf(kept.world)).toEqual(before)
  expect(new Set(Array.from(kept.world.jobs.live(), ({ work }) => work.detail['outputs']))).toEqual(new Set([1, 2]))
  kept.close()
})
