import { type JobErrorCode, operations, type ProfileStatusName } from '../spec/index.ts'
import type { Account } from './account.ts'
import {
  CALLBACK,
  type CallbackFate,
  type CallbackFault,
  checkCallbackFault,
  toCallbackFate,
} from './callback-fault.ts'
import { type Duration, toMs } from './duration.ts'
import type { Entropy } from './entropy.ts'
import { checkFields, DURATION, type Field, type Fields, isRecord, NAME, oneOf, TEXT } from './fields.ts'
import { checkFault, FAULT, type Fault, type HttpFault, toFault } from './http-fault.ts'
import { MisuseError, shown, TakenError } from './misuse-error.ts'
import type { MicroUsd } from './money.ts'
import type { Ms } from './timestamp.ts'

/** Which requests a scenario is about; every field given must match. An empty one matches all. */
export interface ScenarioMatch {
  operation?: string
  /** Account id. */
  account?: string
  /** A part of the prompt; or a pattern, which only code can give: it runs for as long as it takes, and no snapshot holds it. */
  prompt?: string | RegExp
  clientRequestId?: string
  /** Only the nth request (from 1) that all the other fields match. */
  nth?: number
  /** Share of the matching requests, 0 to 1, drawn from the World's seed. */
  probability?: number
}

/** What becomes of the work. */
export interface ScenarioEffect {
  pending?: Duration
  running?: Duration
  /** The work fails with this code instead of succeeding. */
  fail?: JobErrorCode | { code: JobErrorCode; message?: string }
  /** The work never ends by itself: `true` until the runtime limit, then `TIMEOUT` and a release; `'forever'` ignores the limit. */
  stuck?: boolean | 'forever'
  /** Profile id → number of outputs it appears in, instead of what the request says. */
  knownSubjects?: Record<string, number>
  /** Charged on success instead of the price list's amount. */
  settleMicroUsd?: MicroUsd
  /** For addProfile: how the training ends. */
  profileStatus?: Extract<ProfileStatusName, 'ERROR' | 'INACTIVE'>
  /** How the callback goes wrong. */
  callback?: CallbackFault
  /** The request itself goes wrong, whatever its operation; stands alone. */
  fault?: HttpFault
}

export interface Scenario {
  id?: string
  match?: ScenarioMatch
  effect: ScenarioEffect
  /** Ends after so many uses. @default no end */
  times?: number
}

/** What a scenario is matched against. */
export interface ScenarioSubject {
  operation: string
  account: Account
  prompt: string
  clientRequestId: string | null
}

/** Effects ready to use; `null` where the scenario says nothing. */
export interface Fate {
  scenarioId: string | null
  pendingMs: Ms | null
  runningMs: Ms | null
  failure: { code: JobErrorCode; message: string } | null
  stuck: false | 'until-limit' | 'forever'
  knownSubjects: Record<string, number> | null
  settleMicroUsd: MicroUsd | null
  profileStatus: 'ERROR' | 'INACTIVE' | null
  callback: CallbackFate | null
}

/** A scenario in the middle of its life. */
export interface ScenarioState {
  id: string
  match: ScenarioMatch
  effect: ScenarioEffect
  /** Uses that are left; infinite for no end. */
  left: number
  /** How often it matched. */
  matched: number
}

interface Active extends ScenarioState {
  /** What becomes of the work; `null` if it is about the request instead. */
  fate: Fate | null
  fault: Fault | null
}

export const FAILURE_MESSAGES: Readonly<Record<JobErrorCode, string>> = {
  GENERATION_FAILED: 'The image could not be generated.',
  CONTENT_MODERATION: 'The request was refused by content moderation.',
  INPUT_UNREACHABLE: 'An input image could not be read.',
  TIMEOUT: 'The work took longer than its limit.',
  INTERNAL: 'An internal error occurred.',
}

/** What becomes of work that no scenario is about. */
export const ORDINARY: Fate = {
  scenarioId: null,
  pendingMs: null,
  runningMs: null,
  failure: null,
  stuck: false,
  knownSubjects: null,
  settleMicroUsd: null,
  profileStatus: null,
  callback: null,
}

/** The scenarios of a World. The one added last wins. */
export class Scenarios {
  readonly #active: Active[] = []
  readonly #entropy: Entropy
  #added = 0

