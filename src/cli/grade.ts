import { Command, Option } from 'commander'
import { formatDuration } from '../engine/duration.ts'
import { DEFAULTS } from '../grade/settings.ts'
import { parseDuration } from './flags.ts'

/** The options as commander parses them. */
export interface GradeFlags {
  receiver?: string
  only: string[]
  skip: string[]
  rounds: string[]
  expectFailures?: string
  timeout: number
  patience: number
  serial: boolean
  report?: string
  html?: string
  junit?: string
  json: boolean
  list: boolean
}

/** `phota-mock grade -- COMMAND`. */
export function gradeCommand(): Command {
  const command = new Command('grade')
    .description('Run a client in every situation that the API allows, and say habit by habit what costs money.')
    .argument('[command...]', 'the client, with its arguments; after --')
    .passThroughOptions()
  for (const option of options()) command.addOption(option)
  return command.addHelpText('after', HELP).action(grade)
}

function options(): Option[] {
  const list = (value: string, all: string[]): string[] => [...all, ...value.split(',').map((each) => each.trim())]
  return [
    new Option(
      '--receiver <url>',
      'where the client listens for callbacks, if not at its callback_url; {port} in it is free in each round, and told ' +
        'in PHOTA_RECEIVER_PORT',
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
      '--expect-failures <file>',
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
    new Option('--html <file>', 'write the HTML report alone'),
    new Option('--junit <file>', 'write the JUnit report alone'),
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

const HELP = `
The command finds the API in PHOTA_BASE_URL, PHOTA_API_KEY, PHOTA_WEBHOOK_SECRET and PHOTA_CONTROL_URL; calls of
https://api.photalabs.com are answered by the same server. It does its ordinary work in every round, and ends with exit
code 0 if it got all its pictures, with another if it did not. PHOTA_ROUND names the round.

Exit: 0 nothing broken, 1 something broken, 2 could not judge.

Examples:
  phota-mock grade -- python3 make_pictures.py
  phota-mock grade --report out -- npm test
  phota-mock grade --receiver 'http://127.0.0.1:{port}/callback' -- node client.js   # listens at PHOTA_RECEIVER_PORT
  phota-mock grade --only submit,secret --serial -- java -jar client.jar`

async function grade(command: string[], flags: GradeFlags): Promise<void> {
  // Loaded only here, so that the other commands, `--help` and usage errors are quick.
  const { runGrade } = await import('./run-grade.ts')
  await runGrade(command, flags)
}
