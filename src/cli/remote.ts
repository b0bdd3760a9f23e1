import type { Command } from 'commander'
import type { Control, WorldControl } from '../control/control.ts'
import { MisuseError } from '../engine/misuse-error.ts'
import { controlBaseUrl } from '../spec/control/index.ts'
import { httpUrlProblem, serverUrlProblem } from '../text/http-url.ts'
import { allPrintable, jsonText } from '../text/printable.ts'
import { flag } from './flags.ts'

/** The options of every command that talks to a running server. */
export interface RemoteFlags {
  url?: string
  world?: string
  token?: string
  json?: boolean
}

/** The server and the World that a command works on, and how it prints its result. */
export interface Remote {
  readonly levers: Control
  readonly world: WorldControl
  readonly isJson: boolean
  /** Prints the answer: as JSON with `--json`, else as text. Control characters are escaped in both. */
  show<Answer>(answer: Answer, textOf: (answer: Answer) => string): void
}

export const DEFAULT_URL: string = new URL(controlBaseUrl).origin

/** Gives a command the options that say which server and which World. */
export function remote(command: Command): Command {
  return command
    .addOption(flag('--url <url>', 'PHOTA_MOCK_URL', `the server (default: ${DEFAULT_URL})`))
    .addOption(flag('--world <id>', 'PHOTA_MOCK_WORLD', 'the World (default: default)'))
    .addOption(flag('--token <text>', 'PHOTA_MOCK_CONTROL_TOKEN', 'the server’s --control-token, if it has one'))
    .option('--json', 'what the control API answered, as JSON')
}

/** @param command the one that runs; its options may also be given to its parent command */
export async function open(command: Command): Promise<Remote> {
  const flags = command.optsWithGlobals<RemoteFlags>()
  const { connect } = await import('../control/connect.ts')
  const url = serverUrl(flags.url ?? DEFAULT_URL, '--url')
  const levers = connect(url, flags.token === undefined ? {} : { token: flags.token })
  return {
    levers,
    world: levers.worlds.get(flags.world ?? 'default'),
    isJson: flags.json ?? false,
    show: (answer, textOf) => console.log(flags.json ? jsonText(answer) : textOf(allPrintable(answer))),
  }
}

/** A URL of a server, that paths are appended to. @param name of the option or argument @throws {MisuseError} */
export function serverUrl(text: string, name: string): string {
  return checked(text, name, serverUrlProblem(text))
}

/** A URL that is asked as it is. @param name of the option or argument @throws {MisuseError} */
export function httpUrl(text: string, name: string): string {
  return checked(text, name, httpUrlProblem(text))
}

function checked(text: string, name: string, problem: string | null): string {
  if (problem === null) return text
  throw new MisuseError(`${name} ${problem}`)
}
