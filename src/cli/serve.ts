import { Command } from 'commander'
import { MisuseError } from '../engine/misuse-error.ts'
import { createLogger, type LogLevel } from '../server/logger.ts'
import type { RunningServer } from '../server/server.ts'
import { banner } from './banner.ts'
import { readFixture } from './read-fixture.ts'
import { serveOptions } from './serve-options.ts'

/** The options of `serve`, as commander hands them over. */
export interface ServeFlags {
  port: number
  host: string
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
  publicUrl: string
  allowPublicHost: string[]
  stopWithStdin: boolean
  cors?: string
  control: boolean
  allowControlHost: string[]
  controlToken?: string
  data?: string
  shard?: string
  logLevel: LogLevel
}

/** `phota-mock serve`. Every option can also be given as an environment variable, `PHOTA_MOCK_…`. */
export function serveCommand(): Command {
  const command = new Command('serve').description('Run the mock server.')
  for (const option of serveOptions()) command.addOption(option)
  return command
    .addHelpText(
      'after',
      '\nDurations: 250ms, 2s, 1h30m, 24h. ' +
        'Each flag can be given as an environment variable too, e.g. PHOTA_MOCK_PORT=4011.',
    )
    .action(serve)
}

async function serve(flags: ServeFlags): Promise<void> {
  if (flags.allowControlHost.length > 0 && flags.controlToken === undefined) {
    throw new MisuseError(
      `--allow-control-host ${flags.allowControlHost[0]} needs --control-token, or whoever reaches it could do ` +
        'anything here. Example: --control-token "$(openssl rand -hex 16)"',
    )
  }
  const isTalkative = flags.logLevel !== 'silent' && flags.logLevel !== 'error'
  const server = await start(flags)
  closeOnSignal(server)
  if (flags.stopWithStdin) closeWithStdin(server)
  if (isTalkative) console.log(banner(server, flags))
}

async function start(flags: ServeFlags): Promise<RunningServer> {
  // Loaded only here, so that `--help` and usage errors are quick.
  const [{ startServer }, { readScenarios }] = await Promise.all([
    import('../server/server.ts'),
    import('./read-scenarios.ts'),
  ])
  const contents = await readFixture(flags.fixture)
  const scenarios = (await Promise.all(flags.scenario.map(readScenarios))).flat()
  const logger = createLogger(flags.logLevel, (line) => console.log(line))
  try {
    return await startServer({
      port: flags.port,
      host: flags.host,
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
      control: flags.control && { hosts: flags.allowControlHost, token: flags.controlToken ?? null },
      ...(flags.cors !== undefined && { cors: flags.cors }),
      publicUrl: flags.publicUrl,
      publicHosts: flags.allowPublicHost,
      ...(logger && { logger }),
      ...(flags.data !== undefined && { data: flags.data }),
      ...(flags.shard !== undefined && { shard: flags.shard }),
    })
  } catch (error) {
    throw listenProblem(error as NodeJS.ErrnoException, flags) ?? error
  }
}

/** The first signal drains and exits 0; a second one does not wait. */
function closeOnSignal(server: RunningServer): void {
  let closing = false
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => {
      if (closing) process.exit(130)
      closing = true
      server.close().then(() => process.exit(0))
    })
  }
}

/** The pipe from a parent closes when the parent ends, even by SIGKILL, and even with `npx` in between. */
function closeWithStdin(server: RunningServer): void {
  const end = (): void => {
    console.error('phota-mock: standard input has ended, so the server ends too (--stop-with-stdin).')
    server.close().then(() => process.exit(0))
  }
  process.stdin.once('close', end).on('error', () => undefined)
  process.stdin.resume()
}

/** Why a server cannot listen, if the user can mend it. */
export function listenProblem(
  error: NodeJS.ErrnoException,
  { port, host }: Pick<ServeFlags, 'port' | 'host'>,
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
