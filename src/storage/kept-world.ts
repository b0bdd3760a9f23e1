import type { Drive } from '../drive/drive.ts'
import { REAL_WALL } from '../drive/wall.ts'
import type { Account } from '../engine/account.ts'
import type { Delivery } from '../engine/delivery.ts'
import type { Job } from '../engine/job.ts'
import type { Keeper } from '../engine/keeper.ts'
import type { LedgerEntry } from '../engine/ledger-entries.ts'
import type { Plain } from '../engine/plain.ts'
import type { ScenarioState } from '../engine/scenario.ts'
import { packAccount, packDelivery, packScenario } from '../engine/snapshot.ts'
import type { World } from '../engine/world.ts'
import { encodeEntry, encodeJob } from './codec.ts'
import type { Keys, StoredClock, StoredState } from './stored.ts'
import type { Tables } from './tables.ts'

const IDS_IN_A_ROW = 1_000
/** So many details are looked for among those that jobs share. */
const MOST_DETAILS = 1_000

/** Takes note of what changes in a World, and writes it when it is told to. */
export class KeptWorld implements Keeper {
  readonly world: World
  /** By which its rows are known. */
  readonly n: number
  readonly #clock: StoredClock | null
  #drive: Drive | null = null
  readonly #touched: () => void
  readonly #keys: Keys
  readonly #accounts = new Set<Account>()
  readonly #entries = new Map<LedgerEntry, Account>()
  readonly #foldedSeqs: number[] = []
  readonly #jobs = new Set<Job>()
  readonly #forgottenJobs: Job[] = []
  readonly #expired = new Map<Account, string[]>()
  readonly #deliveries = new Set<Delivery>()
  /** Those whose key says when they ended. */
  readonly #ended = new WeakSet<Delivery>()
  readonly #scenarios = new Set<ScenarioState>()
  readonly #owned = new Set<object>()
  readonly #forgotten: { table: 'deliveries' | 'scenarios' | 'owned'; key: number }[] = []
  readonly #unlisten: () => void

  /**
   * @param clock how its clock was found, until something moves it
   * @param touched told of every change, in the middle of commands
   */
  constructor(world: World, n: number, keys: Keys, clock: StoredClock | null, touched: () => void) {
    this.world = world
    this.n = n
    this.#keys = keys
    this.#clock = clock
    this.#touched = touched
    for (const delivery of world.outbox.all()) if (isOver(delivery)) this.#ended.add(delivery)
    this.#unlisten = world.events.on('clock.changed', touched)
    world.events.keeper = this
  }

  /** It is moved by this from now on. */
  drivenBy(drive: Drive): void {
    this.#drive = drive
    this.#touched()
  }

  /** Takes note of no more. */
  leave(): void {
    this.#unlisten()
    this.world.events.keeper = null
  }

  /** Takes note of all there is, as of a World that was never written. */
  noteAll(): void {
    const { world } = this
    for (const account of world.accounts.values()) {
      this.#accounts.add(account)
      for (const entry of account.entries) this.#entries.set(entry, account)
    }
    for (const job of world.jobs.live()) this.#jobs.add(job)
    for (const job of world.jobs.openRequests()) this.#jobs.add(job)
    for (const { subject } of world.agenda().expiries) this.#jobs.add(subject)
    for (const [id, owner] of world.jobs.expired()) this.jobExpired(id, owner)
    for (const delivery of world.outbox.all()) this.#deliveries.add(delivery)
    for (const scenario of world.scenarios.all().toReversed()) this.#scenarios.add(scenario)
    for (const part of world.ownParts()) this.#owned.add(part)
    this.#touched()
  }

  accountChanged(account: Account): void {
    this.#accounts.add(account)
    this.#touched()
  }

  entryBooked(account: Account, entry: LedgerEntry): void {
    this.#entries.set(entry, account)
    this.accountChanged(account)
  }

