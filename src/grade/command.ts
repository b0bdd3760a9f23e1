import { type Intercept, startIntercept } from '../intercept/intercept.ts'
import { answersFor, REAL_HOSTS } from '../run/mock-hosts.ts'
import { runCommand } from '../run/run-command.ts'
import type { Client, Surroundings } from './play.ts'

export interface CommandOptions {
  readonly command: readonly [program: string, ...args: string[]]
  readonly env: NodeJS.ProcessEnv
  readonly cwd?: string
}

/** A command that is graded: a client for `run`, and what has to be closed afterwards. */
export interface GradedCommand {
  readonly client: Client
  close(): Promise<void>
}

/**
 * Runs a command once for each round. It finds its server in its environment; calls of the real API's addresses are
 * answered by the same one.
 */
export function commandClient({ command, env, cwd }: CommandOptions): GradedCommand {
  const idle: Lane[] = []
  const lanes: Lane[] = []
  const client: Client = async ({ stage, variables, signal, round }: Surroundings) => {
    const lane = idle.pop() ?? (await openLane(env))
    if (!lanes.includes(lane)) lanes.push(lane)
    lane.url = stage.url
    try {
      const result = await runCommand({
        command,
        ...(cwd !== undefined && { cwd }),
        env: { ...env, ...lane.intercept.environment(), ...variables, PHOTA_ROUND: round.id },
        signal,
        output: 'capture',
        stdin: false,
      })
      const { exitCode, problem, signal: endedBy } = result
      const text =
        problem !== null
          ? `${command[0]} could not be started (${problem})`
          : endedBy !== null
            ? `ended by ${endedBy}`
            : `exit code ${exitCode}`
      return { kind: exitCode === 0 ? 'done' : 'failed', text, said: result.stderr || result.stdout }
    } finally {
      idle.push(lane)
    }
  }
  return { client, close: async () => void (await Promise.all(lanes.map(({ intercept }) => intercept.close()))) }
}

/** An interception that one round after the other uses: making an authority takes long. */
interface Lane {
  readonly intercept: Intercept
  /** Of the round's API. */
  url: string
}

async function openLane(env: NodeJS.ProcessEnv): Promise<Lane> {
  const lane = { url: '' }
  const intercept = await startIntercept({ hosts: REAL_HOSTS, originOf: (host) => answersFor(lane.url)(host), env })
  return Object.assign(lane, { intercept })
}
