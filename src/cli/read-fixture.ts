import { MisuseError } from '../engine/misuse-error.ts'
import type { LoadSource } from '../engine/world-data.ts'
import { readData } from './read-data.ts'

const SHIPPED: Readonly<Record<string, () => Promise<{ default: unknown }>>> = {
  default: () => import('../../fixtures/worlds/default.ts'),
  'every-state': () => import('../../fixtures/worlds/every-state.ts'),
  'half-trained': () => import('../../fixtures/worlds/half-trained.ts'),
  'busy-afternoon': () => import('../../fixtures/worlds/busy-afternoon.ts'),
}

/**
 * A World's contents by name or file: JSON, YAML, or a module whose default export is the contents or a function that makes them.
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
  const shipped = SHIPPED[nameOrFile]
  const names = Object.keys(SHIPPED).join(', ')
  if (!shipped)
    return await readData('--fixture', nameOrFile, `Shipped: ${names}; or give a .json, .yaml, .js or .ts file.`)
  const { default: contents } = await shipped()
  return typeof contents === 'function' ? await contents() : contents
}
