import { Command } from 'commander'
import { type ExplainFlags, judgeOptions } from './explain-options.ts'

const HELP = `
Files: a HAR of a browser, Playwright, mitmproxy, phota-mock proxy or the journal of phota-mock; that journal as JSON or
JSON lines. Several are one history, e.g. of the client and of its callback receiver.
Durations: 250ms, 2s, 1h30m, 24h. Exit: 0 nothing impossible, 1 something, 2 could not judge.

Examples:
  phota-mock explain recording.har
  phota-mock explain client.har receiver.har --report out
  curl -s http://127.0.0.1:4010/_mock/worlds/default/journal.har > j.har && phota-mock explain j.har`

/** `phota-mock explain FILE…` */
export function explainCommand(): Command {
  const command = new Command('explain')
    .description('Judge a recording of requests, answers and callbacks: what in it is impossible by the rules?')
    .argument('<files...>', 'the recordings')
  for (const option of judgeOptions()) command.addOption(option)
  return command
    .option('--report <folder>', 'write report.html, junit.xml and result.json')
    .option('--json', 'print result.json to standard output, and nothing else there')
    .addHelpText('after', HELP)
    .action(async (files: string[], flags: ExplainFlags) => {
      // Loaded only here, so that the other commands are quick.
      const { runExplain } = await import('./run-explain.ts')
      await runExplain(files, flags)
    })
}
