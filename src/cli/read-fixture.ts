import { readFile } from 'node:fs/promises'
import { extname, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { MisuseError } from '../engine/misuse-error.ts'
import type { LoadSource } from '../engine/world-data.ts'

const SHIPPED: Readonly<Record<string, () => Promise<{ default: unknown }>>> = {
  default: () => import('../../fixtures/worlds/default.ts'),
  'every-state': () => import('../../fixtures/worlds/every-state.ts'),
  'half-trained': () => import('../../fixtures/worlds/half-trained.ts'),
  'busy-afternoon': () => import('../../fixtures/worlds/busy-afternoon.ts'),
}

/**
 * A World's contents by name or file: JSON, or a module whose default export is the contents or a function that makes them.
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
  try {
    if (!shipped && extname(nameOrFile) === '.json') return JSON.parse(await readFile(nameOrFile, 'utf8'))
    const { default: contents } = (await (shipped ? shipped() : import(pathToFileURL(resolve(nameOrFile)).href))) as {
      default: unknown
    }
    return typeof contents === 'function' ? await contents() : contents
  } catch (cause) {
    const missing =
      (cause as NodeJS.ErrnoException).code === 'ENOENT' ||
      (cause as NodeJS.ErrnoException).code === 'ERR_MODULE_NOT_FOUND'
    if ((cause as NodeJS.ErrnoException).code === 'ERR_UNKNOWN_FILE_EXTENSION' && /\.[cm]?ts$/.test(nameOrFile)) {
      throw new MisuseError(
        `--fixture ${nameOrFile}: this Node, ${process.version}, reads no TypeScript; 22.18 and newer do. Or give a .js or .json file.`,
        { cause },
      )
    }
    const shippedNames = Object.keys(SHIPPED).join(', ')
    throw new MisuseError(
      `--fixture ${nameOrFile} could not be read${missing ? ` (${(cause as Error).message})` : `: ${(cause as Error).message}`}. Shipped: ${shippedNames}; or give a .json, .js or .ts file.`,
      { cause },
    )
  }
}
