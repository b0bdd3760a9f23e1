import { Command, InvalidArgumentError, type Option } from 'commander'
import { MAX_SPEED } from '../drive/drive.ts'
import { isHostPattern } from '../engine/callback-target.ts'
import { type Duration, formatDuration, toMs } from '../engine/duration.ts'
import { MisuseError } from '../engine/misuse-error.ts'
import { createLogger, LOG_LEVELS, type LogLevel } from '../server/logger.ts'
import type { RunningServer } from '../server/server.ts'
import { shardPrefix } from '../server/shard.ts'
import { banner } from './banner.ts'
import { flag as optionOf, parseDuration } from './flags.ts'
import { readFixture } from './read-fixture.ts'

interface ServeFlags {
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
  shard?: string
  logLevel: LogLevel
}

/** `phota-mock serve`. Every flag can also be given as `PHOTA_MOCK_…`. */
export function serveCommand(): Command {
  return new Command('serve')
    .description('Run the mock server.')
    .addOption(flag('--port <number>', 'PORT', 'port to listen on; 0 for any free one').default(4010).argParser(port))
    .addOption(flag('--host <address>', 'HOST', 'address to listen on').default('127.0.0.1').argParser(address))
    .addOption(
      flag('--seed <text>', 'SEED', 'same seed, same requests: same ids, secrets and images').default('phota-mock'),
    )
    .addOption(
      flag(
        '--clock <mode>',
        'CLOCK',
        'real follows the wall; auto jumps ahead whenever a client waits; manual stands still',
      )
        .choices(['real', 'auto', 'manual'])
        .default('real'),
    )
    .addOption(
      flag('--speed <factor>', 'SPEED', 'with --clock real: World seconds in one second of the wall')
        .default(1)
        .argParser(speed),
    )
    .addOption(
      flag(
        '--fixture <file>',
        'FIXTURE',
        'what the World holds: default, every-state, half-trained, busy-afternoon, or a .json, .yaml, .js or .ts file',
      ).default('default'),
    )
    .addOption(
      flag(
        '--scenario <file>',
        'SCENARIO',
        'what becomes of which requests: a .json, .yaml, .js or .ts file; repeatable',
      )
        .default([])
        .argParser((value: string, files: string[]) => [...files, value]),
    )
    .addOption(duration('--pending <duration>', 'PENDING', 'how long a job waits', '2s'))
    .addOption(duration('--running <duration>', 'RUNNING', 'how long it then runs', '16s'))
    .addOption(
      duration('--retention <duration>', 'RETENTION', 'how long a result is kept; whole seconds', '24h').argParser(
        wholeSeconds,
      ),
    )
    .addOption(
      duration(
        '--callback-grace <duration>',
        'CALLBACK_GRACE',
        'real time that a callback receiver has at least to answer: while the clock does not follow the wall, and with any --speed',
        '250ms',
      ),
    )
    .addOption(
      flag(
        '--allow-callback-host <host>',
        'ALLOW_CALLBACK_HOST',
        'a host that callbacks may go to, besides loopback, without scheme or port, *.name for subdomains; repeatable, or by comma',
      )
        .default([])
        .argParser((value: string, hosts: string[]) => [...hosts, ...hostPatterns(value, '--allow-callback-host')]),
    )
    .addOption(
      flag('--https-callbacks-only [boolean]', 'HTTPS_CALLBACKS_ONLY', 'refuse http callback URLs even to loopback')
        .preset('true')
        .default(false)
        .argParser(yesOrNo('--https-callbacks-only')),
    )
    .addOption(
      flag(
        '--public-url <url>',
        'PUBLIC_URL',
        'where clients reach this server, for download URLs; auto: as each client did, by loopback or a name of --allow-public-host',
      ).default('auto'),
    )
    .addOption(
      flag(
        '--allow-public-host <host>',
        'ALLOW_PUBLIC_HOST',
        'a name besides loopback that download URLs may follow, without port, *.name for subdomains; repeatable, or by comma',
      )
        .default([])
        .argParser((value: string, hosts: string[]) => [...hosts, ...hostPatterns(value, '--allow-public-host')]),
    )
    .addOption(
      flag(
        '--stop-with-stdin [boolean]',
        'STOP_WITH_STDIN',
        'end when standard input ends, for a parent that starts this with a pipe and may die',
      )
        .preset('true')
        .default(false)
        .argParser(yesOrNo('--stop-with-stdin')),
    )
    .addOption(
      flag(
        '--cors [origin]',
        'CORS',
        'let pages of this origin, or of every one, use the API and download images; never the control API',
      )
        .preset('*')
        .argParser(origin),
    )
    .addOption(flag('--no-control', 'NO_CONTROL', 'no control API and no dashboard below /_mock'))
    .addOption(
      flag(
        '--allow-control-host <host>',
        'ALLOW_CONTROL_HOST',
        'a name besides loopback by which the control API may be reached, without port; needs --control-token; repeatable, or by comma',
      )
        .default([])
        .argParser((value: string, hosts: string[]) => [...hosts, ...controlHosts(value)]),
    )
    .addOption(
      flag(
        '--control-token <text>',
        'CONTROL_TOKEN',
        'what every control request must carry as a bearer token',
      ).argParser(token),
    )
    .addOption(
      flag(
        '--shard <name>',
        'SHARD',
        'which of several servers behind a proxy this is: its Worlds and keys begin with the name and a dash',
      ).argParser(shard),
    )
    .addOption(flag('--log-level <level>', 'LOG_LEVEL', 'what is printed').choices(LOG_LEVELS).default('info'))
    .addHelpText(
      'after',
      '\nDurations: 250ms, 2s, 1h30m, 24h. Each flag can be given as an environment variable too, e.g. PHOTA_MOCK_PORT=4011.',
    )
    .action(serve)
}

