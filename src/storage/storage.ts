import { setImmediate as nextTurn } from 'node:timers/promises'
import type { Api } from '../api/api.ts'
import type { Drive } from '../drive/drive.ts'
import { REAL_WALL } from '../drive/wall.ts'
import type { OwnDrive } from '../drive/world-host.ts'
import { packOptions, rebuildWorld } from '../engine/snapshot.ts'
import { LAST_MOMENT_MS, type Ms } from '../engine/timestamp.ts'
import type { World } from '../engine/world.ts'
import type { WorldOptions } from '../engine/world-options.ts'
import { Catalogue, type CataloguedWorld } from './catalogue.ts'
import { type OpenFolder, openFolder } from './folder.ts'
import { KeptWorld } from './kept-world.ts'
import { rollBack, type Statement } from './sqlite.ts'
import { asProblem, StorageProblem } from './storage-problem.ts'
import type { Keys, StoredClock } from './stored.ts'
import { MOST_WORLDS, openTables, TABLES, type Tables } from './tables.ts'
import { readRows } from './world-rows.ts'

/** A World that was read, brought to the present; nothing moves it yet. */
export interface RestoredWorld {
  readonly world: World
  readonly own: OwnDrive
  /** What a reset leads back to, as JSON; `null` if nobody knows. */
  readonly beginning: string | null
}

/** What is otherwise where a World is served now. */
export type PlaceOf = (id: string) => Pick<WorldOptions, 'id' | 'keyPrefix' | 'cdnBaseUrl'>

/** What falls due while a World catches up is written in pieces of so many. */
const STEPS_IN_A_PIECE = 2_000
/**
 * The draws that nothing is written for: after a crash, and after a write that failed, they go on this much further, so
 * that no id comes twice.
 */
const UNRECORDED = 'request'
const SPARE_DRAWS = 1_000_000
/** What must find room before a full disk counts as one with room again. */
const PROBE_BYTES = 262_144
const SWEEP_MS = 50

interface Turn {
  readonly promise: Promise<void>
  readonly resolve: () => void
  readonly reject: (problem: StorageProblem) => void
  readonly afterwards: (() => void)[]
}

/**
 * Keeps Worlds in a folder. What changes in one is written at the end of the turn of the event loop in which it did,
 * at once with all that changed in that turn; an answer waits for that.
 *
 * If it cannot be written, it did not happen: nothing of the Worlds in memory is kept any more, and they have to be
 * read anew.
 */
export class Storage {
  readonly folder: string
  readonly #api: Api
  readonly #files: OpenFolder
  readonly #tables: Tables
  readonly #catalogue: Catalogue
  readonly #start: Statement
  readonly #end: Statement
  readonly #hasCrashed: boolean
  readonly #kept = new Map<World, KeptWorld>()
  readonly #dirty = new Set<KeptWorld>()
  /** Those that are to be written for the first time, and what a reset of each leads back to, as JSON. */
  readonly #fresh = new Map<KeptWorld, () => string | null>()
  readonly #gone: number[] = []
  readonly #leaving: Set<number>
  #worldsMade = (): number => this.#catalogue.fact('worldsMade')
  #answers = 0
  #turn: Turn | null = null
  #failure: StorageProblem | null = null
  #failures = 0
  #sweeping: NodeJS.Timeout | null = null
  /** Told once each time that something could not be written. */
  onFailure: (problem: StorageProblem) => void = () => undefined

  /** @throws {StorageProblem} if the folder cannot be used, in one sentence */
  constructor(folder: string, api: Api) {
    this.folder = folder
    this.#api = api
    try {
      this.#files = openFolder(folder)
    } catch (error) {
      throw asProblem(folder, error)
    }
    try {
      this.#tables = openTables(this.#files.database)
      this.#catalogue = new Catalogue(this.#files.database)
      this.#start = this.#files.database.prepare('BEGIN IMMEDIATE')
      this.#end = this.#files.database.prepare('COMMIT')
      this.#hasCrashed = this.#catalogue.fact('running') === 1
      this.#leaving = new Set(this.#catalogue.leaving())
      this.#catalogue.putFact('running', 1)
      this.#assertThere()
    } catch (error) {
      this.#files.close()
      throw asProblem(folder, error)
    }
    this.#sweepSoon()
  }

  /** Whether there is no World in it. */
  get isEmpty(): boolean {
    return this.#read(() => this.#catalogue.worlds().length === 0)
  }

  /** Why nothing can be written; `null` if all is well. */
  get failure(): StorageProblem | null {
    return this.#failure
  }

  /** How often something could not be written, since it was opened. */
  get failures(): number {
    return this.#failures
  }

  /** Whether all that happened is written. */
  get isClean(): boolean {
    return this.#turn === null && this.#failure === null
  }

  /** How many ids of Worlds were made up. */
  get worldsMade(): number {
    return this.#read(() => this.#catalogue.fact('worldsMade'))
  }

  /** @param made how many ids of Worlds are made up */
  countBy(made: () => number): void {
    this.#worldsMade = made
  }

