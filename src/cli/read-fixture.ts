import { extname } from 'node:path'
import { MisuseError } from '../engine/misuse-error.ts'
import { suggestion } from '../engine/nearest.ts'
import type { LoadSource } from '../phota/load.ts'
import { SHIPPED } from '../phota/shipped-fixtures.ts'
import { UsageProblem } from '../report/usage-problem.ts'
import { readData } from './read-data.ts'

/**
 * A World's contents by name or file: JSON, YAML, a module whose default export is the contents or a function that
 * makes them, or a HAR whose jobs are replayed.
 *
 * @throws {MisuseError} if it cannot be read, or holds nothing that a World could
 */
export async function readFixture(nameOrFile: string): Promise<LoadSource> {
  const contents = await read(nameOrFile)
  if (
    contents === null ||
    typeof contents !== 'object' ||
    !['accounts', 'profiles', 'jobs', 'scenarios'].some((part) => part in contents)
  ) {
    throw new MisuseError(`--fixture ${nameOrFile}: expects an object with accounts, profiles, jobs or scenarios`)
  }
  return contents as LoadSource
}

async function read(nameOrFile: string): Promise<unknown> {
  const shipped = await SHIPPED[nameOrFile]?.()
  if (shipped) return shipped
  if (extname(nameOrFile) === '.har') {
    // Loaded only where it is needed.
    const [{ recordedWorld }, { recordingIn }] = await Promise.all([
      import('./recorded-world.ts'),
      import('./run-explain.ts'),
    ])
    try {
      return recordedWorld(await recordingIn(nameOrFile, 0))
    } catch (error) {
      throw error instanceof UsageProblem ? new MisuseError(`--fixture ${error.message}`) : error
    }
  }
  const names = Object.keys(SHIPPED)
  const files = 'or give a .json, .yaml, .js, .ts or .har file.'
  const hint = `Shipped: ${names.join(', ')}; ${files}${suggestion(nameOrFile, names)}`
  return await readData('--fixture', nameOrFile, hint)
}
