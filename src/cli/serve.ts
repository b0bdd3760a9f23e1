import { Command } from 'commander'
import { MisuseError } from '../engine/misuse-error.ts'
import type { RunningServer } from '../server/server.ts'
import { banner } from './banner.ts'
import { serveOptions } from './serve-options.ts'
import { type ServerFlags, startByFlags } from './start-by-flags.ts'

/** The options of `serve`, as commander hands them over. */
interface ServeFlags extends ServerFlags {
  host: string
  publicUrl: string
  allowPublicHost: string[]
  stopWithStdin: boolean
  cors?: string
  control: boolean
  allowControlHost: string[]
  controlToken?: string
  data?: string
  shard?: string
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
  const server = await startByFlags(flags, (line) => console.log(line), {
    host: flags.host,
    control: flags.control && { hosts: flags.allowControlHost, token: flags.controlToken ?? null },
    ...(flags.cors !== undefined && { cors: flags.cors }),
    publicUrl: flags.publicUrl,
    publicHosts: flags.allowPublicHost,
    ...(flags.data !== undefined && { data: flags.data }),
    ...(flags.shard !== undefined && { shard: flags.shard }),
  })
  closeOnSignal(server)
  if (flags.stopWithStdin) closeWithStdin(server)
  if (isTalkative) console.log(banner(server, flags))
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
