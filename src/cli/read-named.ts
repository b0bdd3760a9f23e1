import { UsageProblem } from '../report/usage-problem.ts'
import { fileProblem } from '../text/file-problem.ts'
import { readText } from './read-text.ts'

/**
 * The text of a file that an option names.
 *
 * @throws {UsageProblem} if it cannot be read
 */
export async function readNamed(file: string, name: string): Promise<string> {
  try {
    return await readText(file)
  } catch (error) {
    throw new UsageProblem(`${name} ${file} could not be read: ${fileProblem(error)}`)
  }
}

/** One id a line; what follows a `#` is a remark. */
export async function readIds(file: string, name: string): Promise<string[]> {
  const text = await readNamed(file, name)
  return text
    .split('\n')
    .map((line) => line.replace(/#.*/, '').trim())
    .filter((line) => line !== '')
}