  constructor(entropy: Entropy) {
    this.#entropy = entropy
  }

  /**
   * @returns the scenario's id, for `remove`
   * @throws {TakenError} if its id is taken
   * @throws {MisuseError} if it makes no sense
   */
  add(scenario: Scenario): string {
    check(scenario)
    const id = scenario.id ?? this.#nextId()
    if (this.#has(id)) throw new TakenError(`scenario: the id '${id}' is taken`)
    this.#active.unshift({
      id,
      match: scenario.match ?? {},
      fate: scenario.effect.fault ? null : toFate(id, scenario.effect),
      fault: scenario.effect.fault ? toFault(id, scenario.effect.fault) : null,
      effect: scenario.effect,
      left: scenario.times ?? Number.POSITIVE_INFINITY,
      matched: 0,
    })
    return id
  }

  /** @returns whether there was such a scenario */
  remove(id: string): boolean {
    const at = this.#active.findIndex((active) => active.id === id)
    if (at >= 0) this.#active.splice(at, 1)
    return at >= 0
  }

  clear(): void {
    this.#active.length = 0
  }

  /** The one that wins first. */
  list(): { id: string; match: ScenarioMatch; effect: ScenarioEffect; timesLeft: number | null }[] {
    return this.#active.map(({ id, match, effect, left }) => ({
      id,
      match,
      effect,
      timesLeft: Number.isFinite(left) ? left : null,
    }))
  }

  /** All there is to know of them, in the order of `list`. */
  states(): ScenarioState[] {
    return this.#active.map(({ id, match, effect, left, matched }) => ({ id, match, effect, left, matched }))
  }

  /** How many ids were made up. */
  get made(): number {
    return this.#added
  }

  /** Goes on from there. @throws {MisuseError} if one makes no sense */
  goOn(
    states: readonly (Omit<ScenarioState, 'match' | 'effect'> & { match: object; effect: object })[],
    made: number,
  ): void {
    for (const { id, match, effect, left, matched } of states.toReversed()) {
      this.add({ id, match, effect })
      Object.assign(this.#active[0] as Active, { left, matched })
    }
    this.#added = made
  }

  #has(id: string): boolean {
    return this.#active.some((active) => active.id === id)
  }

  #nextId(): string {
    let id: string
    do id = `scenario-${++this.#added}`
    while (this.#has(id))
    return id
  }

  /** What becomes of this piece of work; counts the match. */
  fateOf(subject: ScenarioSubject): Fate {
    return this.#next(subject, ({ fate }) => fate) ?? ORDINARY
  }

  /** How this request goes wrong; counts the match. @returns `null` if it does not */
  faultOf(subject: ScenarioSubject): Fault | null {
    return this.#next(subject, ({ fault }) => fault)
  }

  #next<Kind>(subject: ScenarioSubject, kindOf: (active: Active) => Kind | null): Kind | null {
    for (const active of this.#active) {
      const kind = kindOf(active)
      if (kind === null || active.left === 0 || !matches(active.match, subject)) continue
      active.matched++
      if (active.match.nth !== undefined && active.matched !== active.match.nth) continue
      const probability = active.match.probability
      if (probability !== undefined && this.#entropy.fraction(`${active.id} ${active.matched}`) >= probability) continue
      active.left--
      return kind
    }
    return null
  }
}

function matches(match: ScenarioMatch, subject: ScenarioSubject): boolean {
  if (match.operation !== undefined && match.operation !== subject.operation) return false
  if (match.account !== undefined && match.account !== subject.account.id) return false
  if (match.clientRequestId !== undefined && match.clientRequestId !== subject.clientRequestId) return false
  if (match.prompt === undefined) return true
  return typeof match.prompt === 'string'
    ? subject.prompt.includes(match.prompt)
    : subject.prompt.search(match.prompt) >= 0
}

const ABOVE_0: Field = {
  expects: 'a whole number above 0',
  accepts: (value) => Number.isInteger(value) && (value as number) > 0,
}
const OBJECT: Field = { expects: 'an object', accepts: isRecord }

const SCENARIO_FIELDS: Fields<Scenario> = { id: NAME, match: OBJECT, effect: OBJECT, times: ABOVE_0 }

