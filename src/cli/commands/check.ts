import { Command } from 'commander'
import type { FolderReport, StoredWorldReport } from '../../storage/check.ts'
import { allPrintable, jsonText } from '../../text/printable.ts'

/** `phota-mock check` */
export function checkCommand(): Command {
  return new Command('check')
    .description(
      'Check what serve --data has in a folder; a server may use it meanwhile. Exit code 1: something is wrong.',
    )
    .argument('<folder>')
    .option('--json', 'what was found, as JSON')
    .action(async (folder: string, { json }: { json?: boolean }) => {
      // Loaded only here, so that `--help` and usage errors are quick.
      const [{ checkFolder }, { phota }] = await Promise.all([
        import('../../storage/check.ts'),
        import('../../phota/api.ts'),
      ])
      const report = checkFolder(folder, phota)
      console.log(json ? jsonText(report) : textOf(allPrintable(report)))
      if (report.problems.length > 0 || report.worlds.some(({ problem }) => problem !== null)) process.exitCode = 1
    })
}

function textOf({ worlds, problems }: FolderReport): string {
  if (worlds.length === 0 && problems.length === 0) return 'It is empty: no World was kept in it yet.'
  return [...worlds.map(lineOf), ...problems.map((problem) => `wrong: ${problem}`)].join('\n')
}

function lineOf({ id, now, accounts, jobs, expired, callbacks, problem }: StoredWorldReport): string {
  const held = `${accounts} accounts, ${jobs} jobs, ${expired} expired, ${callbacks} callbacks`
  const found = problem === null ? 'all is right' : `wrong: ${problem}`
  return `${id}  ${now === null ? '' : `at ${now}: ${held}; `}${found}`
}
