import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fileProblem } from '../text/file-problem.ts'
import { UsageProblem } from './usage-problem.ts'

/** @throws {UsageProblem} if the folder cannot be written */
export async function writeFiles(folder: string, files: Readonly<Record<string, string>>): Promise<void> {
  try {
    for (const [name, content] of Object.entries(files)) {
      const path = join(folder, name)
      await mkdir(dirname(path), { recursive: true })
      await writeFile(path, content)
    }
  } catch (error) {
    throw new UsageProblem(`--report ${folder} could not be written: ${fileProblem(error)}`)
  }
}
