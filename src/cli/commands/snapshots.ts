import { rename, rm, stat, writeFile } from 'node:fs/promises'
import { Command } from 'commander'
import { MisuseError } from '../../engine/misuse-error.ts'
import type { ControlSnapshot } from '../../spec/control/index.ts'
import { fileProblem } from '../../text/file-problem.ts'
import { jsonText, printable } from '../../text/printable.ts'
import { readText } from '../read-text.ts'
import { open, remote } from '../remote.ts'
import { worldText } from '../text.ts'

/** `phota-mock snapshot`, and `phota-mock world snapshot`. */
export function snapshotCommand(): Command {
  return remote(new Command('snapshot'))
    .description('Keep all of a World as JSON, keys and secrets too.')
    .argument('[file]', 'where to; to the screen if left out')
    .action(async (file: string | undefined, _flags, command: Command) => {
      const { world, isJson } = await open(command)
      const text = jsonText(await world.snapshot(), 0)
      if (file === undefined || isJson) console.log(text)
      if (file === undefined) return
      await replace(file, `${text}\n`).catch((cause: Error) => {
        throw new MisuseError(`snapshot: ${file} could not be written: ${fileProblem(cause)}`, { cause })
      })
      if (!isJson) console.log(printable(`World ${world.id} is kept in ${file}`))
    })
}

/** `phota-mock restore`, and `phota-mock world restore`. */
export function restoreCommand(): Command {
  return remote(new Command('restore'))
    .description('Put a World into the state of a snapshot, of this server or another.')
    .argument('<file>')
    .action(async (file: string, _flags, command: Command) => {
      const { world, show } = await open(command)
      const restored = await world.restore(await readSnapshot(file))
      show(restored, worldText)
    })
}

/** All or nothing: what stood there stays until the new text is whole. */
async function replace(file: string, text: string): Promise<void> {
  const before = await stat(file).catch(() => null)
  // Nobody replaces /dev/stdout.
  if (before !== null && !before.isFile()) return writeFile(file, text)
  const partial = `${file}.partial`
  try {
    await writeFile(partial, text, { flush: true })
    await rename(partial, file)
  } catch (error) {
    await rm(partial, { force: true })
    throw error
  }
}

async function readSnapshot(file: string): Promise<ControlSnapshot> {
  try {
    return JSON.parse(await readText(file)) as ControlSnapshot
  } catch (cause) {
    throw new MisuseError(`restore: ${file} is no snapshot that can be read: ${fileProblem(cause)}`, { cause })
  }
}
