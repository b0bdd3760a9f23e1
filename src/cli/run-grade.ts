import { join } from 'node:path'
import { commandClient } from '../grade/command.ts'
import { chapters, habits } from '../grade/habits.ts'
import { terminalText, writeReport } from '../grade/reports.ts'
import type { GradeResult } from '../grade/result.ts'
import { rounds } from '../grade/rounds.ts'
import { run } from '../grade/run.ts'
import { type GradeOptions, resolveOptions } from '../grade/settings.ts'
import { UsageProblem } from '../report/usage-problem.ts'
import { wrapped } from '../report/wrap.ts'
import { jsonText, printable, visible } from '../text/printable.ts'
import { quoted } from '../text/quoted.ts'
import type { GradeFlags } from './grade-options.ts'
import { paintFor, progressTo } from './progress.ts'
import { readIds } from './read-named.ts'

/** Does what `phota-mock grade` was asked for; sets the exit code. */
export async function runGrade(command: readonly string[], flags: GradeFlags): Promise<void> {
  try {
    await gradeOrThrow(command, flags)
  } catch (error) {
    if (!(error instanceof UsageProblem)) throw error
    console.error(`phota-mock grade: ${printable(error.message)}`)
    process.exitCode = 2
  }
}

async function gradeOrThrow(command: readonly string[], flags: GradeFlags): Promise<void> {
  if (flags.list) {
    console.log(flags.json ? jsonText({ habits, rounds: roundList() }) : listText())
    return
  }
  const settings = resolveOptions(await optionsOf(flags))
  const [program, ...args] = command
  if (program === undefined) {
    throw new UsageProblem('which client? Give its command after --. Example: phota-mock grade -- python3 client.py')
  }
  const progress = progressTo(process.stderr, 'rounds')
  const interrupted = new AbortController()
  const interrupt = (): void => interrupted.abort()
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, interrupt)
  const graded = commandClient({ command: [program, ...args], env: process.env })
  try {
    const result = await run(settings, {
      name: command.map(shownWord).join(' '),
      client: graded.client,
      clock: 'real',
      progress: progress.show,
      signal: interrupted.signal,
    })
    progress.end()
    if (flags.report !== undefined) await writeReport(flags.report, result)
    console.log(flags.json ? jsonText(result) : textFor(result, flags))
    tellWhatItSaid(result)
    process.exitCode = interrupted.signal.aborted ? 2 : result.exitCode
  } finally {
    await graded.close()
  }
}

async function optionsOf(flags: GradeFlags): Promise<GradeOptions> {
  const { receiver, expectedFailures, only, skip, rounds: named, timeout, patience, serial } = flags
  return {
    ...(receiver !== undefined && { receiver }),
    ...(expectedFailures !== undefined && { expectedFailures: await readIds(expectedFailures, '--expected-failures') }),
    ...(serial && { concurrency: 1 }),
    ...(only.length > 0 && { only }),
    skip,
    rounds: named,
    timeoutMs: timeout,
    patienceMs: patience,
  }
}

function textFor(result: GradeResult, { report }: GradeFlags): string {
  const text = terminalText(result, paintFor(process.stdout))
  if (report === undefined) return text
  return `${text}\nReport: ${printable(join(report, 'report.html'))}, junit.xml, result.json`
}

/** Of a client that does not work at all, so that its author sees why. */
function tellWhatItSaid({ rounds: [ordinary] }: GradeResult): void {
  if (ordinary === undefined || ordinary.ending === 'done' || ordinary.said.trim() === '') return
  console.error(`It does not work where nothing goes wrong (${ordinary.endingText}), and said:\n`)
  console.error(visible(ordinary.said.trim()))
}

function shownWord(word: string): string {
  return /^[\w.:/=@%+,-]+$/.test(word) ? word : quoted(word)
}

function roundList(): { id: string; text: string; shows: readonly string[] }[] {
  return rounds.map(({ id, text, shows }) => ({ id, text, shows }))
}

function listText(): string {
  const row = (id: string, text: string): string =>
    wrapped(text, 72)
      .map((line, nth) => `  ${(nth === 0 ? id : '').padEnd(26)}${line}`)
      .join('\n')
  const parts = Object.entries(chapters).map(([chapter, title]) =>
    [title, ...habits.filter(({ id }) => id.startsWith(`${chapter}.`)).map(({ id, text }) => row(id, text))].join('\n'),
  )
  return [...parts, ['Rounds', ...roundList().map(({ id, text }) => row(id, text))].join('\n')].join('\n\n')
}
