import { connect, type WorldControl } from '../control/index.ts'
import { Redactor } from '../report/redact.ts'
import type { RuleNeed } from '../spec/index.ts'
import { Budget } from './budget.ts'
import { Deadline } from './deadline.ts'
import { controlFetch } from './http/control-fetch.ts'
import type { Exchange } from './http/exchange.ts'
import { Receiver } from './http/receiver.ts'
import { Wire } from './http/wire.ts'
import { findBase, findControl, mustBeWelcome } from './preflight.ts'
import type { MicroUsd } from './prices.ts'
import { balanceOf, Scene } from './scene.ts'
import type { Settings } from './settings.ts'
import { Stories } from './stories.ts'
import { planStories, type StoryPlan } from './story-plan.ts'
import { Caller, type Identity, type Target } from './target.ts'
import type { Deferred, ExpiringJob, Resumed } from './ticket.ts'
import { Trial } from './trial.ts'
import { CannotJudge, NotTried } from './verdict.ts'

/** The start time of the Worlds that a run makes. A whole second, so that times without a fraction are exact. */
const START = '2026-06-22T12:00:00Z'
/** The deposit of each account in them, in dollars: more than any case can spend. */
const DEPOSIT = '1000'
/** How long their jobs take: 18 s, as in the guide's example. */
const PHASES = { pending: '2s', running: '16s' } as const
/** How long the removal of all Worlds of the run may take. */
const CLEANUP_MS = 5_000
/** The same, once the run's deadline has passed. */
const LATE_CLEANUP_MS = 2_000
export const RETENTION_WITH_CLOCK_MS = 86_400_000

/** Statuses of a server that does not have the path. */
const ABSENT = [404, 405, 501]

/** Options of a scene. */
export interface SceneOptions {
  /**
   * Real time that our receiver has to answer while the clock stands still. Long, so that a busy machine does not look
   * like a silent receiver.
   */
  readonly callbackGrace?: string
}

/** Everything that the cases of one run share. */
export class Session {
  readonly settings: Settings
  readonly target: Target
  readonly stories: Stories
  /** `null` without a control API. */
  readonly controlUrl: string | null
  readonly #receiver: Receiver | null
  /** Why there is none, if one was asked for. */
  readonly #receiverProblem: string | null
  readonly #worlds: WorldControl[] = []
  /** Rules that can be tried only later, by a ticket. */
  readonly deferred: Deferred[] = []
  #actualSpent: MicroUsd | null = null
  readonly #resumed: readonly ExpiringJob[] | null
  #hasProfiles: Promise<boolean> | undefined
  #slowestCallbackMs = 0

  private constructor(
    settings: Settings,
    target: Target,
    controlUrl: string | null,
    receiver: { receiver: Receiver | null; problem: string | null },
    resumed: readonly ExpiringJob[] | null,
  ) {
    this.settings = settings
    this.target = target
    this.controlUrl = controlUrl
    this.#receiver = receiver.receiver
    this.#receiverProblem = receiver.problem
    this.#resumed = resumed
    const means = {
      hasControl: controlUrl !== null,
      hasSecond: this.lacks('second-key') === null,
      hasReceiver: this.hasReceiver,
    }
    this.stories = new Stories(this, planStories(settings, means))
  }

  /**
   * Checks that the implementation can be reached with these settings, and opens a session with it.
   *
   * @param resumed taken over from a ticket
   * @throws {UsageProblem} if it cannot
   */
  static async open(settings: Settings, resumed: Resumed | null = null): Promise<Session> {
    const { timeoutMs, rps } = settings
    const deadline = new Deadline(settings.deadlineMs)
    const wire = new Wire({ timeoutMs, deadline, rps, lastId: resumed?.lastExchange ?? 0 })
    try {
      return await Session.#open(settings, wire, resumed)
    } catch (error) {
      deadline.close()
      wire.close()
      throw error
    }
  }

