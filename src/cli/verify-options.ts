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
    flag('--key <key>', 'PHOTA_KEY', 'an API key (not needed where a control API makes accounts)'),
    flag('--other-key <key>', 'PHOTA_OTHER_KEY', 'a key of another account'),
    flag('--broke-key <key>', 'PHOTA_BROKE_KEY', 'a key of an account without money'),
    new Option('--control <url>', 'the control API; auto looks for it on the target, none does without').default(
      DEFAULTS.control,
    ),
    new Option('--receiver <host:port>', 'where to listen for callbacks (default: any port, on a loopback target)'),
    new Option('--public-url <url>', 'how the implementation reaches the receiver, if not by its host and port'),
    duration('--retention <duration>', 'how long it claims to keep results', DEFAULTS.retentionMs),
    new Option('--failing-request <file>', 'JSON of a request that it is known to fail: {"operation": …, "body": {…}}'),
  ]
}

function rules(): Option[] {
  return [
    new Option('--only <rules>', 'only these: ids or chapters, by comma or repeated').default([]).argParser(list),
    new Option('--skip <rules>', 'not these: ids or chapters, by comma or repeated').default([]).argParser(list),
    new Option('--without <parts>', `parts that it does not have, by comma or repeated: ${WITHOUT.join(', ')}`)
      .default([])
      .argParser(parts),
    new Option('--depth <depth>', 'full tries any two things together, quick each thing once')
      .choices(DEPTHS)
      .default(DEFAULTS.depth),
    new Option('--expected-failures <file>', 'ids known to fail, one a line; one that is not failed is an error'),
  ]
}

function patience(): Option[] {
  const { timeoutMs, jobTimeoutMs, callbackWaitMs, deadlineMs, pollIntervalMs, loopbackPollIntervalMs } = DEFAULTS
  const intervals = `${formatDuration(pollIntervalMs)}; ${formatDuration(loopbackPollIntervalMs)} on loopback`
  return [
    duration('--timeout <duration>', 'how long an answer may take', timeoutMs),
    duration('--job-timeout <duration>', 'how long a job or a synchronous request may take', jobTimeoutMs),
    duration('--callback-wait <duration>', 'how long a callback that must come is waited for', callbackWaitMs),
    duration('--deadline <duration>', 'how long the whole run may take', deadlineMs),
    new Option('--poll-interval <duration>', `between two polls (default: ${intervals})`).argParser((text) =>
      parseDuration(text, '--poll-interval'),
    ),
    new Option('--concurrency <number>', 'rules tried at once')
      .default(DEFAULTS.concurrency)
      .argParser(atLeastOne('--concurrency')),
    new Option('--rps <number>', 'requests a second, at most').argParser(aboveZero('--rps')),
  ]
}

function money(): Option[] {
  return [
    new Option('--plan', 'say what a run would cost, send nothing').default(false),
    new Option(
      '--max-spend <dollars>',
      'spend no more; without it, nothing that costs runs on a host that is not loopback',
    ).argParser(microUsd),
  ]
}

function report(): Option[] {
  return [
    new Option(
      '--report <folder>',
      'write report.html, junit.xml, result.json, a script for each breach, a ticket for tomorrow',
    ),
    new Option('--resume <ticket>', 'finish the report of an earlier run, with the same URL and keys'),
    new Option('--json', 'print result.json to standard output, and nothing else there').default(false),
    new Option('--watch', 'stay, and run again on Enter').default(false),
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
