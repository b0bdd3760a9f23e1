import { sentences } from '../api/sentences.ts'
import { isRecord } from '../engine/fields.ts'
import { MisuseError, shown } from '../engine/misuse-error.ts'
import type { ScenarioMatch, ScenarioSubject, Scenario as WorldScenario } from '../engine/scenario.ts'
import { type ControlScenario, operations } from '../spec/control/index.ts'

/** What becomes of the requests that it matches, spelled as the control API spells it. */
export interface Scenario extends Omit<ControlScenario, 'match'> {
  match?: PhotaMatch
}

/** Which requests a scenario is about; every field given must match. An empty one matches all. */
export interface PhotaMatch extends Omit<NonNullable<ControlScenario['match']>, 'prompt'> {
  /**
   * A part of the prompt; or a pattern, which only code can give: it runs for as long as it takes, and no snapshot
   * holds it.
   */
  prompt?: string | RegExp
}

export type PhotaEffect = ControlScenario['effect']

/** @throws {MisuseError} unless it is a scenario, by its form */
export function assertScenario(given: unknown): asserts given is WorldScenario {
  if (!isRecord(given)) throw new MisuseError(`scenario expects an object, received ${shown(given)}`)
  const { match, effect } = given
  const plain = {
    ...given,
    ...(isRecord(match) && isPattern(match['prompt']) && { match: { ...match, prompt: '' } }),
    // In code, a field may be there and say nothing.
    ...(isRecord(effect) && {
      effect: Object.fromEntries(Object.entries(effect).filter(([, value]) => value !== undefined)),
    }),
  }
  const validate = operations.addScenario.requestBody
  if (validate === null || validate(plain)) return
  throw new MisuseError(sentences(validate.errors ?? [], plain, 'scenario', 'scenario.'))
}

export function matches(match: ScenarioMatch, { label, idempotencyKey }: ScenarioSubject): boolean {
  const { prompt, client_request_id } = match as PhotaMatch
  if (client_request_id !== undefined && client_request_id !== idempotencyKey) return false
  if (prompt === undefined) return true
  return typeof prompt === 'string' ? label.includes(prompt) : label.search(prompt) >= 0
}

export function isPlain(match: ScenarioMatch): boolean {
  return !isPattern((match as PhotaMatch).prompt)
}

/** A test runner may have a RegExp of its own. */
function isPattern(value: unknown): value is RegExp {
  return Object.prototype.toString.call(value) === '[object RegExp]'
}
