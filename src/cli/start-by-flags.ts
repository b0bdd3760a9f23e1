import { MisuseError } from '../engine/misuse-error.ts'
import { createLogger, type LogLevel } from '../server/logger.ts'
import type { RunningServer } from '../server/server.ts'
import type { ServerOptions } from '../server/server-options.ts'
import { readFixture } from './read-fixture.ts'

/** The options of a server that `serve` and `run` share, as commander hands them over. */
export interface ServerFlags {
  port: number
  seed: string
  clock: 'real' | 'auto' | 'manual'
  speed: number
  fixture: string
  scenario: string[]
  pending: number
  running: number
  retention: number
  callbackGrace: number
  allowCallbackHost: string[]
  httpsCallbacksOnly: boolean
  logLevel: LogLevel
}

/**
 * Starts the server that the flags describe.
 *
 * @param print takes the lines of its log
 * @param options what is not the same for every command
 * @throws {MisuseError} for a file that cannot be read, or a port that cannot be listened on
 */
export async function startByFlags(
  flags: ServerFlags,
  print: (line: string) => void,
  options: ServerOptions,
): Promise<RunningServer> {
  // Loaded only here, so that `--help` and usage errors are quick.
  const [{ startServer }, { readScenarios }] = await Promise.all([
    import('../server/server.ts'),
    import('./read-scenarios.ts'),
  ])
  const contents = await readFixture(flags.fixture)
  const scenarios = (await Promise.all(flags.scenario.map(readScenarios))).flat()
  const logger = createLogger(flags.logLevel, print)
  try {
    return await startServer({
      port: flags.port,
      clock: flags.clock,
      speed: flags.speed,
      callbackGraceMs: flags.callbackGrace,
      contents,
      scenarios,
      world: {
        seed: flags.seed,
        pendingMs: flags.pending,
        runningMs: flags.running,
        retentionMs: flags.retention,
        allowCallbackHosts: flags.allowCallbackHost,
        httpsCallbacksOnly: flags.httpsCallbacksOnly,
      },
      ...(logger && { logger }),
      ...options,
    })
  } catch (error) {
    const host = options.host ?? '127.0.0.1'
    throw listenProblem(error as NodeJS.ErrnoException, { port: flags.port, host }) ?? error
  }
}

/** Why a server cannot listen, if the user can mend it. */
function listenProblem(
  error: NodeJS.ErrnoException,
  { port, host }: { port: number; host: string },
): MisuseError | null {
  switch (error.code) {
    case 'EADDRINUSE':
      return new MisuseError(
        `port ${port} on ${host} is in use, perhaps by another phota-mock. Who has it: lsof -i :${port}. ` +
          `Choose another: --port ${port + 1}, or --port 0 for any free one.`,
      )
    case 'EACCES':
      return new MisuseError(`port ${port} may not be used by this user. Choose one above 1023, e.g. --port 4010.`)
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
      return new MisuseError(`--host ${host} is no address of this machine. Example: --host 127.0.0.1`)
    default:
      return null
  }
}
