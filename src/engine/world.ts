import { type Account, createAccount } from './account.ts'
import { Clock } from './clock.ts'
import type { WorldContext } from './context.ts'
import type { Dialect } from './dialect.ts'
import { Entropy } from './entropy.ts'
import { Events } from './events.ts'
import { NAME } from './fields.ts'
import type { Job } from './job.ts'
import { Jobs } from './jobs.ts'
import { Journal } from './journal.ts'
import { assertDeposit, Ledger } from './ledger.ts'
import { type LoadSource, load, type Part } from './load.ts'
import { MisuseError, shown, TakenError } from './misuse-error.ts'
import type { MicroUsd } from './money.ts'
import type { NewAccount } from './new-account.ts'
import { Outbox } from './outbox.ts'
import type { Plain } from './plain.ts'
import type { Scenario } from './scenario.ts'
import { Scenarios } from './scenarios.ts'
import { type Due, Schedule } from './schedule.ts'
import type { RestoreOwn } from './snapshot-own.ts'
import type { Step } from './step.ts'
import { LAST_MOMENT_MS, type Ms } from './timestamp.ts'
import { resolveOptions, type WorldOptions } from './world-options.ts'

/** What falls due in a World, and the last number given out for it. */
export interface Agenda {
  steps: Due<Step>[]
  expiries: Due<Job>[]
  seq: number
}

const EVERYTHING = { entries: Number.POSITIVE_INFINITY, bytes: Number.POSITIVE_INFINITY }

/**
 * One isolated universe: its own clock, seed, accounts, and everything they own. Of which API it is, its dialect says;
 * an API that owns more than jobs extends it.
 *
 * Pure and synchronous: each command runs to its end, so no two requests interleave inside one. It calls nobody;
 * callbacks that are due are handed out as data (`outbox.takeDue`), and whoever performed one reports back
 * (`outbox.conclude`).
 */
export class World implements WorldContext {
  readonly dialect: Dialect
  readonly options: WorldOptions
  readonly clock: Clock
  readonly entropy: Entropy
  readonly events: Events
  readonly ledger: Ledger
  readonly scenarios: Scenarios
  readonly journal: Journal
  readonly outbox: Outbox
  readonly jobs: Jobs
  readonly accounts: Map<string, Account> = new Map()
  readonly #accountsByKey = new Map<string, Account>()
  readonly #steps = new Schedule<Step>()
  // Apart from the steps, so that time can go on to the next step without ever going on to an expiry.
  readonly #expiries = new Schedule<Job>()
  #seq = 0

  constructor(dialect: Dialect, options: Partial<WorldOptions> = {}) {
    this.dialect = dialect
    this.options = resolveOptions(options, dialect)
    const keep = this.options.keep === 'everything' ? EVERYTHING : this.options.keep
    this.clock = new Clock(this.options.startMs)
    this.entropy = new Entropy(this.options.seed)
    this.events = new Events(this.clock)
    this.ledger = new Ledger(this.events)
    this.scenarios = new Scenarios(this.entropy, dialect, this.events)
    this.journal = new Journal(keep, this.events)
    this.outbox = new Outbox(this, keep)
    this.jobs = new Jobs(this, this.outbox)
  }

  /** What a fixture may hold besides accounts and scenarios. */
  get parts(): readonly Part[] {
    return []
  }

  /** What an API owns besides jobs, each thing by itself; no two of them have one id. */
  ownParts(): Iterable<{ readonly id: string }> {
    return []
  }

  /** One of them, as plain JSON with its id. */
  packPart(_part: object): Plain {
    throw new Error(`World ${this.options.id} owns nothing besides jobs; this is a bug of phota-mock`)
  }

  /** What an API owns besides jobs, as plain JSON; `null` if nothing. */
  packOwn(): Plain | null {
    return this.dialect.joinOwn?.(Array.from(this.ownParts(), (part) => this.packPart(part))) ?? null
  }

  /**
   * Goes on with what `packOwn` gave.
   *
   * @throws {MisuseError} naming the field that cannot be so
   */
  restoreOwn(own: Plain | null, _: RestoreOwn): void {
    if (own !== null) throw new MisuseError(`snapshot.own expects null, received ${shown(own)}`)
  }

  /**
   * @throws {TakenError} if the id or a key is taken
   * @throws {MisuseError} for an id that is none, a malformed key or deposit
   */
  createAccount(init: NewAccount): Account {
    if (!NAME.accepts(init.id))
      throw new MisuseError(`createAccount: id expects ${NAME.expects}, received ${shown(init.id)}`)
    if (this.accounts.has(init.id)) throw new TakenError(`createAccount: the account '${init.id}' exists already`)
    const deposit = assertDeposit(init.depositMicroUsd ?? 0)
    const keys = init.keys ?? [
      `${this.options.keyPrefix}test-key-${this.entropy.secret(`key ${init.id}`).slice(0, 12)}`,
    ]
    const account = createAccount({
      id: init.id,
      webhookSecret: init.webhookSecret ?? this.#webhookSecret(init.id),
    })
    this.#giveKeys(account, keys)
    this.accounts.set(account.id, account)
    this.events.keeper?.accountChanged(account)
    this.events.changed('account.created', account.id, null)
    if (deposit > 0) this.deposit(account, deposit)
    return account
  }

  /** Another secret; what is signed already keeps its signature. */
  rotateWebhookSecret(account: Account): void {
    account.webhookSecret = this.#webhookSecret(`${account.id} ${this.entropy.nextId('secret')}`)
    this.events.keeper?.accountChanged(account)
    this.events.changed('account.changed', account.id, null, 'another webhook secret')
  }

