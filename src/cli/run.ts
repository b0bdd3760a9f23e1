import { Command } from 'commander'
import type { RunResult } from '../run/run-command.ts'
import type { Tally } from '../run/tally.ts'
import { dollars } from '../text/dollars.ts'
import { printable } from '../text/printable.ts'
import { runOptions } from './serve-options.ts'
import { type ServerFlags, startByFlags } from './start-by-flags.ts'

interface RunFlags extends ServerFlags {
  quiet?: boolean
  dashboard?: boolean
}

/** A terminal sends the first two to whoever reads from it; the command is in another group, and gets them from us. */
const FORWARDED = ['SIGINT', 'SIGQUIT', 'SIGTERM', 'SIGHUP', 'SIGUSR1', 'SIGUSR2', 'SIGWINCH', 'SIGCONT'] as const

/** `phota-mock run -- COMMAND`. Ends with the exit code of the command. */
export function runCommand(): Command {
  const command = new Command('run')
    .description('Run a command against a server of its own, even one with the real address built in.')
    .argument('<command...>', 'the program and its arguments')
    .passThroughOptions()
  for (const option of runOptions()) command.addOption(option)
  return command
    .option('--dashboard', 'say on standard error where the dashboard is while the command runs')
    .option('--quiet', 'no summary on standard error')
    .addHelpText(
      'after',
      `
Examples:
  phota-mock run -- npm test
  phota-mock run --scenario failures.yaml -- python client.py
  phota-mock run -- curl https://api.photalabs.com/v1/phota/profiles/ids -H 'X-API-Key: test-key-alice'

The command has PHOTA_BASE_URL, PHOTA_API_KEY, PHOTA_WEBHOOK_SECRET and PHOTA_CONTROL_URL in its environment, and is
told of a proxy that answers for the real hosts. What it starts ends with it.
Exit: as the command; 128 + n if signal n ended it, 126 if it may not run, 127 if there is none; 2 usage.`,
    )
    .action(run)
}

async function run(words: string[], flags: RunFlags): Promise<void> {
  const forwardSignals = holdSignals()
  // Loaded only here, so that `--help` and usage errors are quick.
  const [
    { startIntercept },
    { answersFor, DOWNLOAD_ORIGINS, REAL_HOSTS },
    { runCommand },
    { photaVariables },
    { since, tallyOf },
  ] = await Promise.all([
    import('../intercept/intercept.ts'),
    import('../run/mock-hosts.ts'),
    import('../run/run-command.ts'),
    import('../run/variables.ts'),
    import('../run/tally.ts'),
  ])
  // Standard output is the command's.
  const server = await startByFlags(flags, (line) => console.error(line), { downloadOrigins: DOWNLOAD_ORIGINS })
  try {
    const variables = photaVariables(server.url, server.world)
    const intercept = await startIntercept({ hosts: REAL_HOSTS, originOf: answersFor(server.url) })
    try {
      if (flags.dashboard) console.error(`phota-mock run: the dashboard is at ${server.dashboardUrl}`)
      const before = tallyOf(server.host.worlds)
      const result = await runCommand({
        command: words as [string, ...string[]],
        env: { ...process.env, ...intercept.environment(), ...variables },
        started: forwardSignals,
      })
      await server.host.idle()
      process.exitCode = result.exitCode
      const problem = problemOf(words[0] as string, result)
      if (problem !== null) console.error(problem)
      else if (!flags.quiet) console.error(summaryOf(since(before, tallyOf(server.host.worlds))))
    } finally {
      await intercept.close()
    }
  } finally {
    await server.close(0)
  }
}

/**
 * Holds signals back from now on, until there is a command to send them to.
 *
 * @returns a function that says how they are sent
 */
function holdSignals(): (send: (signal: NodeJS.Signals) => void) => void {
  let forward: ((signal: NodeJS.Signals) => void) | null = null
  const held: NodeJS.Signals[] = []
  for (const signal of FORWARDED) process.on(signal, () => (forward ? forward(signal) : held.push(signal)))
  return (send) => {
    forward = send
    for (const signal of held) send(signal)
  }
}

/** @returns `null` if the command ran */
function problemOf(program: string, { problem }: RunResult): string | null {
  if (problem === null) return null
  const reason =
    problem === 'ENOENT'
      ? 'there is no such program'
      : problem === 'EACCES'
        ? 'it is not executable'
        : `it could not be started (${problem})`
  return printable(`phota-mock run: '${program}': ${reason}`)
}

/** One line, and a second one if it looks as if the command had gone elsewhere. */
function summaryOf({ requests, jobs, chargedMicroUsd, callbacks }: Tally): string {
  const asked = `${requests} request${requests === 1 ? '' : 's'}`
  const parts = [asked, counted('job', jobs), `${dollars(chargedMicroUsd)} charged`, counted('callback', callbacks)]
  const line = `phota-mock run: ${parts.join(', ')}`
  if (requests > 0) return line
  return `${line}\nphota-mock run: no request came. docs/run.md says which clients have to be told where the server is.`
}

/** `3 jobs (2 succeeded, 1 failed)` */
function counted(noun: string, byKind: Readonly<Record<string, number>>): string {
  const kinds = Object.entries(byKind).filter(([, count]) => count > 0)
  const all = kinds.reduce((sum, [, count]) => sum + count, 0)
  const detail = kinds.map(([kind, count]) => `${count} ${kind}`).join(', ')
  return `${all} ${noun}${all === 1 ? '' : 's'}${all === 0 ? '' : ` (${detail})`}`
}
