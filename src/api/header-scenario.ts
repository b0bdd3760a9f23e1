import { MisuseError, shown } from '../engine/misuse-error.ts'
import type { World } from '../engine/world.ts'

const IN_FAULT: ReadonlyMap<string, string> = new Map([
  ['fault', 'answer'],
  ['when', 'when'],
  ['retry_after', 'retry_after'],
  ['latency', 'latency'],
])
const IN_CALLBACK: ReadonlyMap<string, string> = new Map([
  ['callback', 'fault'],
  ['callback_delay', 'delay'],
])
const LONGEST = 4096

/**
 * `X-Mock-Scenario`, for a client that can do nothing else: `running=11m; stuck=forever`, or `fault=drop; when=before`.
 *
 * @returns the control API's spelling of the effect
 * @throws {MisuseError} if it cannot be read
 */
export function parseScenarioHeader(header: string): Record<string, unknown> {
  if (header.length > LONGEST)
    throw new MisuseError(`X-Mock-Scenario expects at most ${LONGEST} characters, received ${header.length}`)
  const effect = new Map<string, unknown>()
  const fault = new Map<string, unknown>()
  const callback = new Map<string, unknown>()
  for (const part of header.split(';')) {
    const at = part.indexOf('=')
    const name = part.slice(0, Math.max(0, at)).trim()
    const value = part.slice(at + 1).trim()
    if (!/^[a-z_]+$/.test(name) || value === '') {
      throw new MisuseError(
        'X-Mock-Scenario expects name=value, several by semicolon, received ' +
          `${shown(part.trim())}. Example: pending=10s; running=11m`,
      )
    }
    // Only a message is a text that may be a number.
    const isWhole = /^\d+$/.test(value) && name !== 'message'
    const target = IN_FAULT.has(name) ? fault : IN_CALLBACK.has(name) ? callback : effect
    target.set(IN_FAULT.get(name) ?? IN_CALLBACK.get(name) ?? name, isWhole ? Number(value) : value)
  }
  return {
    ...Object.fromEntries(effect),
    ...(fault.size > 0 && { fault: Object.fromEntries(fault) }),
    ...(callback.size > 0 && { callback: Object.fromEntries(callback) }),
  }
}

/** Puts the header's scenario in force for one request. @returns a function that takes it away again */
export function withScenario(world: World, header: string | null, requestId: string): () => void {
  if (header === null) return () => undefined
  const id = world.scenario({ id: `X-Mock-Scenario ${requestId}`, effect: parseScenarioHeader(header), times: 1 })
  return () => {
    world.scenarios.remove(id)
  }
}
