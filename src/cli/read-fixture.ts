import { MisuseError } from '../engine/misuse-error.ts'
import { suggestion } from '../engine/nearest.ts'
import type { LoadSource } from '../phota/load.ts'
import { SHIPPED } from '../phota/shipped-fixtures.ts'
import { readData } from './read-data.ts'

/**
 * A World's contents by name or file: JSON, YAML, or a module whose default export is the contents or a function that
 * makes them.
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
  const names = Object.keys(SHIPPED)
  const hint = `Shipped: ${names.join(', ')}; or give a .json, .yaml, .js or .ts file.${suggestion(nameOrFile, names)}`
  return await readData('--fixture', nameOrFile, hint)
}
