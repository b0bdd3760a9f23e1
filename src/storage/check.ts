import type { Api } from '../api/api.ts'
import { sentences } from '../api/sentences.ts'
import { excerpt } from '../engine/excerpt.ts'
import { MisuseError } from '../engine/misuse-error.ts'
import { checkSnapshot } from '../engine/snapshot-check.ts'
import { toExactTimestamp } from '../engine/timestamp.ts'
import { SNAPSHOT_FORMAT, type WorldSnapshot } from '../engine/world-snapshot.ts'
import { operations } from '../spec/control/index.ts'
import { Catalogue, type CataloguedWorld } from './catalogue.ts'
import { openToRead } from './folder.ts'
import type { Database } from './sqlite.ts'
import { asProblem, diskProblem } from './storage-problem.ts'
import { openTables, TABLES, type Tables, worldOfKey } from './tables.ts'
import { readRows } from './world-rows.ts'

/** Characters of what is told of a World. */
const LONGEST = 1_000

/** What a folder holds, and what is wrong with it. */
export interface FolderReport {
  readonly worlds: readonly StoredWorldReport[]
  /** What is wrong beyond a single World. */
  readonly problems: readonly string[]
}

/** What is stored of a World. */
export interface StoredWorldReport {
  readonly id: string
  /** What its clock showed when it was last written, RFC 3339; `null` if it cannot be read. */
  readonly now: string | null
  readonly accounts: number
  readonly jobs: number
  readonly expired: number
  readonly callbacks: number
  /** The first thing that cannot be so; `null` if all fits together. */
  readonly problem: string | null
}

/**
 * Holds all that a folder has against what must be so: the file itself, then for each World that money adds up, keys
 * and ids are those of one thing, whoever is referred to is there, and what is scheduled is still to come. Nothing is
 * changed; a server may use the folder meanwhile.
 *
 * @throws {StorageProblem} for a folder that cannot be read at all
 */
export function checkFolder(folder: string, api: Api): FolderReport {
  try {
    const database = openToRead(folder)
    try {
      // What another process writes meanwhile is not seen.
      database.exec('BEGIN')
      return checkDatabase(database, api)
    } finally {
      database.close()
    }
  } catch (error) {
    throw asProblem(folder, error)
  }
}

function checkDatabase(database: Database, api: Api): FolderReport {
  const problems = integrityProblems(database)
  const tables = openTables(database)
  const catalogue = new Catalogue(database)
  const worlds = catalogue.worlds()
  const keys = new Map<string, string>()
  const reports = worlds.map((stored) => {
    const { report, ownKeys } = checkWorld(stored, tables, api)
    for (const key of ownKeys) {
      const other = keys.get(key)
      if (other !== undefined) problems.push(`the key '${key}' is of two Worlds, '${other}' and '${stored.id}'`)
      keys.set(key, stored.id)
    }
    return report
  })
  const known = new Set([...worlds.map(({ n }) => n), ...catalogue.leaving()])
  for (const name of TABLES) {
    const strays = new Set(Array.from(tables[name].firstKeys(), worldOfKey).filter((n) => !known.has(n)))
    if (strays.size > 0)
      problems.push(`${name} has rows of ${strays.size === 1 ? 'a World' : 'Worlds'} that is not there`)
  }
  return { worlds: reports, problems }
}

/** What SQLite finds wrong with its file. */
function integrityProblems(database: Database): string[] {
  const rows = database.prepare('PRAGMA integrity_check(10)').all() as { integrity_check: string }[]
  return rows.map(({ integrity_check }) => integrity_check).filter((said) => said !== 'ok')
}

function checkWorld(
  stored: CataloguedWorld,
  tables: Tables,
  api: Api,
): { report: StoredWorldReport; ownKeys: readonly string[] } {
  const { id, state } = stored
  const nothing = { accounts: 0, jobs: 0, expired: 0, callbacks: 0 }
  try {
    const snapshot = snapshotOf(stored, tables, api)
    const report = {
      id,
      now: toExactTimestamp(state.nowMs),
      accounts: snapshot.accounts.length,
      jobs: snapshot.jobs.length,
      expired: snapshot.expired.reduce((sum, { ids }) => sum + ids.length, 0),
      callbacks: snapshot.deliveries.length,
      problem: problemOf(snapshot, stored, api),
    }
    return { report, ownKeys: snapshot.accounts.flatMap((account) => account.keys) }
  } catch (error) {
    const problem = error instanceof SyntaxError ? `a row is no JSON: ${error.message}` : diskProblem(error)
    if (problem === null) throw error
    return { report: { id, now: null, ...nothing, problem }, ownKeys: [] }
  }
}

/** The World as a snapshot tells it: what is true of all of them is true of what is stored. */
function snapshotOf({ n, api, options, state }: CataloguedWorld, tables: Tables, { dialect }: Api): WorldSnapshot {
  const { parts } = readRows(tables, n, options, state, dialect.joinOwn)
  const { accounts, entries, jobs, expired, deliveries, ...others } = parts
  const entriesOf = Map.groupBy(entries, ({ account }) => account)
  const all = [...jobs]
  return {
    format: SNAPSHOT_FORMAT,
    api,
    ...others,
    accounts: Array.from(accounts, (account) => ({
      ...account,
      entries: (entriesOf.get(account.id) ?? []).map(({ account: _, ...entry }) => entry),
    })),
    jobs: all.map(({ filesUrl: _, expirySeq: __, ...job }) => job),
    expired: Array.from(expired, ({ account, ids }) => ({ account, ids: [...ids] })),
    expiries: all.filter(({ expirySeq }) => expirySeq > 0).map(({ id, expirySeq }) => ({ seq: expirySeq, job: id })),
    deliveries: [...deliveries],
  }
}

function problemOf(snapshot: WorldSnapshot, { state, beginning }: CataloguedWorld, api: Api): string | null {
  const { mode, speed, frozen } = state.clock ?? { mode: 'manual', speed: 1, frozen: false }
  const validate = operations.restoreSnapshot.requestBody
  const isFit = (given: object): string | null => {
    if (validate !== null && !validate(given)) return excerpt(sentences(validate.errors ?? [], given), LONGEST)
    try {
      checkSnapshot(given as WorldSnapshot, api.dialect)
      return null
    } catch (error) {
      if (error instanceof MisuseError) return error.message
      throw error
    }
  }
  const problem = isFit({ ...snapshot, clock: { mode, speed, frozen } })
  if (problem !== null || beginning === null) return problem
  const before = isFit(JSON.parse(beginning) as object)
  return before && `what a reset leads back to: ${before}`
}
