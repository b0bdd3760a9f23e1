import type { ControlScenario } from '../spec/control/index.ts'
import { type Account, createAccount } from './account.ts'
import { Clock } from './clock.ts'
import type { Attempt, Delivery } from './delivery.ts'
import { Entropy } from './entropy.ts'
import type { Ground } from './ground.ts'
import type { Happening, HappeningKind } from './happening.ts'
import type { Job } from './job.ts'
import { Jobs } from './jobs.ts'
import { Journal } from './journal.ts'
import { assertDeposit, Ledger } from './ledger.ts'
import { MisuseError, shown, TakenError } from './misuse-error.ts'
import { formatUsd, type MicroUsd } from './money.ts'
import { Outbox } from './outbox.ts'
import type { Profile } from './profile.ts'
import { Profiles } from './profiles.ts'
import { type Scenario, Scenarios } from './scenario.ts'
import { toScenario } from './scenario-spelling.ts'
import { type Due, Schedule } from './schedule.ts'
import { LAST_MOMENT_MS, type Ms } from './timestamp.ts'
import { type LoadSource, load } from './world-data.ts'
import { resolveOptions, type WorldOptions } from './world-options.ts'

/** What an account starts with. Whatever is left out is derived from the World's seed. */
export interface NewAccount {
  /** Short and human: `alice`. Unique in its World. */
  id: string
  /** API keys; unique in the process. @default one key: the World's prefix, `test-key-` and 12 hex digits */
  keys?: readonly string[]
  /** Opening deposit. @default 0 */
  depositMicroUsd?: MicroUsd
  /** @default 64 hex digits */
  webhookSecret?: string
}

/** What falls due in a World, and the last number given out for it. */
export interface Agenda {
  steps: Due<Job | Profile | Delivery>[]
  expiries: Due<Job>[]
  seq: number
}

const EVERYTHING = { entries: Number.POSITIVE_INFINITY, bytes: Number.POSITIVE_INFINITY }

/**
 * One isolated universe: its own clock, seed, accounts, and everything they own.
 *
 * Pure and synchronous: each command runs to its end, so no two requests interleave inside one. It calls nobody;
 * callbacks that are due are handed out as data (`outbox.takeDue`), and whoever performed one reports back (`outbox.record`).
 */
export class World implements Ground {
  readonly options: WorldOptions
  readonly clock: Clock
  readonly entropy: Entropy
  readonly ledger: Ledger
  readonly scenarios: Scenarios
  readonly journal: Journal
  readonly outbox: Outbox
  readonly profiles: Profiles
  readonly jobs: Jobs
  readonly accounts: Map<string, Account> = new Map()
  /** Asked before keys are given to an account; throws to refuse them all. Set by `Worlds`, which keeps keys apart between Worlds. */
  claimKeys: ((keys: readonly string[], account: Account) => void) | null = null
  /** Told of each callback attempt that is over; set by the server's log. */
  onAttempt: ((delivery: Delivery, attempt: Attempt) => void) | null = null
  /** Told of each wait; set by the automatic clock. */
  onWait: ((subject: Job | Profile) => void) | null = null
  readonly #accountsByKey = new Map<string, Account>()
  readonly #steps = new Schedule<Job | Profile | Delivery>()
  // Apart from the steps, so that time can go on to the next step without ever going on to an expiry.
  readonly #expiries = new Schedule<Job>()
  readonly #listeners = new Set<(happening: Happening) => void>()
  readonly #counters = new Set<(kind: HappeningKind) => void>()
  #seq = 0

  constructor(options: Partial<WorldOptions> = {}) {
    this.options = resolveOptions(options)
    const keep = this.options.keep === 'everything' ? EVERYTHING : this.options.keep
    this.clock = new Clock(this.options.startMs)
    this.entropy = new Entropy(this.options.seed)
    this.ledger = new Ledger((account, entry) => {
      const detail = this.#listeners.size === 0 ? '' : `${entry.kind} ${formatUsd(entry.amountMicroUsd)}`
      this.tell('ledger.booked', account.id, entry.subject, detail)
    })
    this.scenarios = new Scenarios(this.entropy)
    this.journal = new Journal(keep)
    this.outbox = new Outbox(
      {
        policy: this.options,
        retryMs: this.options.callbackRetryMs,
        timeoutMs: this.options.callbackTimeoutMs,
        keep,
      },
      this.entropy,
      (delivery, atMs) => this.#schedule(delivery, atMs),
      (delivery, attempt) => {
        this.tell(
          'delivery.attempted',
          delivery.account.id,
          delivery.id,
          `${attempt.status ?? attempt.error} (attempt ${attempt.n})`,
        )
        this.onAttempt?.(delivery, attempt)
      },
    )
    this.profiles = new Profiles(this)
    this.jobs = new Jobs(this, this.profiles, this.outbox)
  }

