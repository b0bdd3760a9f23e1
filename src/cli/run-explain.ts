import { readFileSync } from 'node:fs'
import { readFile, stat } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import type { Recording } from '../explain/exchange.ts'
import { historyOf } from '../explain/history.ts'
import { type JudgeOptions, judgeHistory } from '../explain/judge.ts'
import { MOST_BYTES, readRecording } from '../explain/read.ts'
import { writeExplainReport } from '../explain/report.ts'
import { explainResult } from '../explain/result-of.ts'
import { explainText } from '../explain/terminal.ts'
import { UnreadableRecording } from '../explain/unreadable.ts'
import { UsageProblem } from '../report/usage-problem.ts'
import { fileProblem } from '../text/file-problem.ts'
import { jsonText, printable } from '../text/printable.ts'
import type { ExplainFlags, JudgeFlags } from './explain-options.ts'
import { paintFor } from './progress.ts'

/** Does what `phota-mock explain` was asked for; sets the exit code. */
export async function runExplain(files: readonly string[], flags: ExplainFlags): Promise<void> {
  try {
    const recordings = []
    for (const [nth, file] of files.entries()) recordings.push(await recordingIn(file, nth))
    const history = historyOf(recordings)
    const judge = judgeHistory(history, judgeOptionsOf(flags))
    const result = explainResult({ files, history, judge, secrets: flags.secret })
    if (flags.report !== undefined) await writeExplainReport(flags.report, result)
    console.log(flags.json ? jsonText(result) : explainText(result, paintFor(process.stdout)))
    process.exitCode = result.exitCode
  } catch (error) {
    if (!(error instanceof UsageProblem)) throw error
    console.error(`phota-mock explain: ${printable(error.message)}`)
    process.exitCode = 2
  }
}

export function judgeOptionsOf({
  base,
  retention,
  secret,
  keyPerAccount = false,
  wallClock = false,
}: JudgeFlags): JudgeOptions {
  return {
    ...(base !== undefined && { base }),
    retentionMs: retention,
    secrets: secret,
    keyPerAccount,
    isWallClock: wallClock,
  }
}

/** @throws {UsageProblem} if it cannot be read, or is no recording */
export async function recordingIn(file: string, nth: number): Promise<Recording> {
  try {
    const { size } = await stat(file)
    if (size > MOST_BYTES) {
      const [has, most] = [size, MOST_BYTES].map((bytes) => Math.round(bytes / 1024 / 1024))
      throw new UnreadableRecording(`it has ${has} MiB; at most ${most} are read. Record without pictures, or less`)
    }
    return readRecording(await readFile(file), nth, (name) => attachedTo(file, name))
  } catch (error) {
    const isRead = error instanceof UnreadableRecording
    throw new UsageProblem(
      `${file} ${isRead ? `cannot be judged: ${error.message}` : `could not be read: ${fileProblem(error)}`}`,
    )
  }
}

/** Playwright keeps bodies in files beside the archive. */
function attachedTo(file: string, name: string): Uint8Array | null {
  if (basename(name) !== name) return null
  try {
    return readFileSync(join(dirname(file), name))
  } catch {
    return null
  }
}