  static async #open(settings: Settings, wire: Wire, resumed: Resumed | null): Promise<Session> {
    const { jobTimeoutMs, key, otherKey, brokeKey } = settings
    const redactor = new Redactor()
    for (const [shown, secret] of Object.entries({ '<key>': key, '<other key>': otherKey, '<broke key>': brokeKey })) {
      if (secret !== null) redactor.add(secret, shown, true)
    }
    const base = await findBase(settings, wire)
    const controlUrl = await findControl(settings, wire)
    const budget = new Budget(settings.maxSpend)
    const target: Target = { base, wire, redactor, jobTimeoutMs, budget }
    await mustBeWelcome(settings, target, controlUrl !== null)
    // Requests of the preflight belong to no rule, so reports do not show them.
    wire.exchanges.length = 0
    const receiver = await openReceiver(settings, wire)
    return new Session(settings, target, controlUrl, receiver, resumed?.jobs ?? null)
  }

  /** Why a rule with this need cannot be tried; `null` if it can. */
  lacks(need: RuleNeed): string | null {
    const { settings } = this
    switch (need) {
      case 'clock':
      case 'ledger':
        return this.controlUrl === null
          ? `a control API (--control) that ${need === 'clock' ? 'moves the clock' : 'reads the ledger'}`
          : null
      case 'second-key':
        return this.controlUrl !== null || settings.otherKey !== null ? null : 'a key of a second account (--other-key)'
      case 'broke-key':
        return this.controlUrl !== null || settings.brokeKey !== null
          ? null
          : 'a key of an account without money (--broke-key)'
      case 'receiver':
        if (this.#receiver !== null || this.#receiverProblem !== null) return null
        return 'a place to receive callbacks (--receiver and --public-url)'
      case 'day':
        return null
    }
  }

  /** Marks in a trial what cannot be tried in this run, with the reason. */
  leaveMissing(trial: Trial): void {
    const second = this.lacks('second-key')
    if (second !== null) trial.leave({ account: 'second' }, `it needs ${second}`)
    const receiver = this.lacks('receiver')
    if (receiver !== null) trial.leave({ callback: 'with' }, `it needs ${receiver}`)
    trial.leaveRest(
      this.settings.depth === 'quick'
        ? 'left out by --depth quick'
        : this.controlUrl === null
          ? 'left out without a control API, to save time and money'
          : 'it did not come up',
    )
  }

  /** How long the implementation keeps results: as the settings say, or as the run's own Worlds are set up. */
  get retentionMs(): number {
    return this.controlUrl === null ? this.settings.retentionMs : RETENTION_WITH_CLOCK_MS
  }

  /** When the run is over; every wait goes through it. */
  get deadline(): Deadline {
    return this.target.wire.deadline
  }

  get hasReceiver(): boolean {
    return this.#receiver !== null
  }

  /** @throws {CannotJudge} if it could not listen, {NotTried} if there is none */
  get receiver(): Receiver {
    if (this.#receiverProblem !== null) throw new CannotJudge(this.#receiverProblem)
    if (this.#receiver === null) throw new NotTried(`it needs ${this.lacks('receiver')}`)
    return this.#receiver
  }

  /** A scene for one case: a fresh World if there is a control API, else the accounts that were given. */
  async scene(trial: Trial, { callbackGrace = '20s' }: SceneOptions = {}): Promise<Scene> {
    const { settings } = this
    const hasProfiles = (): Promise<boolean> => this.hasProfiles()
    if (this.controlUrl === null) {
      const caller = (name: string, key: string | null, pays: boolean): Caller | null =>
        key === null ? null : this.#caller({ name, key, account: null, pays }, null, trial)
      const alice = caller('key', settings.key, true)
      if (alice === null) throw new NotTried('it needs a key (--key)')
      return new Scene(
        {
          alice,
          bob: caller('other key', settings.otherKey, true),
          broke: caller('broke key', settings.brokeKey, false),
        },
        settings.pollIntervalMs,
        hasProfiles,
      )
    }
    const world = await connect(this.controlUrl, { fetch: controlFetch(this.target.wire) }).worlds.create({
      start: START,
      clock: { mode: 'manual' },
      ...PHASES,
      callback_grace: callbackGrace,
      accounts: [{ id: 'alice', deposit: DEPOSIT }, { id: 'bob', deposit: DEPOSIT }, { id: 'broke' }],
    })
    this.#worlds.push(world)
    const { accounts } = await world.describe()
    const caller = (id: string, name: string): Caller => {
      const account = accounts.find((one) => one.id === id)
      const key = account?.keys[0]
      if (account === undefined || key === undefined)
        throw new CannotJudge(`the control API made no account ${id} with a key`)
      this.target.redactor.add(account.webhook_signing_secret, '<webhook secret>')
      return this.#caller({ name, key, account: id, pays: id !== 'broke' }, world, trial)
    }
    return new Scene(
      { alice: caller('alice', 'key'), bob: caller('bob', 'other key'), broke: caller('broke', 'broke key') },
      settings.pollIntervalMs,
      hasProfiles,
    )
  }

  /** A caller without an account: without a key, or with a key that was never issued. */
  stranger(trial: Trial, key: string | null): Caller {
    return this.#caller({ name: key === null ? 'no key' : 'unknown key', key, account: null, pays: false }, null, trial)
  }

  /** Whether it has the endpoints of the profiles at all; the guide alone does not ask for them. */
  hasProfiles(): Promise<boolean> {
    this.#hasProfiles ??= this.#lookForProfiles()
    return this.#hasProfiles
  }

  async #lookForProfiles(): Promise<boolean> {
    if (this.settings.without.has('profiles')) return false
    const { alice } = await this.scene(new Trial())
    return !ABSENT.includes((await alice.call('listProfiles')).status)
  }

  /** The jobs of a ticket, whose expiry is waited for; `null` if this run makes its own. */
  get resumed(): readonly ExpiringJob[] | null {
    return this.#resumed
  }

  /** Measures how long after its job's end a callback arrives. */
  sawCallback(terminal: Exchange, arrival: Exchange | undefined): void {
    if (arrival) this.#slowestCallbackMs = Math.max(this.#slowestCallbackMs, arrival.at - terminal.at)
  }

  /** Waits until these shared jobs have ended, and then for as long as a callback could take that must not come. */
  async quiet(where: (plan: StoryPlan) => boolean, trial: Trial): Promise<void> {
    const plans = this.stories.plans.filter(where)
    this.stories.startAll(plans)
    await Promise.allSettled(plans.map((plan) => this.stories.story(plan, trial)))
    await this.deadline.sleep(this.quietMs)
  }

  /** How long to wait to be sure that no callback comes, in real ms: longer than any callback took so far. */
  get quietMs(): number {
    const { callbackWaitMs } = this.settings
    return Math.min(callbackWaitMs, this.controlUrl === null ? Math.max(1_000, 3 * this.#slowestCallbackMs) : 100)
  }

  /** What the ledger says was charged, in micro-dollars; `null` if no ledger can be read. */
  get actualSpent(): MicroUsd | null {
    return this.#actualSpent
  }

  /** Removes the run's Worlds, and ends its requests. Does not change any verdict. */
  async close(): Promise<void> {
    await this.#receiver?.close()
    this.#actualSpent = await this.#removeWorlds()
    this.deadline.close()
    this.target.wire.close()
  }

  /** @returns the sum charged in all Worlds, in micro-dollars; `null` if it could not be read in time */
  async #removeWorlds(): Promise<MicroUsd | null> {
    if (this.controlUrl === null) return null
    // A control API that hangs must not hold up the reports.
    const limitMs = this.deadline.signal.aborted ? LATE_CLEANUP_MS : CLEANUP_MS
    const limit = new Deadline(limitMs, 'the Worlds could not be removed in time')
    const { worlds } = connect(this.controlUrl, { fetch: controlFetch(this.target.wire, limit) })
    // One request lists all Worlds. A World that is not in the list is read by itself.
    const listed = new Map((await worlds.list().catch(() => [])).map((world) => [world.id, world]))
    const spent = this.#worlds.map(async ({ id }) => {
      const world = worlds.get(id)
      const described = listed.get(id) ?? (await world.describe().catch(() => null))
      await world.remove().catch(() => undefined)
      return described === null ? Number.NaN : described.accounts.reduce((sum, each) => sum + balanceOf(each).spent, 0)
    })
    try {
      const total = (await limit.race(Promise.all(spent))).reduce((sum, each) => sum + each, 0)
      return Number.isFinite(total) ? total : null
    } catch {
      return null
    } finally {
      limit.close()
    }
  }

  #caller(identity: Identity, world: WorldControl | null, trial: Trial): Caller {
    return new Caller(this.target, identity, world, trial.show)
  }
}

async function openReceiver(
  { receiver, publicUrl }: Settings,
  wire: Wire,
): Promise<{ receiver: Receiver | null; problem: string | null }> {
  if (receiver === null) return { receiver: null, problem: null }
  const { host, port } = receiver
  try {
    return { receiver: await Receiver.listen(wire, host, port, publicUrl ?? undefined), problem: null }
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    const why = code === 'EADDRINUSE' ? 'the port is in use' : message
    return {
      receiver: null,
      problem: `our receiver could not listen on ${host}:${port}: ${why}. Choose another --receiver.`,
    }
  }
}
