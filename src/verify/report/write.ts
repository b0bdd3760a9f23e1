import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { UsageProblem } from '../usage-problem.ts'
import { htmlReport } from './html.ts'
import { junitReport } from './junit.ts'
import type { VerifyResult } from './result.ts'

/** Writes `report.html`, `junit.xml` and `result.json`. @throws {UsageProblem} if the folder cannot be written */
export async function writeReport(folder: string, result: VerifyResult): Promise<void> {
  await writeFiles(folder, {
    'report.html': htmlReport(result),
    'junit.xml': junitReport(result),
    'result.json': `${JSON.stringify(result, null, 2)}\n`,
  })
}

/** @throws {UsageProblem} if the folder cannot be written */
export async function writeFiles(folder: string, files: Readonly<Record<string, string>>): Promise<void> {
  try {
    await mkdir(folder, { recursive: true })
    for (const [name, content] of Object.entries(files)) await writeFile(join(folder, name), content)
  } catch (error) {
    throw new UsageProblem(`--report ${folder} could not be written: ${(error as Error).message}`)
  }
}