const MATCH_FIELDS: Fields<ScenarioMatch> = {
  operation: oneOf(...Object.keys(operations)),
  account: TEXT,
  prompt: {
    expects: 'a text or a pattern',
    // A test runner may have a RegExp of its own.
    accepts: (value) => typeof value === 'string' || Object.prototype.toString.call(value) === '[object RegExp]',
  },
  clientRequestId: TEXT,
  nth: ABOVE_0,
  probability: {
    expects: 'a number from 0 to 1',
    accepts: (value) => typeof value === 'number' && value >= 0 && value <= 1,
  },
}

// A million dollars; with it a World's sums stay safe integers for thousands of jobs.
const MAX_SETTLEMENT = 1_000_000_000_000

const CODE: Field = oneOf(...Object.keys(FAILURE_MESSAGES))
const FAILURE_FIELDS: Fields<{ code: JobErrorCode; message?: string }> = { code: CODE, message: NAME }

const EFFECT_FIELDS: Fields<ScenarioEffect> = {
  pending: DURATION,
  running: DURATION,
  fail: { expects: CODE.expects, accepts: (value) => CODE.accepts(isRecord(value) ? value['code'] : value) },
  stuck: oneOf(true, false, 'forever'),
  knownSubjects: { expects: 'an object of profile id to number of outputs', accepts: isRecord },
  settleMicroUsd: {
    expects: `whole micro-dollars up to ${MAX_SETTLEMENT}`,
    accepts: (value) => isCount(value, MAX_SETTLEMENT),
  },
  profileStatus: oneOf('ERROR', 'INACTIVE'),
  callback: CALLBACK,
  fault: FAULT,
}

function check(scenario: Scenario): void {
  if (!isRecord(scenario)) throw new MisuseError(`scenario expects an object, received ${shown(scenario)}`)
  const { match = {}, effect } = scenario
  checkFields(scenario, SCENARIO_FIELDS, 'scenario.')
  if (effect === undefined)
    throw new MisuseError("scenario.effect is missing; expects an object such as { fail: 'TIMEOUT' }")
  checkFields(match, MATCH_FIELDS, 'scenario.match.')
  checkFields(effect, EFFECT_FIELDS, 'scenario.effect.')
  if (typeof effect.fail === 'object') checkFields(effect.fail, FAILURE_FIELDS, 'scenario.effect.fail.')
  assertCounts(effect.knownSubjects ?? {}, 'scenario.effect.knownSubjects')
  if (effect.callback !== undefined) checkCallbackFault(effect.callback, 'scenario.effect.callback.')
  if (effect.fault === undefined) return
  checkFault(effect.fault, 'scenario.effect.fault.')
  const beside = Object.keys(effect).filter((name) => name !== 'fault')
  if (beside.length > 0)
    throw new MisuseError(`scenario.effect.fault stands alone; ${beside.join(', ')} belongs in a scenario of its own`)
}

function toFate(scenarioId: string, effect: ScenarioEffect): Fate {
  const { fail, settleMicroUsd } = effect
  const code = typeof fail === 'object' ? fail.code : fail
  return {
    scenarioId,
    pendingMs: effect.pending === undefined ? null : toMs(effect.pending, 'scenario.effect.pending'),
    runningMs: effect.running === undefined ? null : toMs(effect.running, 'scenario.effect.running'),
    failure:
      code === undefined
        ? null
        : { code, message: (typeof fail === 'object' && fail.message) || FAILURE_MESSAGES[code] },
    stuck: effect.stuck === 'forever' ? 'forever' : effect.stuck ? 'until-limit' : false,
    knownSubjects: effect.knownSubjects ?? null,
    settleMicroUsd: settleMicroUsd ?? null,
    profileStatus: effect.profileStatus ?? null,
    callback: effect.callback ? toCallbackFate(effect.callback) : null,
  }
}

/** @throws {MisuseError} unless each value is a whole number, 0 or more */
export function assertCounts(counts: Readonly<Record<string, number>>, what: string): void {
  for (const [id, count] of Object.entries(counts)) {
    if (!isCount(count, Number.MAX_SAFE_INTEGER)) {
      throw new MisuseError(
        `${what} expects for each profile a whole number of appearances, received ${count} for '${id}'`,
      )
    }
  }
}

function isCount(value: unknown, max: number): boolean {
  return Number.isInteger(value) && (value as number) >= 0 && (value as number) <= max
}
