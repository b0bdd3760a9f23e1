import { htmlReport } from '../report/html.ts'
import { junitReport } from '../report/junit.ts'
import type { Paint } from '../report/paint.ts'
import { terminalReport } from '../report/terminal.ts'
import { writeFiles } from '../report/write-files.ts'
import { jsonText } from '../text/printable.ts'
import { edition } from './edition.ts'
import { counted } from './judge/trial.ts'
import type { GradeResult } from './result.ts'

/** What is printed: a table by chapter, then each habit that does not hold, with its evidence. */
export function terminalText(result: GradeResult, paint: Paint): string {
  const { client, habits, rounds } = result
  const closing = [`${counted(rounds.length, 'round')}: ${rounds.map(({ id }) => id).join(', ')}.`]
  return terminalReport({ ...result, subject: client, ways: waysOf(result), items: habits, closing }, edition, paint)
}

/** `report.html`: one file that requests nothing. */
export function htmlText(result: GradeResult): string {
  const { client, habits, durationMs, startedAt, apiVersion } = result
  const facts = [waysOf(result), `${(durationMs / 1_000).toFixed(1)} s`, startedAt]
  const footer = `The habits follow from the guide of API version ${apiVersion}.`
  return htmlReport({ ...result, title: client, heading: client, facts, items: habits, footer }, edition)
}

/** `junit.xml`: a suite for each chapter, a case for each habit. */
function junitText({ habits, startedAt, durationMs }: GradeResult): string {
  return junitReport({ items: habits, startedAt, durationMs }, edition)
}

/**
 * Writes `report.html`, `junit.xml` and `result.json`.
 *
 * @throws {UsageProblem} if the folder cannot be written
 */
export async function writeReport(folder: string, result: GradeResult): Promise<void> {
  await writeFiles(folder, {
    'report.html': htmlText(result),
    'junit.xml': junitText(result),
    'result.json': `${jsonText(result)}\n`,
  })
}

function waysOf({ rounds, receiver }: GradeResult): string {
  const callbacks = receiver === null ? 'callbacks to where it says' : `callbacks to ${receiver}`
  return `run ${counted(rounds.length, 'time')}, each in a World of its own · ${callbacks}`
}
