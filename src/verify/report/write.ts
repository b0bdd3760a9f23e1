import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { writeFiles } from '../../report/write-files.ts'
import { jsonText } from '../../text/printable.ts'
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
