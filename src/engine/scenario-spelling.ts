import type { ControlScenario } from '../spec/control/index.ts'
import { isRecord } from './fields.ts'
import { MisuseError } from './misuse-error.ts'
import type { Scenario } from './scenario.ts'

const OWN_NAMES: ReadonlyMap<string, string> = new Map([
  ['client_request_id', 'clientRequestId'],
  ['known_subjects', 'knownSubjects'],
  ['settle_micro_usd', 'settleMicroUsd'],
  ['profile_status', 'profileStatus'],
  ['retry_after', 'retryAfter'],
])
const CONTROL_NAMES: ReadonlyMap<string, string> = new Map(Array.from(OWN_NAMES, ([control, own]) => [own, control]))

/**
 * A scenario spelled as the control API spells it, as ours; ours stays as it is. Nothing is left out, so that a field that there
 * is not is still found.
 *
 * @throws {MisuseError} if a field is there in both spellings, or a message without `fail`
 */
export function toScenario(given: Scenario | ControlScenario): Scenario {
  if (!isRecord(given)) return given as never
  const { match, effect } = given as Record<string, unknown>
  return {
    ...given,
    ...(isRecord(match) && { match: renamed(match, 'scenario.match') }),
    ...(isRecord(effect) && { effect: ownEffect(renamed(effect, 'scenario.effect')) }),
  } as Scenario
}

function renamed(part: Record<string, unknown>, at: string): Record<string, unknown> {
  const own = new Map<string, unknown>()
  for (const [name, value] of Object.entries(part)) {
    const ownName = OWN_NAMES.get(name) ?? name
    if (own.has(ownName)) throw new MisuseError(`${at}.${ownName} is given in two spellings; expects one`)
    own.set(ownName, value)
  }
  return Object.fromEntries(own)
}

function ownEffect({ message, ...effect }: Record<string, unknown>): Record<string, unknown> {
  if (isRecord(effect['fault'])) effect['fault'] = renamed(effect['fault'], 'scenario.effect.fault')
  if (effect['stuck'] === 'until-limit') effect['stuck'] = true
  if (message === undefined) return effect
  if (typeof effect['fail'] !== 'string')
    throw new MisuseError(
      "scenario.effect.message stands beside fail, such as { fail: 'TIMEOUT', message: 'Too slow.' }",
    )
  return { ...effect, fail: { code: effect['fail'], message } }
}

/** Our spelling of a part of a scenario as the control API's, all the way down; a pattern as its text. */
export function toControlSpelling(part: unknown): unknown {
  if (Object.prototype.toString.call(part) === '[object RegExp]') return String(part)
  if (!isRecord(part)) return part
  const { fail, stuck } = part
  const spelled = Object.fromEntries(
    Object.entries(part).map(([name, value]) => [
      CONTROL_NAMES.get(name) ?? name,
      name === 'knownSubjects' ? value : toControlSpelling(value),
    ]),
  )
  return {
    ...spelled,
    ...(isRecord(fail) && { fail: fail['code'], ...(fail['message'] !== undefined && { message: fail['message'] }) }),
    ...(stuck === true && { stuck: 'until-limit' }),
  }
}
