import { MisuseError } from '../engine/misuse-error.ts'
import { fileProblem } from '../text/file-problem.ts'
import { type SqliteProblem, sqliteProblem } from './sqlite.ts'

const SENTENCES: Readonly<Record<SqliteProblem, string>> = {
  busy: 'another process uses it',
  readonly: 'this user may not write there, or the file system is read-only',
  io: 'the disk could not be read or written',
  corrupt: 'its file is damaged; put a copy of the folder in its place, or begin with an empty folder',
  full: 'no space is left on its disk',
  cannotOpen: 'its file could not be opened: the folder is not there, or this user may not read or write in it',
  notDatabase: 'its file is damaged or none of phota-mock; put a copy of the folder in its place, or choose another',
}

/** What is wrong with a folder of stored Worlds, in one sentence. */
export class StorageProblem extends MisuseError {
  override readonly name: string = 'StorageProblem'
}

/** Why a folder cannot be read or written, in a few words; `null` for an error that is not of the disk. */
export function diskProblem(error: unknown): string | null {
  const problem = sqliteProblem(error)
  if (problem !== null) return SENTENCES[problem]
  return typeof (error as NodeJS.ErrnoException).syscall === 'string' ? fileProblem(error) : null
}

/** @returns the error as one of the folder, or as it is where the disk is not to blame */
export function asProblem(folder: string, cause: unknown): unknown {
  if (cause instanceof StorageProblem) return cause
  const problem = cause instanceof SyntaxError ? SENTENCES.corrupt : diskProblem(cause)
  return problem === null ? cause : new StorageProblem(`the data folder ${folder}: ${problem}`, { cause })
}
