import { Option } from 'commander'
import { formatDuration } from '../engine/duration.ts'
import { DEFAULTS } from '../grade/settings.ts'
import { parseDuration } from './flags.ts'

/** The options as commander parses them. */
export interface GradeFlags {
  receiver?: string
  only: string[]
  skip: string[]
  rounds: string[]
  expectedFailures?: string
  timeout: number
  patience: number
  serial: boolean
  report?: string
  json: boolean
  list: boolean
}

/** All options of `phota-mock grade`, in the order of `--help`. */
export function gradeOptions(): Option[] {
  const list = (value: string, all: string[]): string[] => [...all, ...value.split(',').map((each) => each.trim())]
  return [
    new Option(
      '--receiver <url>',
      'where the client listens for callbacks, if not at its callback_url; {port} in it is free in each round, and ' +
        'told in PHOTA_RECEIVER_PORT',
    ),
    new Option('--only <habits>', 'judge only these: ids or chapters, by comma or repeated')
      .default([])
      .argParser(list),
    new Option('--skip <habits>', 'judge all but these: ids or chapters, by comma or repeated')
      .default([])
      .argParser(list),
    new Option('--rounds <rounds>', 'run only these, and the ordinary one, by comma or repeated')
      .default([])
      .argParser(list),
    new Option(
      '--expected-failures <file>',
      'habits that it is known not to have, one id a line; a listed one that holds is an error',
    ),
    duration('--timeout <duration>', 'how long one round may take', DEFAULTS.timeoutMs),
    duration(
      '--patience <duration>',
      'how long is looked on where a client has to wait: a job of 20 minutes, an outage',
      DEFAULTS.patienceMs,
    ),
    new Option('--serial', `one round after the other, instead of ${DEFAULTS.concurrency} at once`).default(false),
    new Option('--report <folder>', 'write report.html, junit.xml and result.json'),
    new Option('--json', 'print result.json to standard output, and nothing else there').default(false),
    new Option('--list', 'print all habits and rounds, and run nothing').default(false),
  ]
}

function duration(flags: string, description: string, fallbackMs: number): Option {
  const name = flags.split(' ')[0] as string
  return new Option(flags, description)
    .default(fallbackMs, formatDuration(fallbackMs))
    .argParser((text) => parseDuration(text, name))
}
