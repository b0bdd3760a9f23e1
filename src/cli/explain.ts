import { Command, InvalidArgumentError, Option } from 'commander'
import { parseDuration } from './flags.ts'

export interface ExplainFlags {
  readonly base?: string
  readonly retention: number
  readonly secret: string[]
  readonly keyPerAccount?: boolean
  readonly wallClock?: boolean
  readonly report?: string
  readonly json?: true
}

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

/** What `explain` and `proxy` have to know to judge. */
export function judgeOptions(): Option[] {
  return [
    new Option('--base <path>', 'what the paths of the operations follow (default: /v1/phota)').argParser(basePath),
    new Option('--retention <duration>', 'how long the implementation keeps results')
      .default(24 * 3_600_000, '24h')
      .argParser((text) => parseDuration(text, '--retention')),
    new Option('--secret <secret>', 'a webhook secret, to check signatures; may be repeated')
      .env('PHOTA_WEBHOOK_SECRET')
      .default([], '')
      .argParser((text: string, all: string[] | undefined) => [...(all ?? []), text]),
    new Option('--key-per-account', 'each API key is of an account of its own'),
    new Option('--wall-clock', 'the server has no clock that is moved, although it is on this machine'),
  ]
}

function basePath(text: string): string {
  if (/^\/[^?#\s]*[^/?#\s]$/.test(text)) return text
  throw new InvalidArgumentError(`--base expects a path, received "${text}". Example: --base /v1/phota`)
}
