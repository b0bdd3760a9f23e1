import { Command, InvalidArgumentError, Option } from 'commander'
import { formatDuration } from '../engine/duration.ts'
import { DEPTHS, type Depth, type Part, WITHOUT } from '../verify/scope.ts'
import { flag, parseDuration } from './flags.ts'

/** What the command line says. */
export interface VerifyFlags {
  key?: string
  otherKey?: string
  brokeKey?: string
  control: string
  receiver?: string
  publicUrl?: string
  retention: number
  failingRequest?: string
  only: string[]
  skip: string[]
  without: Part[]
  depth: Depth
  timeout: number
  jobTimeout: number
  callbackWait: number
  deadline: number
  pollInterval?: number
  concurrency: number
  rps?: number
  plan: boolean
  maxSpend?: number
  resume?: string
  expectedFailures?: string
  report?: string
  json: boolean
  watch: boolean
}

/** `phota-mock verify URL`. */
export function verifyCommand(): Command {
  const list = (value: string, all: string[]): string[] => [...all, ...value.split(',').map((each) => each.trim())]
  return new Command('verify')
    .description('Hold any implementation of the API against its contract, and say rule by rule what it breaks.')
    .argument('[url]', 'the implementation: its origin, or the base of its paths')
    .addOption(flag('--key <key>', 'PHOTA_KEY', 'an API key (not needed where a control API makes accounts)'))
    .addOption(flag('--other-key <key>', 'PHOTA_OTHER_KEY', 'a key of another account'))
    .addOption(flag('--broke-key <key>', 'PHOTA_BROKE_KEY', 'a key of an account without money'))
    .option('--control <url>', 'the control API; auto looks for it on the target, none does without', 'auto')
    .option('--receiver <host:port>', 'where to listen for callbacks (default: any port, on a loopback target)')
    .option('--public-url <url>', 'how the implementation reaches the receiver, if not by its host and port')
    .addOption(duration('--retention <duration>', 'how long it claims to keep results', 86_400_000))
    .option('--failing-request <file>', 'JSON of a request that it is known to fail: {"operation": …, "body": {…}}')
    .option('--only <rules>', 'only these: ids or chapters, by comma or repeated', list, [])
    .option('--skip <rules>', 'not these: ids or chapters, by comma or repeated', list, [])
    .addOption(
      new Option('--without <parts>', `parts that it does not have, by comma or repeated: ${WITHOUT.join(', ')}`)
        .default([])
        .argParser(parts),
    )
    .addOption(
      new Option('--depth <depth>', 'full tries any two things together, quick each thing once')
        .choices(DEPTHS)
        .default('full'),
    )
    .option('--expected-failures <file>', 'ids known to fail, one a line; one that is not failed is an error')
    .addOption(duration('--timeout <duration>', 'how long an answer may take', 30_000))
    .addOption(duration('--job-timeout <duration>', 'how long a job or a synchronous request may take', 600_000))
    .addOption(duration('--callback-wait <duration>', 'how long a callback that must come is waited for', 60_000))
    .addOption(duration('--deadline <duration>', 'how long the whole run may take', 1_800_000))
    .addOption(
      new Option('--poll-interval <duration>', 'between two polls (default: 1s; 100ms on loopback)').argParser((text) =>
        parseDuration(text, '--poll-interval'),
      ),
    )
    .addOption(
      new Option('--concurrency <number>', 'rules tried at once').default(16).argParser(atLeastOne('--concurrency')),
    )
    .addOption(new Option('--rps <number>', 'requests a second, at most').argParser(aboveZero('--rps')))
    .option('--plan', 'say what a run would cost, send nothing', false)
    .addOption(
      new Option(
        '--max-spend <dollars>',
        'spend no more; without it, nothing that costs runs on a host that is not loopback',
      ).argParser(money),
    )
    .option(
      '--report <folder>',
      'write report.html, junit.xml, result.json, a script for each breach, a ticket for tomorrow',
    )
    .option('--resume <ticket>', 'finish the report of an earlier run, with the same URL and keys')
    .option('--json', 'print result.json to standard output, and nothing else there', false)
    .option('--watch', 'stay, and run again on Enter', false)
    .addHelpText('after', HELP)
    .action(verify)
}

const HELP = `
Durations: 250ms, 2s, 1h30m, 24h. Exit: 0 nothing broken, 1 something broken, 2 could not judge.

Examples:
  phota-mock verify http://127.0.0.1:4010                                  # a phota-mock: everything, in seconds
  phota-mock verify http://127.0.0.1:8000 --key K --other-key L --report out
  phota-mock verify https://api.photalabs.com --key K --plan               # what would it cost?
  phota-mock verify https://api.photalabs.com --key K --max-spend 5 --receiver 0.0.0.0:9000 --public-url https://me.example`

async function verify(url: string | undefined, flags: VerifyFlags): Promise<void> {
  // Loaded only here, so that the other commands, `--help` and usage errors are quick.
  const { runVerify } = await import('./run-verify.ts')
  await runVerify(url, flags)
}

function duration(flags: string, description: string, fallbackMs: number): Option {
  const name = flags.split(' ')[0] as string
  return new Option(flags, description)
    .default(fallbackMs, formatDuration(fallbackMs))
    .argParser((text) => parseDuration(text, name))
}

/** What an implementation may do without. */
function parts(value: string, all: Part[]): Part[] {
  const named = value.split(',').map((text) => {
    const part = WITHOUT.find((each) => each === text.trim())
    if (part === undefined) {
      throw new InvalidArgumentError(
        `--without expects some of ${WITHOUT.join(', ')}, received "${text}". Example: --without ${WITHOUT[0]}`,
      )
    }
    return part
  })
  return [...all, ...named]
}

function atLeastOne(name: string) {
  return (text: string): number => {
    if (/^[1-9]\d{0,3}$/.test(text)) return Number(text)
    throw new InvalidArgumentError(`${name} expects a whole number from 1 on, received "${text}". Example: ${name} 4`)
  }
}

function aboveZero(name: string) {
  return (text: string): number => {
    const value = Number(text)
    if (Number.isFinite(value) && value > 0) return value
    throw new InvalidArgumentError(`${name} expects a number above 0, received "${text}". Example: ${name} 5`)
  }
}

/** Dollars, as micro-dollars. */
function money(text: string): number {
  const [, amount] = /^\$?(\d{1,9}(?:\.\d{1,6})?)$/.exec(text) ?? []
  if (amount !== undefined) return Math.round(Number(amount) * 1e6)
  throw new InvalidArgumentError(`--max-spend expects dollars, received "${text}". Example: --max-spend 5.00`)
}
