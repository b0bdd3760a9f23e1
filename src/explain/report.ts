import { htmlReport } from '../report/html.ts'
import { junitReport } from '../report/junit.ts'
import { writeFiles } from '../report/write-files.ts'
import { jsonText } from '../text/printable.ts'
import { edition } from './edition.ts'
import type { ExplainResult } from './result-of.ts'

/**
 * Writes `report.html`, `junit.xml` and `result.json`.
 *
 * @throws {UsageProblem} if the folder cannot be written
 */
export async function writeExplainReport(folder: string, result: ExplainResult): Promise<void> {
  const { rules, startedAt, durationMs, files, formats, exchanges, others, apiVersion } = result
  const text = { ...result, items: rules }
  await writeFiles(folder, {
    'report.html': htmlReport(
      {
        ...text,
        title: files.join(', '),
        heading: files.join(', '),
        facts: [formats.join(', '), `${exchanges.length} exchanges with the API`, `${others} others`, startedAt ?? ''],
        footer: `The rules are those of API version ${apiVersion}.`,
      },
      edition,
    ),
    'junit.xml': junitReport({ items: rules, startedAt: startedAt ?? '', durationMs }, edition),
    'result.json': `${jsonText(result)}\n`,
  })
}
