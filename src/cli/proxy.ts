import { Command, InvalidArgumentError, Option } from 'commander'
import { judgeOptions } from './explain.ts'
import { flag } from './flags.ts'

export interface ProxyFlags {
  readonly port: number
  readonly host: string
  readonly har?: string
  readonly keepSecrets?: true
  readonly spendLimit?: number
  readonly json?: true
  readonly base?: string
  readonly retention: number
  readonly secret: string[]
  readonly keyPerAccount?: boolean
  readonly wallClock?: boolean
}

const HELP = `
It never answers by itself: where the implementation gives no answer, and where the limit would be passed, the
connection of the client is closed. Ends on Ctrl-C. Exit: 0 nothing impossible, 1 something, 2 could not start.

Examples:
  phota-mock proxy https://api.photalabs.com --har recording.har --spend-limit 2.00
  PHOTA_BASE_URL=http://127.0.0.1:4011/v1/phota npm run my-app
  phota-mock proxy http://127.0.0.1:3000 --port 4012 --har callbacks.har   # before a callback receiver`

/** `phota-mock proxy URL` */
export function proxyCommand(): Command {
  const command = new Command('proxy')
    .description('Stand between an application and an implementation: pass everything on, judge and record it.')
    .argument('<url>', 'the implementation, the real one included')
    .addOption(
      flag('-p, --port <number>', 'PHOTA_MOCK_PROXY_PORT', 'where to listen; 0 for any free port')
        .default(4011)
        .argParser(port),
    )
    .addOption(new Option('--host <address>', 'where to listen').default('127.0.0.1'))
    .option('--har <file>', 'write what passes by as HAR, whole after each exchange')
    .option('--keep-secrets', 'leave keys, secrets and URL tokens in the HAR')
    .addOption(
      new Option(
        '--spend-limit <dollars>',
        'close the connection of what would cost more in all, by the price list',
      ).argParser(microUsd),
    )
    .option('--json', 'print findings as JSON lines')
  for (const option of judgeOptions()) command.addOption(option)
  return command.addHelpText('after', HELP).action(async (url: string, flags: ProxyFlags) => {
    // Loaded only here, so that the other commands are quick.
    const { runProxy } = await import('./run-proxy.ts')
    await runProxy(url, flags)
  })
}

function port(text: string): number {
  const value = Number(text)
  if (/^\d+$/.test(text) && value <= 65_535) return value
  throw new InvalidArgumentError(`--port expects a number from 0 to 65535, received "${text}". Example: --port 4011`)
}

/** Dollars, as micro-dollars. */
function microUsd(text: string): number {
  const [, amount] = /^\$?(\d{1,9}(?:\.\d{1,6})?)$/.exec(text) ?? []
  if (amount !== undefined) return Math.round(Number(amount) * 1e6)
  throw new InvalidArgumentError(`--spend-limit expects dollars, received "${text}". Example: --spend-limit 5.00`)
}