  /**
   * Reads all Worlds. For those whose clocks follow the wall, the time since they were written goes by: what fell due
   * comes in order, each at its own instant, and callbacks wait in the outbox.
   *
   * @throws {StorageProblem} if they cannot be read
   */
  async load(placeOf: PlaceOf): Promise<RestoredWorld[]> {
    const restored: RestoredWorld[] = []
    for (const stored of this.#read(() => this.#catalogue.worlds())) {
      const kept = this.#restore(stored, placeOf(stored.id))
      const { clock } = stored.state
      if (clock) await this.#catchUp(kept, clock)
      if (this.#failure !== null) throw this.#failure
      const { mode, speed, frozen, callbackGraceMs } = clock ?? {}
      restored.push({
        world: kept.world,
        own: {
          ...(mode !== undefined && { mode }),
          ...(speed !== undefined && { speed }),
          ...(frozen !== undefined && { frozen }),
          ...(callbackGraceMs !== undefined && { callbackGraceMs }),
        },
        beginning: stored.beginning,
      })
    }
    return restored
  }

  /**
   * Keeps a World from now on, until it is taken out of service.
   *
   * @param beginning what a reset leads back to, as JSON, asked when it is first written; not if it was read
   */
  follow(world: World, drive: Drive, beginning: () => string | null): void {
    let kept = this.#kept.get(world)
    if (!kept) {
      kept = this.#keep(world, this.#nextNumber(), { of: new Map(), next: 0, details: new Map() }, null)
      this.#fresh.set(kept, beginning)
      kept.noteAll()
    }
    kept.drivenBy(drive)
    world.events.on('removed', () => this.#drop(world))
  }

  /** @returns a promise that is fulfilled once all that happened until now is written, and rejected if it cannot be */
  committed(): Promise<void> {
    if (this.#failure !== null) return Promise.reject(this.#failure)
    return this.#turn?.promise ?? Promise.resolve()
  }

  /** Runs something once all that happened until now is written; never, if it cannot be. */
  whenCommitted(then: () => void): void {
    if (this.#turn !== null) this.#turn.afterwards.push(then)
    else if (this.#failure === null) then()
  }

  /** An answer was made, which may have drawn an id. */
  noteAnswer(): void {
    if (++this.#answers < SPARE_DRAWS / 2) return
    this.#answers = 0
    for (const kept of this.#kept.values()) this.#touch(kept)
  }

  /** Writes what is noted, now. @returns whether all is written */
  commit(): boolean {
    const turn = this.#turn
    if (turn === null) return this.#failure === null
    this.#turn = null
    try {
      this.#start.run()
      this.#write()
      // Not after, because what is refused must not be there once the folder is back.
      this.#assertThere()
      this.#end.run()
    } catch (error) {
      this.#fail(error, turn)
      return false
    }
    for (const kept of this.#dirty) kept.clear()
    this.#dirty.clear()
    this.#fresh.clear()
    for (const n of this.#gone.splice(0)) this.#leaving.add(n)
    if (this.#leaving.size > 0) this.#sweepSoon()
    turn.resolve()
    for (const then of turn.afterwards) then()
    return true
  }

  /** Writes what a long move came to so far, and lets others in. */
  async pause(): Promise<void> {
    this.commit()
    await nextTurn()
  }

  /** Whether something can be written again, after it could not. Then the Worlds have to be read anew. */
  canWrite(): boolean {
    const { database } = this.#files
    try {
      this.#assertThere()
      database.exec('BEGIN IMMEDIATE')
      database.prepare('INSERT OR REPLACE INTO probes (n, data) VALUES (1, zeroblob(?))').run(PROBE_BYTES)
      database.exec('COMMIT')
      database.exec('DELETE FROM probes')
      this.#assertThere()
    } catch {
      rollBack(this.#files.database)
      return false
    }
    this.#failure = null
    return true
  }

  /** Writes what is left, to the last draw. */
  close(): void {
    if (this.#sweeping !== null) clearTimeout(this.#sweeping)
    for (const kept of this.#kept.values()) this.#touch(kept)
    try {
      if (this.commit()) this.#catalogue.putFact('running', 0)
    } catch (error) {
      throw asProblem(this.folder, error)
    } finally {
      for (const kept of this.#kept.values()) kept.leave()
      this.#kept.clear()
      this.#files.close()
    }
  }

  #restore({ n, id, api, options, state }: CataloguedWorld, place: ReturnType<PlaceOf>): KeptWorld {
    const { dialect, createWorld } = this.#api
    if (api !== dialect.name)
      throw new StorageProblem(`the data folder ${this.folder}: its World '${id}' is of the API ${api}`)
    try {
      const drawn = { ...state.drawn }
      const mayHaveDrawn = this.#hasCrashed || this.#failures > 0
      if (mayHaveDrawn && drawn[UNRECORDED] !== undefined) drawn[UNRECORDED] += SPARE_DRAWS
      const rows = readRows(this.#tables, n, options, { ...state, drawn }, dialect.joinOwn)
      const world = rebuildWorld(createWorld, rows.parts, place)
      const kept = this.#keep(world, n, rows.keysOf(world), state.clock)
      this.#touch(kept)
      return kept
    } catch (error) {
      const problem = asProblem(this.folder, error)
      if (problem instanceof StorageProblem) throw problem
      throw new StorageProblem(
        `the data folder ${this.folder}: its World '${id}' does not fit together; phota-mock check ${this.folder} ` +
          'says where',
        { cause: error },
      )
    }
  }

  async #catchUp({ world }: KeptWorld, clock: StoredClock): Promise<void> {
    for (;;) {
      const untilMs = presentOf(clock, world.clock.nowMs)
      let steps = 0
      while (steps < STEPS_IN_A_PIECE && world.runNextDue(untilMs)) steps++
      if (steps < STEPS_IN_A_PIECE) world.runUntil(untilMs)
      if (!this.commit() || steps < STEPS_IN_A_PIECE) return
      await nextTurn()
    }
  }

  #keep(world: World, n: number, keys: Keys, clock: StoredClock | null): KeptWorld {
    const kept: KeptWorld = new KeptWorld(world, n, keys, clock, () => this.#touch(kept))
    this.#kept.set(world, kept)
    return kept
  }

  #drop(world: World): void {
    const kept = this.#kept.get(world)
    if (!kept) return
    kept.leave()
    this.#kept.delete(world)
    this.#dirty.delete(kept)
    if (!this.#fresh.delete(kept)) this.#gone.push(kept.n)
    this.#begin()
  }

  #touch(kept: KeptWorld): void {
    this.#dirty.add(kept)
    this.#begin()
  }

  #begin(): void {
    if (this.#turn !== null) return
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    // Whoever waits for it hears of it; often nobody does.
    promise.catch(() => undefined)
    this.#turn = { promise, resolve, reject, afterwards: [] }
    setImmediate(() => this.commit())
  }

  #write(): void {
    for (const n of this.#gone) this.#catalogue.remove(n)
    for (const [{ n, world }, beginning] of this.#fresh) {
      const { id } = world.options
      const options = packOptions(world.options)
      this.#catalogue.add({ n, id, api: world.dialect.name, options, beginning: beginning() })
    }
    if (this.#fresh.size > 0) this.#catalogue.putFact('worldsMade', this.#worldsMade())
    for (const kept of this.#dirty) {
      kept.write(this.#tables)
      this.#catalogue.putState(kept.n, kept.state())
    }
  }

  #fail(error: unknown, turn: Turn): void {
    rollBack(this.#files.database)
    for (const kept of this.#kept.values()) kept.leave()
    this.#kept.clear()
    this.#dirty.clear()
    this.#fresh.clear()
    this.#gone.length = 0
    this.#failures++
    const problem = asProblem(this.folder, error)
    if (!(problem instanceof StorageProblem)) console.error(error)
    this.#failure =
      problem instanceof StorageProblem
        ? problem
        : new StorageProblem(`the data folder ${this.folder}: phota-mock failed to write; its log says why`)
    turn.reject(this.#failure)
    this.onFailure(this.#failure)
  }

  /** What is written into a file that nobody finds any more is lost. */
  #assertThere(): void {
    if (this.#files.isThere()) return
    throw new StorageProblem(`the data folder ${this.folder} was removed or replaced while it was in use`)
  }

  #nextNumber(): number {
    const taken = [...Array.from(this.#kept.values(), ({ n }) => n), ...this.#gone, ...this.#leaving]
    const next = taken.reduce((a, b) => Math.max(a, b), 0) + 1
    if (next <= MOST_WORLDS) return next
    throw new StorageProblem(`the data folder ${this.folder} has had ${next} Worlds, and has no numbers for more`)
  }

  /** Removes what is left of Worlds that are gone, little by little. */
  #sweepSoon(): void {
    if (this.#sweeping !== null || this.#leaving.size === 0) return
    this.#sweeping = setTimeout(() => {
      this.#sweeping = null
      if (this.#failure !== null) return
      const [n = 0] = this.#leaving
      const { database } = this.#files
      try {
        database.exec('BEGIN IMMEDIATE')
        const isMore = TABLES.map((name) => this.#tables[name].removeSome(n)).includes(true)
        if (!isMore) this.#catalogue.left(n)
        database.exec('COMMIT')
        if (!isMore) this.#leaving.delete(n)
      } catch {
        rollBack(this.#files.database)
      }
      this.#sweepSoon()
    }, SWEEP_MS)
    this.#sweeping.unref()
  }

  #read<Read>(read: () => Read): Read {
    try {
      return read()
    } catch (error) {
      throw asProblem(this.folder, error)
    }
  }
}

/** What a clock shows now that showed `nowMs`: a wall that was set back since moves nothing. */
function presentOf({ mode, speed, frozen, wallMs, worldMs }: StoredClock, nowMs: Ms): Ms {
  if (frozen || (mode !== 'real' && mode !== 'system')) return nowMs
  const passedMs = Math.max(0, REAL_WALL.now() - wallMs)
  return Math.max(nowMs, Math.min(LAST_MOMENT_MS, Math.floor(worldMs + passedMs * speed)))
}
