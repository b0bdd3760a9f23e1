import { MisuseError } from '../engine/misuse-error.ts'
import type { World } from '../engine/world.ts'

const IN_FAULT: Readonly<Record<string, string>> = {
  fault: 'answer',
  when: 'when',
  retry_after: 'retry_after',
  latency: 'latency',
}
const IN_CALLBACK: Readonly<Record<string, string>> = { callback: 'fault', callback_delay: 'delay' }
const NUMBERS = ['settle_micro_usd', 'retry_after']

/**
 * `X-Mock-Scenario`, for a client that can do nothing else: `fail=GENERATION_FAILED; running=11m`, or `fault=503; when=before`.
 *
 * @returns the control API's spelling of the effect
 * @throws {MisuseError} if it cannot be read
 */
export function parseScenarioHeader(header: string): Record<string, unknown> {
  const effect: Record<string, unknown> = {}
  const fault: Record<string, unknown> = {}
  const callback: Record<string, unknown> = {}
  for (const part of header.split(';')) {
    const [, name, value] = /^\s*([a-z_]+)\s*=\s*(.+?)\s*$/.exec(part) ?? []
    if (name === undefined || value === undefined) {
      throw new MisuseError(
        `X-Mock-Scenario expects name=value, several by semicolon, received "${part.trim()}". Example: fail=GENERATION_FAILED; running=11m`,
      )
    }
    const isWhole = /^\d+$/.test(value) && (NUMBERS.includes(name) || name === 'fault')
    const target = Object.hasOwn(IN_FAULT, name) ? fault : Object.hasOwn(IN_CALLBACK, name) ? callback : effect
    target[IN_FAULT[name] ?? IN_CALLBACK[name] ?? name] = isWhole ? Number(value) : value
  }
  return {
    ...effect,
    ...(Object.keys(fault).length > 0 && { fault }),
    ...(Object.keys(callback).length > 0 && { callback }),
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