  entryFolded(account: Account, entry: LedgerEntry): void {
    // An entry never changes, so one that is noted was never written.
    if (!this.#entries.delete(entry)) this.#foldedSeqs.push(entry.seq)
    this.accountChanged(account)
  }

  jobChanged(job: Job): void {
    this.#jobs.add(job)
    this.#touched()
  }

  jobForgotten(job: Job): void {
    this.#jobs.delete(job)
    this.#forgottenJobs.push(job)
    this.#touched()
  }

  jobExpired(id: string, owner: Account): void {
    const ids = this.#expired.get(owner)
    if (ids) ids.push(id)
    else this.#expired.set(owner, [id])
    this.#touched()
  }

  deliveryChanged(delivery: Delivery): void {
    // Those that end are written in the order in which they do.
    if (isOver(delivery)) this.#deliveries.delete(delivery)
    this.#deliveries.add(delivery)
    this.#touched()
  }

  deliveryForgotten(delivery: Delivery): void {
    this.#deliveries.delete(delivery)
    this.#forget('deliveries', delivery)
  }

  scenarioChanged(scenario: ScenarioState): void {
    this.#scenarios.add(scenario)
    this.#touched()
  }

  scenarioForgotten(scenario: ScenarioState): void {
    this.#scenarios.delete(scenario)
    this.#forget('scenarios', scenario)
  }

  ownChanged(part: object): void {
    this.#owned.add(part)
    this.#touched()
  }

  ownForgotten(part: object): void {
    this.#owned.delete(part)
    this.#forget('owned', part)
  }

  /** Writes what is noted; it stays noted until `clear`. */
  write(tables: Tables): void {
    const { n, world } = this
    for (const { table, key } of this.#forgotten) tables[table].remove(n, key)
    for (const seq of this.#foldedSeqs) tables.entries.remove(n, seq)
    for (const job of this.#forgottenJobs) tables.jobs.remove(n, job.reservation.seq)
    for (const account of this.#accounts)
      tables.accounts.put(n, this.#keyOf(account), JSON.stringify(packAccount(account)))
    for (const [entry, account] of this.#entries) tables.entries.put(n, entry.seq, encodeEntry(account.id, entry))
    // Each job has a reservation of its own, and they are numbered in the order of the submits.
    for (const job of this.#jobs) tables.jobs.put(n, job.reservation.seq, encodeJob(job, this.#detailOf(tables, job)))
    for (const [owner, ids] of this.#expired)
      for (let at = 0; at < ids.length; at += IDS_IN_A_ROW)
        tables.expired.put(n, this.#keys.next++, JSON.stringify([owner.id, ...ids.slice(at, at + IDS_IN_A_ROW)]))
    for (const delivery of this.#deliveries) this.#writeDelivery(tables, delivery)
    for (const scenario of this.#scenarios)
      if (world.dialect.isPlain(packScenario(scenario).match))
        tables.scenarios.put(n, this.#keyOf(scenario), JSON.stringify(packScenario(scenario)))
    for (const part of this.#owned) tables.owned.put(n, this.#keyOf(part), JSON.stringify(world.packPart(part)))
  }

  /** What is written each time, because nobody tells of it. */
  state(): StoredState {
    const { world } = this
    const drive = this.#drive
    return {
      nowMs: world.clock.nowMs,
      drawn: Object.fromEntries(world.entropy.drawn),
      dueSeq: world.dueSeq,
      ledgerSeq: world.ledger.lastSeq,
      scenariosMade: world.scenarios.made,
      clock: drive
        ? {
            mode: drive.mode,
            speed: drive.speed,
            frozen: drive.frozen,
            callbackGraceMs: drive.callbackGraceMs,
            wallMs: REAL_WALL.now(),
            worldMs: drive.nowMs(),
          }
        : this.#clock,
    }
  }

  /** What was noted is written. */
  clear(): void {
    this.#accounts.clear()
    this.#entries.clear()
    this.#foldedSeqs.length = 0
    this.#jobs.clear()
    this.#forgottenJobs.length = 0
    this.#expired.clear()
    this.#deliveries.clear()
    this.#scenarios.clear()
    this.#owned.clear()
    this.#forgotten.length = 0
  }

  /** Those that are over stand in the order in which they ended, after those that were over before. */
  #writeDelivery({ deliveries }: Tables, delivery: Delivery): void {
    if (isOver(delivery) && !this.#ended.has(delivery)) {
      this.#ended.add(delivery)
      const key = this.#keys.of.get(delivery)
      if (key !== undefined) deliveries.remove(this.n, key)
      this.#keys.of.delete(delivery)
    }
    deliveries.put(this.n, this.#keyOf(delivery), JSON.stringify(packDelivery(delivery)))
  }

  /** Most jobs are much alike, so those that are share one row of what is theirs alone. */
  #detailOf({ details }: Tables, { work: { detail } }: Job): Plain | number {
    const known = this.#keys.details
    const text = JSON.stringify(detail)
    let key = known.get(text)
    if (key !== undefined) return key
    if (known.size === MOST_DETAILS) return detail
    key = known.size
    known.set(text, key)
    details.put(this.n, key, text)
    return key
  }

  #keyOf(part: object): number {
    let key = this.#keys.of.get(part)
    if (key === undefined) {
      key = this.#keys.next++
      this.#keys.of.set(part, key)
    }
    return key
  }

  #forget(table: 'deliveries' | 'scenarios' | 'owned', part: object): void {
    const key = this.#keys.of.get(part)
    this.#keys.of.delete(part)
    if (key !== undefined) this.#forgotten.push({ table, key })
    this.#touched()
  }
}

function isOver({ state }: Delivery): boolean {
  return state !== 'waiting' && state !== 'in-flight'
}
