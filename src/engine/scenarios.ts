import { toPlannedCallbackFault } from './callback-fault.ts'
import type { Dialect } from './dialect.ts'
import { toMs } from './duration.ts'
import type { Entropy } from './entropy.ts'
import type { Events } from './events.ts'
import { failureOf } from './failure.ts'
import { type Fault, type HttpFault, toFault } from './http-fault.ts'
import { MisuseError, TakenError } from './misuse-error.ts'
import type { Plain } from './plain.ts'
import {
  ORDINARY,
  type PlannedOutcome,
  type Scenario,
  type ScenarioEffect,
  type ScenarioMatch,
  type ScenarioState,
  type ScenarioSubject,
} from './scenario.ts'

interface Active extends ScenarioState {
  /** What becomes of the work; `null` if it is about the request instead. */
  planned: PlannedOutcome | null
  fault: Fault | null
}

/** The scenarios of a World. The one added last wins. */
export class Scenarios {
  readonly #active: Active[] = []
  readonly #entropy: Entropy
  readonly #dialect: Dialect
  readonly #events: Events
  #added = 0

  constructor(entropy: Entropy, dialect: Dialect, events: Events) {
    this.#entropy = entropy
    this.#dialect = dialect
    this.#events = events
  }

  /**
   * @returns the scenario's id, for `remove`
   * @throws {TakenError} if its id is taken
   * @throws {MisuseError} if it makes no sense
   */
  add(scenario: Scenario): string {
    this.#dialect.assertScenario(scenario)
    const { effect, match = {} } = scenario
    // Before an id is made up, so that one that is refused uses up none.
    const fault = effect.fault ? faultAlone(effect.fault, effect) : null
    const planned = effect.fault ? null : this.#plan(effect)
    const id = scenario.id ?? this.#nextId()
    if (this.#has(id)) throw new TakenError(`scenario: the id '${id}' is taken`)
    const active: Active = {
      id,
      match,
      effect,
      planned: planned && { ...planned, scenarioId: id },
      fault: fault && { ...fault, scenarioId: id },
      left: scenario.times ?? Number.POSITIVE_INFINITY,
      matched: 0,
    }
    this.#active.unshift(active)
    this.#events.keeper?.scenarioChanged(active)
    return id
  }

  /** @returns whether there was such a scenario */
  remove(id: string): boolean {
    const at = this.#active.findIndex((active) => active.id === id)
    const [removed] = at < 0 ? [] : this.#active.splice(at, 1)
    if (removed) this.#events.keeper?.scenarioForgotten(removed)
    return removed !== undefined
  }

  /** Whether there is nothing that a request could match. */
  get areNone(): boolean {
    return this.#active.length === 0
  }

  /** As they are, not copies; the one that wins first. */
  all(): readonly ScenarioState[] {
    return this.#active
  }

  /** The one that wins first. */
  states(): ScenarioState[] {
    return this.#active.map(({ id, match, effect, left, matched }) => ({ id, match, effect, left, matched }))
  }

  /** How many ids were made up. */
  get made(): number {
    return this.#added
  }

  /** Goes on from there. @throws {MisuseError} if one makes no sense */
  goOn(
    states: readonly { id: string; match: Plain; effect: Plain; left: number; matched: number }[],
    made: number,
  ): void {
    for (const { id, match, effect, left, matched } of states.toReversed()) {
      const scenario: unknown = { id, match, effect }
      this.#dialect.assertScenario(scenario)
      this.add(scenario)
      Object.assign(this.#active[0] as Active, { left, matched })
    }
    this.#added = made
  }

  /** What becomes of this piece of work; counts the match. */
  plannedFor(subject: ScenarioSubject): PlannedOutcome {
    return this.#next(subject, ({ planned }) => planned) ?? ORDINARY
  }

  /** How this request goes wrong; counts the match. @returns `null` if it does not */
  faultOf(subject: ScenarioSubject): Fault | null {
    return this.#next(subject, ({ fault }) => fault)
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

  #next<Kind>(subject: ScenarioSubject, kindOf: (active: Active) => Kind | null): Kind | null {
    for (const active of this.#active) {
      const kind = kindOf(active)
      if (kind === null || active.left === 0 || !this.#matches(active.match, subject)) continue
      active.matched++
      this.#events.keeper?.scenarioChanged(active)
      if (active.match.nth !== undefined && active.matched !== active.match.nth) continue
      const probability = active.match.probability
      if (probability !== undefined && this.#entropy.fraction(`${active.id} ${active.matched}`) >= probability) continue
      active.left--
      return kind
    }
    return null
  }

  #matches(match: ScenarioMatch, subject: ScenarioSubject): boolean {
    if (match.operation !== undefined && match.operation !== subject.operation) return false
    if (match.account !== undefined && match.account !== subject.account.id) return false
    return this.#dialect.matches(match, subject)
  }

  #plan(effect: ScenarioEffect): Omit<PlannedOutcome, 'scenarioId'> {
    const { pending, running, fail, message, stuck, settle_micro_usd, callback } = effect
    if (message !== undefined && fail === undefined)
      throw new MisuseError(
        `scenario.effect.message stands beside fail, such as { fail: '${this.#dialect.timeout}', ` +
          `message: 'Too slow.' }`,
      )
    return {
      pendingMs: pending === undefined ? null : toMs(pending, 'scenario.effect.pending'),
      runningMs: running === undefined ? null : toMs(running, 'scenario.effect.running'),
      failure: fail === undefined ? null : failureOf(this.#dialect, fail, message),
      stuck: stuck ?? null,
      settleMicroUsd: settle_micro_usd ?? null,
      callback: callback ? toPlannedCallbackFault(callback, 'scenario.effect.callback.') : null,
      effect,
    }
  }
}

function faultAlone(fault: HttpFault, effect: ScenarioEffect): Omit<Fault, 'scenarioId'> {
  const beside = Object.keys(effect).filter((name) => name !== 'fault')
  if (beside.length > 0)
    throw new MisuseError(`scenario.effect.fault stands alone; ${beside.join(', ')} belongs in a scenario of its own`)
  return toFault(fault, 'scenario.effect.fault.')
}
