import { mkdir, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fileProblem } from '../../text/file-problem.ts'
import { jsonText } from '../../text/printable.ts'
import { UsageProblem } from '../usage-problem.ts'
import { scriptName, scriptOf } from './again/index.ts'
import { htmlReport } from './html.ts'
import { junitReport } from './junit.ts'
import type { VerifyResult } from './result.ts'

/**
 * Writes `report.html`, `junit.xml`, `result.json`, and a script for each rule that is broken.
 *
 * @throws {UsageProblem} if the folder cannot be written
 */
export async function writeReport(folder: string, result: VerifyResult): Promise<void> {
  const scripts = result.rules.map((rule) => [scriptName(rule.id), scriptOf(rule, result)] as const)
  // Scripts of an earlier run may be for rules that are no longer broken.
  for (const [name, script] of scripts) if (script === null) await rm(join(folder, name), { force: true })
  await writeFiles(folder, {
    'report.html': htmlReport(result),
    'junit.xml': junitReport(result),
    'result.json': `${jsonText(result)}\n`,
    ...Object.fromEntries(scripts.filter(([, script]) => script !== null)),
  })
}

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