  /**
   * @throws {TakenError} if the id or a key is taken
   * @throws {MisuseError} for a malformed key or deposit
   */
  createAccount(init: NewAccount): Account {
    if (this.accounts.has(init.id)) throw new TakenError(`createAccount: the account '${init.id}' exists already`)
    const deposit = assertDeposit(init.depositMicroUsd ?? 0)
    const keys = init.keys ?? [
      `${this.options.keyPrefix}test-key-${this.entropy.secret(`key ${init.id}`).slice(0, 12)}`,
    ]
    const account = createAccount({
      id: init.id,
      webhookSecret: init.webhookSecret ?? this.entropy.secret(`webhook ${init.id}`),
    })
    this.#giveKeys(account, keys)
    this.accounts.set(account.id, account)
    this.tell('account.created', account.id, null)
    if (deposit > 0) this.deposit(account, deposit)
    return account
  }

  /** Another secret; what is signed already keeps its signature. */
  rotateWebhookSecret(account: Account): void {
    account.webhookSecret = this.entropy.secret(`webhook ${account.id} ${this.entropy.nextId('secret')}`)
    this.tell('account.changed', account.id, null, 'another webhook secret')
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
   * Puts accounts, profiles, jobs and scenarios into this World: plain data, or @msw/data Collections.
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
  scenario(scenario: Scenario | ControlScenario): string {
    const id = this.scenarios.add(toScenario(scenario))
    this.tell('scenario.added', '', id)
    return id
  }

  /** @returns whether there was such a scenario */
  removeScenario(id: string): boolean {
    const isRemoved = this.scenarios.remove(id)
    if (isRemoved) this.tell('scenario.removed', '', id)
    return isRemoved
  }

  /** A client has just been told that this is not finished, so it waits: under an automatic clock, time may go on to the next step. */
  waitedFor(subject: Job | Profile): void {
    this.onWait?.(subject)
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
      this.#run(step)
    }
    return true
  }

  /**
   * Runs all that falls due until `untilMs`, in order, and moves the clock there, or to the last moment there is. Attempts that
   * fall due wait in the outbox.
   */
  runUntil(untilMs: Ms): void {
    while (this.runNextDue(untilMs)) {}
    if (untilMs > this.clock.nowMs) this.clock.moveTo(Math.min(untilMs, LAST_MOMENT_MS))
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
    for (const { atMs, seq, subject } of expiries) this.#expiries.add(atMs, seq, subject)
    this.#seq = seq
  }

  /** @returns a function that ends the listening */
  listen(listener: (happening: Happening) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** Tells of the kinds alone, which halves what a day over a million jobs costs. @returns a function that ends the counting */
  count(counter: (kind: HappeningKind) => void): () => void {
    this.#counters.add(counter)
    return () => this.#counters.delete(counter)
  }

  tell(kind: HappeningKind, account: string, id: string | null, detail = ''): void {
    if (this.#counters.size > 0) for (const counter of this.#counters) counter(kind)
    if (this.#listeners.size === 0) return
    const happening: Happening = { atMs: this.clock.nowMs, kind, account, id, detail }
    for (const listener of this.#listeners) listener(happening)
  }

  scheduleStep(subject: Job | Profile, atMs: Ms): void {
    this.#schedule(subject, atMs)
  }

  scheduleExpiry(job: Job, atMs: Ms): void {
    if (atMs <= LAST_MOMENT_MS) this.#expiries.add(atMs, ++this.#seq, job)
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
    this.claimKeys?.(keys, account)
    for (const key of new Set(keys)) {
      account.keys.push(key)
      this.#accountsByKey.set(key, account)
    }
  }

  #schedule(subject: Job | Profile | Delivery, atMs: Ms): void {
    subject.dueSeq = ++this.#seq
    if (atMs <= LAST_MOMENT_MS) this.#steps.add(atMs, subject.dueSeq, subject)
  }

  #run({ subject, seq }: Due<Job | Profile | Delivery>): void {
    if (subject.dueSeq !== seq) return
    switch (subject.kind) {
      case 'job':
        this.jobs.step(subject)
        break
      case 'profile':
        this.profiles.step(subject)
        break
      case 'delivery':
        this.outbox.step(subject, this.clock.nowMs)
        break
      default:
        subject satisfies never
    }
  }
}
