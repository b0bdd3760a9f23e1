import { InvalidArgumentError, Option } from 'commander'
import { formatDuration } from '../engine/duration.ts'
import { DEFAULTS } from '../verify/defaults.ts'
import { DEPTHS, type Depth, type Part, WITHOUT } from '../verify/scope.ts'
import { flag, parseDuration } from './flags.ts'

/** The options as commander parses them. */
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

/** All options of `phota-mock verify`, in the order of `--help`. */
export function verifyOptions(): Option[] {
  return [...target(), ...rules(), ...patience(), ...money(), ...report()]
}

function target(): Option[] {
  return [
    flag('--key <key>', 'PHOTA_KEY', 'an API key (not needed with a control API)'),
    flag('--other-key <key>', 'PHOTA_OTHER_KEY', 'a key of another account'),
    flag('--broke-key <key>', 'PHOTA_BROKE_KEY', 'a key of an account without money'),
    new Option('--control <url>', 'the control API: its URL, auto to look for it on the target, or none').default(
      DEFAULTS.control,
    ),
    new Option('--receiver <host:port>', 'where to listen for callbacks (default: any port, on a loopback target)'),
    new Option(
      '--public-url <url>',
      'the URL by which the implementation reaches the receiver, if not its host and port',
    ),
    duration('--retention <duration>', 'how long the implementation keeps results', DEFAULTS.retentionMs),
    new Option(
      '--failing-request <file>',
      'JSON of a request whose job is known to fail: {"operation": …, "body": {…}}',
    ),
  ]
}

function rules(): Option[] {
  return [
    new Option('--only <rules>', 'try only these rules: ids or chapters, by comma or repeated')
      .default([])
      .argParser(list),
    new Option('--skip <rules>', 'try all rules but these: ids or chapters, by comma or repeated')
      .default([])
      .argParser(list),
    new Option('--without <parts>', `parts that the implementation lacks, by comma or repeated: ${WITHOUT.join(', ')}`)
      .default([])
      .argParser(parts),
    new Option(
      '--depth <depth>',
      'full tries every pair of values (operation, account, …) together, quick each value once',
    )
      .choices(DEPTHS)
      .default(DEFAULTS.depth),
    new Option(
      '--expected-failures <file>',
      'rules known to fail, one id a line; a listed rule that does not fail is an error',
    ),
  ]
}

function patience(): Option[] {
  const { timeoutMs, jobTimeoutMs, callbackWaitMs, deadlineMs, pollIntervalMs, loopbackPollIntervalMs } = DEFAULTS
  const intervals = `${formatDuration(pollIntervalMs)}; ${formatDuration(loopbackPollIntervalMs)} on loopback`
  return [
    duration('--timeout <duration>', 'how long the answer to a request may take', timeoutMs),
    duration('--job-timeout <duration>', 'how long a job or a synchronous request may take', jobTimeoutMs),
    duration('--callback-wait <duration>', 'how long to wait for a callback', callbackWaitMs),
    duration('--deadline <duration>', 'how long the whole run may take', deadlineMs),
    new Option('--poll-interval <duration>', `between two polls (default: ${intervals})`).argParser((text) =>
      parseDuration(text, '--poll-interval'),
    ),
    new Option('--concurrency <number>', 'how many rules are tried at once')
      .default(DEFAULTS.concurrency)
      .argParser(atLeastOne('--concurrency')),
    new Option('--rps <number>', 'the most requests a second').argParser(aboveZero('--rps')),
  ]
}

function money(): Option[] {
  return [
    new Option('--plan', 'print what a run would cost, and send nothing').default(false),
    new Option(
      '--max-spend <dollars>',
      'the most that a run may spend; without it, requests that cost are sent to loopback hosts only',
    ).argParser(microUsd),
  ]
}

function report(): Option[] {
  return [
    new Option(
      '--report <folder>',
      'write report.html, junit.xml, result.json, a script for each broken rule, a ticket for rules that need a day',
    ),
    new Option('--resume <ticket>', 'finish an earlier run by its ticket, with the same URL and keys'),
    new Option('--json', 'print result.json to standard output, and nothing else there').default(false),
    new Option('--watch', 'run again on Enter, until q').default(false),
  ]
}

function list(value: string, all: string[]): string[] {
  return [...all, ...value.split(',').map((each) => each.trim())]
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
function microUsd(text: string): number {
  const [, amount] = /^\$?(\d{1,9}(?:\.\d{1,6})?)$/.exec(text) ?? []
  if (amount !== undefined) return Math.round(Number(amount) * 1e6)
  throw new InvalidArgumentError(`--max-spend expects dollars, received "${text}". Example: --max-spend 5.00`)
}
