import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { fileURLToPath } from 'node:url'
import type { Scene } from './load.ts'

const SCRIPT = fileURLToPath(new URL('migrate.ts', import.meta.url))
const FILE = 'phota-mock.db'
const LONGEST_MS = 60

interface Version {
  version: number
  /** What is wrong with the file. */
  problem: string
  rows: string
}

/**
 * Kills a migration to a later version at a random moment, lets another one end, and goes back to the copy that is
 * kept. No server uses the folder.
 */
export async function killMigration({ random, broke }: Scene, folder: string): Promise<void> {
  const file = join(folder, FILE)
  const before = read(file)
  const copy = join(folder, `phota-mock.version-${before.version}.db`)
  const isWhole = (path: string, versions: readonly number[], when: string): void => {
    const found = read(path)
    if (!versions.includes(found.version) || found.problem !== 'ok' || found.rows !== before.rows)
      broke(`a migration that is killed leaves half a file`, `${when}: ${path}: ${JSON.stringify([before, found])}`)
  }
  await migrate(folder, random() * LONGEST_MS)
  isWhole(file, [before.version, before.version + 1], 'after the kill')
  if (existsSync(copy)) isWhole(copy, [before.version], 'after the kill, the copy')
  await migrate(folder, null)
  isWhole(file, [before.version + 1], 'after the next')
  if (!existsSync(copy)) {
    broke('a migration keeps no copy', copy)
    return
  }
  isWhole(copy, [before.version], 'after the next, the copy')
  for (const suffix of ['', '-wal', '-shm']) rmSync(file + suffix, { force: true })
  renameSync(copy, file)
}

async function migrate(folder: string, killAfterMs: number | null): Promise<void> {
  const child = spawn(process.execPath, [SCRIPT, folder], { stdio: ['ignore', 'pipe', 'ignore'] })
  const ended = once(child, 'close')
  await Promise.race([once(child.stdout, 'data'), ended])
  if (killAfterMs !== null) {
    await new Promise((resolve) => setTimeout(resolve, killAfterMs))
    child.kill('SIGKILL')
  }
  await ended
}

function read(path: string): Version {
  const database = new DatabaseSync(path)
  try {
    const { user_version } = database.prepare('PRAGMA user_version').get() as { user_version: number }
    const { integrity_check } = database.prepare('PRAGMA integrity_check').get() as { integrity_check: string }
    const tables = database.prepare("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name").all()
    const counts = (tables as { name: string }[]).map(({ name }) => {
      const { rows } = database.prepare(`SELECT count(*) AS rows FROM ${name}`).get() as { rows: number }
      return `${name} ${rows}`
    })
    return { version: user_version, problem: integrity_check, rows: counts.join() }
  } finally {
    database.close()
  }
}
