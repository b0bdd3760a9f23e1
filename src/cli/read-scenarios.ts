import { MisuseError } from '../engine/misuse-error.ts'
import type { Scenario } from '../phota/scenario.ts'
import { World } from '../phota/world.ts'
import { readData } from './read-data.ts'

/**
 * The scenarios of a file: a list, or an object with `scenarios`; JSON, YAML or a module. The one that stands last
 * wins.
 *
 * @throws {MisuseError} if it cannot be read, or one of them makes no sense
 */
export async function readScenarios(file: string): Promise<Scenario[]> {
  const data = await readData('--scenario', file, 'Give a .json, .yaml, .js or .ts file.')
  const list = Array.isArray(data) ? data : (data as { scenarios?: unknown } | null)?.scenarios
  if (!Array.isArray(list))
    throw new MisuseError(`--scenario ${file}: expects a list of scenarios, or an object with scenarios`)
  // Validated by adding them to a World that is thrown away, before the server listens.
  const world = new World({ id: 'trial', seed: 'trial' })
  list.forEach((scenario, nth) => {
    try {
      world.scenario(scenario as Scenario)
    } catch (error) {
      if (!(error instanceof MisuseError)) throw error
      throw new MisuseError(`--scenario ${file}, scenario ${nth + 1}: ${error.message}`)
    }
  })
  return list as Scenario[]
}