async function serve(flags: ServeFlags): Promise<void> {
  if (flags.allowControlHost.length > 0 && flags.controlToken === undefined) {
    throw new MisuseError(
      `--allow-control-host ${flags.allowControlHost[0]} needs --control-token, or whoever reaches it could do anything here. Example: --control-token "$(openssl rand -hex 16)"`,
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

/** A pipe from a parent ends however the parent does, even by SIGKILL, and even with `npx` in between. */
function closeWithStdin(server: RunningServer): void {
  const end = (): void => {
    console.error('phota-mock: standard input has ended, so the server ends too (--stop-with-stdin).')
    server.close().then(() => process.exit(0))
  }
  process.stdin.once('close', end).on('error', () => undefined)
  process.stdin.resume()
}

function listenProblem(error: NodeJS.ErrnoException, { port, host }: ServeFlags): MisuseError | null {
  switch (error.code) {
    case 'EADDRINUSE':
      return new MisuseError(
        `port ${port} on ${host} is in use, perhaps by another phota-mock. Who has it: lsof -i :${port}. Choose another: --port ${port + 1}, or --port 0 for any free one.`,
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

function flag(flags: string, variable: string, description: string): Option {
  return optionOf(flags, `PHOTA_MOCK_${variable}`, description)
}

function duration(flags: string, variable: string, description: string, fallback: Duration): Option {
  return flag(flags, variable, description)
    .argParser((text: string) => parseDuration(text, flags.split(' ')[0] as string))
    .default(toMs(fallback, flags), formatDuration(toMs(fallback, flags)))
}

function wholeSeconds(text: string): number {
  const ms = parseDuration(text, '--retention')
  if (ms > 0 && ms % 1000 === 0) return ms
  throw new InvalidArgumentError(
    `--retention expects whole seconds above 0, because download URLs expire by the second, received "${text}". Example: --retention 30s`,
  )
}

function yesOrNo(name: string): (text: string) => boolean {
  return (text) => {
    if (/^(1|true|yes|on)$/i.test(text)) return true
    if (/^(0|false|no|off)$/i.test(text)) return false
    throw new InvalidArgumentError(`${name} expects true or false, received "${text}".`)
  }
}

function port(text: string): number {
  if (/^\d{1,5}$/.test(text) && Number(text) <= 65_535) return Number(text)
  throw new InvalidArgumentError(
    `--port expects a whole number from 0 to 65535, received "${text}". Example: --port 4010`,
  )
}

function address(text: string): string {
  // Node takes an empty address for all there are.
  if (text.trim() !== '') return text
  throw new InvalidArgumentError('--host expects an address, received "". Example: --host 127.0.0.1')
}

function speed(text: string): number {
  const value = Number(text)
  if (value > 0 && value <= MAX_SPEED) return value
  throw new InvalidArgumentError(
    `--speed expects a number above 0, at most ${MAX_SPEED}, received "${text}". Example: --speed 60`,
  )
}

function origin(text: string): string {
  if (text === '*' || URL.parse(text)?.origin === text) return text
  throw new InvalidArgumentError(
    `--cors expects an origin, which is scheme, host and port alone, or *, received "${text}". Example: --cors http://localhost:5173`,
  )
}

function shard(text: string): string {
  try {
    shardPrefix(text)
  } catch (error) {
    throw new InvalidArgumentError(`--shard: ${(error as Error).message}. Example: --shard s1`)
  }
  return text
}

function token(text: string): string {
  if (/^[\x21-\x7e]{8,}$/.test(text)) return text
  throw new InvalidArgumentError(
    `--control-token expects 8 or more printable ASCII characters without spaces. Example: --control-token "$(openssl rand -hex 16)"`,
  )
}

function controlHosts(text: string): string[] {
  const hosts = text.split(',').map((host) => host.trim())
  const odd = hosts.find((host) => host.includes('*') || !isHostPattern(host))
  if (odd === undefined) return hosts
  throw new InvalidArgumentError(
    `--allow-control-host expects a name without scheme or port, received "${odd}". Example: --allow-control-host phota.internal`,
  )
}

function hostPatterns(text: string, name: string): string[] {
  const hosts = text.split(',').map((host) => host.trim())
  const odd = hosts.find((host) => !isHostPattern(host))
  if (odd === undefined) return hosts
  throw new InvalidArgumentError(
    `${name} expects a host without scheme or port, received "${odd}". Examples: app.test, *.app.test, *`,
  )
}