  /**
   * Gives an account more keys; those that it has already stay.
   *
   * @throws {TakenError} if a key is another account's; then none is given
   * @throws {MisuseError} if a key is malformed
   */
  addKeys(account: Account, keys: readonly string[]): void {
    this.#giveKeys(
      account,
      keys.filter((key) => this.#accountsByKey.get(key) !== account),
    )
    this.events.keeper?.accountChanged(account)
  }

  accountByKey(key: string): Account | undefined {
    return this.#accountsByKey.get(key)
  }

  keys(): IterableIterator<[key: string, account: Account]> {
    return this.#accountsByKey.entries()
  }

  /** @throws {MisuseError} for an amount that is negative or no whole number of micro-dollars */
  deposit(account: Account, amount: MicroUsd): void {
    this.ledger.deposit(account, amount, this.clock.nowMs)
  }

  /**
   * Puts accounts, scenarios, and what else the API has into this World: plain data, or @msw/data Collections.
   *
   * @throws {MisuseError} naming the record at fault
   */
  load(source: LoadSource): void {
    load(this, source)
  }

  /**
   * @returns the scenario's id
   * @throws {MisuseError} if it makes no sense
   */
  scenario(scenario: Scenario): string {
    const id = this.scenarios.add(scenario)
    this.events.changed('scenario.added', '', id)
    return id
  }

  /** @returns whether there was such a scenario */
  removeScenario(id: string): boolean {
    const isRemoved = this.scenarios.remove(id)
    if (isRemoved) this.events.changed('scenario.removed', '', id)
    return isRemoved
  }

  /**
   * A client has just been told that this is not finished, so it waits: under an automatic clock, time may go on to the
   * next step.
   */
  waitedFor(subject: Step): void {
    this.events.emit('client.waits', subject)
  }

  /** When anything falls due next, an expiry included. */
  nextDueMs(): Ms | undefined {
    const step = this.nextStepMs()
    const expiry = this.#expiries.next?.atMs
    if (step === undefined || expiry === undefined) return step ?? expiry
    return Math.min(step, expiry)
  }

  /** When the next step of a job, a training or a delivery falls due; an expiry is none. */
  nextStepMs(): Ms | undefined {
    for (;;) {
      const next = this.#steps.next
      if (next === undefined || next.seq === next.subject.dueSeq) return next?.atMs
      this.#steps.take()
    }
  }

  /**
   * Runs the next thing that falls due, at its own instant.
   *
   * @returns false, with nothing done, if there is none until `untilMs`
   */
  runNextDue(untilMs: Ms): boolean {
    const nextMs = this.nextDueMs()
    if (nextMs === undefined || nextMs > untilMs) return false
    this.clock.moveTo(Math.max(nextMs, this.clock.nowMs))
    const step = this.#steps.next
    const expiry = this.#expiries.next
    if (expiry && (!step || expiry.atMs < step.atMs || (expiry.atMs === step.atMs && expiry.seq < step.seq))) {
      this.#expiries.take()
      this.jobs.expire(expiry.subject)
    } else if (step) {
      this.#steps.take()
      if (step.subject.dueSeq === step.seq) step.subject.step()
    }
    return true
  }

  /**
   * Runs all that falls due until `untilMs`, in order, and moves the clock there, or to the last moment there is.
   * Attempts that fall due wait in the outbox.
   */
  runUntil(untilMs: Ms): void {
    while (this.runNextDue(untilMs)) {}
    if (untilMs > this.clock.nowMs) this.clock.moveTo(Math.min(untilMs, LAST_MOMENT_MS))
  }

  /** The last number given out for what falls due. */
  get dueSeq(): number {
    return this.#seq
  }

  /** All that is on the schedule and still meant; expiries soonest first. */
  agenda(): Agenda {
    return {
      steps: [...this.#steps].filter(({ subject, seq }) => subject.dueSeq === seq),
      expiries: [...this.#expiries].sort((a, b) => a.atMs - b.atMs || a.seq - b.seq),
      seq: this.#seq,
    }
  }

  /** Goes on with the agenda of another World, whose subjects were adopted. */
  goOn({ steps, expiries, seq }: Agenda): void {
    for (const { atMs, seq, subject } of steps) if (atMs <= LAST_MOMENT_MS) this.#steps.add(atMs, seq, subject)
    for (const { atMs, seq, subject } of expiries) {
      subject.expirySeq = seq
      this.#expiries.add(atMs, seq, subject)
    }
    this.#seq = seq
  }

  scheduleStep(subject: Step, atMs: Ms): void {
    subject.dueSeq = ++this.#seq
    if (atMs <= LAST_MOMENT_MS) this.#steps.add(atMs, subject.dueSeq, subject)
  }

  scheduleExpiry(job: Job, atMs: Ms): void {
    if (atMs > LAST_MOMENT_MS) return
    job.expirySeq = ++this.#seq
    this.#expiries.add(atMs, job.expirySeq, job)
  }

  #webhookSecret(label: string): string {
    const hex = this.entropy.secret(`webhook ${label}`)
    return this.dialect.webhookSecret?.(hex) ?? hex
  }

  #giveKeys(account: Account, keys: readonly string[]): void {
    const odd = keys.findIndex((key) => typeof key !== 'string' || !/^[\x21-\x7e]+$/.test(key))
    if (odd >= 0) {
      throw new MisuseError(
        `a key is printable ASCII without spaces, as it travels in a header; received ${shown(keys[odd])}`,
      )
    }
    const taken = keys.find((key) => this.#accountsByKey.has(key))
    if (taken !== undefined) throw new TakenError(`the key '${taken}' already belongs to another account`)
    this.events.emit('keys.asked', keys, account)
    for (const key of new Set(keys)) {
      account.keys.push(key)
      this.#accountsByKey.set(key, account)
    }
  }
}
