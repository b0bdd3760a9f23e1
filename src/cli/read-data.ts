import { stat } from 'node:fs/promises'
import { extname, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { MisuseError } from '../engine/misuse-error.ts'
import { fileProblem } from '../text/file-problem.ts'
import { readText } from './read-text.ts'

/**
 * What a file holds: JSON, YAML, or a module's default export, which may be a function that makes it.
 *
 * @param flag named in errors
 * @param hint told when it cannot be read
 * @throws {MisuseError} if it cannot be read
 */
export async function readData(flag: string, file: string, hint: string): Promise<unknown> {
  try {
    // An import would look for a missing file, or a folder, as for a package.
    if ((await stat(file)).isDirectory()) throw Object.assign(new Error(), { code: 'EISDIR' })
    switch (extname(file)) {
      case '.json':
        return JSON.parse(await readText(file))
      case '.yaml':
      case '.yml': {
        // Loaded only where it is needed.
        const { parse } = await import('yaml')
        return parse(await readText(file))
      }
      default: {
        const { default: data } = (await import(pathToFileURL(resolve(file)).href)) as { default: unknown }
        return typeof data === 'function' ? await data() : data
      }
    }
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException
    if (code === 'ERR_UNKNOWN_FILE_EXTENSION' && /\.[cm]?ts$/.test(file)) {
      throw new MisuseError(
        `${flag} ${file}: this Node, ${process.version}, reads no TypeScript; 22.18 and newer do. Or give a .js, ` +
          '.json or .yaml file.',
        { cause },
      )
    }
    throw new MisuseError(`${flag} ${file} could not be read: ${fileProblem(cause)}. ${hint}`, { cause })
  }
}
