import type { Option } from 'commander'
import { DEFAULT_CALLBACK_GRACE_MS } from '../drive/attempts.ts'
import { type Duration, formatDuration, toMs } from '../engine/duration.ts'
import { LOG_LEVELS } from '../server/logger.ts'
import { DEFAULT_PORT } from '../server/server.ts'
import { controlEnums } from '../spec/control/index.ts'
import { flag, parseDuration } from './flags.ts'
import {
  address,
  controlHosts,
  folder,
  hostPatterns,
  origin,
  port,
  shard,
  speed,
  token,
  wholeSeconds,
  yesOrNo,
} from './serve-values.ts'

/** All options of `phota-mock serve`, in the order of `--help`. */
export function serveOptions(): Option[] {
  return [...listening(), ...world(), ...callbacks(), ...browsers(), ...control(), ...operating()]
}

/** Those of them that `phota-mock run` has too, in the order of `--help`; what they do is the same. */
export function runOptions(): Option[] {
  return serveOptions()
    .filter(({ long }) => RUN_OPTIONS.has(long as string))
    .map((each) => (each.long === '--port' ? each.default(0) : each))
    .map((each) => (each.long === '--clock' ? each.default('auto') : each))
    .map((each) => (each.long === '--log-level' ? each.default('error') : each))
}

const RUN_OPTIONS = new Set([
  '--port',
  '--seed',
  '--clock',
  '--speed',
  '--fixture',
  '--scenario',
  '--pending',
  '--running',
  '--retention',
  '--callback-grace',
  '--allow-callback-host',
  '--https-callbacks-only',
  '--log-level',
])

function listening(): Option[] {
  return [
    option('--port <number>', 'port to listen on; 0 for any free one').default(DEFAULT_PORT).argParser(port),
    option('--host <address>', 'address to listen on').default('127.0.0.1').argParser(address),
  ]
}

function world(): Option[] {
  return [
    option('--seed <text>', 'same seed, same requests: same ids, secrets and images').default('phota-mock'),
    option(
      '--clock <mode>',
      'real follows real time; auto jumps ahead whenever a client waits; manual moves only when told to',
    )
      .choices(controlEnums.ServerClockMode)
      .default('real'),
    option('--speed <factor>', 'with --clock real: how many World seconds pass in a real second')
      .default(1)
      .argParser(speed),
    option(
      '--fixture <file>',
      'what the World holds: default, every-state, half-trained, busy-afternoon, or a file, such as .json, .js, .har',
    ).default('default'),
    repeatable(
      '--scenario <file>',
      'scenarios, which make jobs fail or requests break: a .json, .yaml, .js or .ts file; repeatable',
      (file) => [file],
    ),
    duration('--pending <duration>', 'how long a job is pending', '2s'),
    duration('--running <duration>', 'how long a job is running', '16s'),
    duration('--retention <duration>', 'how long a result is kept; whole seconds', '24h').argParser(wholeSeconds),
  ]
}

function callbacks(): Option[] {
  return [
    duration(
      '--callback-grace <duration>',
      'the least real time that a callback receiver has to answer: ' +
        'while the clock does not follow real time, and with any --speed',
      formatDuration(DEFAULT_CALLBACK_GRACE_MS),
    ),
    repeatable(
      '--allow-callback-host <host>',
      'a host that callbacks may go to, besides loopback, without scheme or port, *.name for subdomains; ' +
        'repeatable, or by comma',
      (text) => hostPatterns(text, '--allow-callback-host'),
    ),
    boolean('--https-callbacks-only [boolean]', 'refuse http callback URLs even to loopback'),
  ]
}

function browsers(): Option[] {
  return [
    option(
      '--public-url <url>',
      'where clients reach this server, for download URLs; ' +
        'auto: as each client did, by loopback or a name of --allow-public-host',
    ).default('auto'),
    repeatable(
      '--allow-public-host <host>',
      'a name besides loopback that download URLs may follow, without port, *.name for subdomains; ' +
        'repeatable, or by comma',
      (text) => hostPatterns(text, '--allow-public-host'),
    ),
    option(
      '--cors [origin]',
      'let pages of this origin, or of every one, use the API and download images; never the control API',
    )
      .preset('*')
      .argParser(origin),
  ]
}

function control(): Option[] {
  return [
    option('--no-control', 'no control API and no dashboard below /_mock'),
    repeatable(
      '--allow-control-host <host>',
      'a name besides loopback by which the control API may be reached, without port; needs --control-token; ' +
        'repeatable, or by comma',
      controlHosts,
    ),
    option('--control-token <text>', 'a bearer token that every control request must carry').argParser(token),
  ]
}

function operating(): Option[] {
  return [
    option(
      '--data <folder>',
      'a folder that all of it is kept in: a restart goes on with what was answered; ' +
        'what a World begins with then counts for an empty folder alone',
    ).argParser(folder),
    option(
      '--shard <name>',
      'the name of this server among several behind a proxy; its Worlds and keys begin with the name and a dash',
    ).argParser(shard),
    boolean(
      '--stop-with-stdin [boolean]',
      'end when standard input ends, so that the server does not outlive the process that started it',
    ),
    option('--log-level <level>', 'how much is printed').choices(LOG_LEVELS).default('info'),
  ]
}

/** `--log-level <level>`, also given as `PHOTA_MOCK_LOG_LEVEL`. */
function option(flags: string, description: string): Option {
  return flag(flags, `PHOTA_MOCK_${nameOf(flags).slice(2).replaceAll('-', '_').toUpperCase()}`, description)
}

function repeatable(flags: string, description: string, parse: (text: string) => string[]): Option {
  return option(flags, description)
    .default([])
    .argParser((text: string, values: string[]) => [...values, ...parse(text)])
}

function boolean(flags: string, description: string): Option {
  return option(flags, description)
    .preset('true')
    .default(false)
    .argParser(yesOrNo(nameOf(flags)))
}

function duration(flags: string, description: string, fallback: Duration): Option {
  const name = nameOf(flags)
  const fallbackMs = toMs(fallback, name)
  return option(flags, description)
    .argParser((text: string) => parseDuration(text, name))
    .default(fallbackMs, formatDuration(fallbackMs))
}

function nameOf(flags: string): string {
  return flags.split(' ')[0] as string
}
