import { InvalidArgumentError, Option } from 'commander'
import type { JudgeFlags } from './explain-options.ts'
import { flag } from './flags.ts'

export interface ProxyFlags extends JudgeFlags {
  readonly port: number
  readonly host: string
  readonly har?: string
  readonly keepSecrets?: true
  readonly spendLimit?: number
  readonly json?: true
}

export function proxyOptions(): Option[] {
  return [
    flag('-p, --port <number>', 'PHOTA_MOCK_PROXY_PORT', 'where to listen; 0 for any free port')
      .default(4011)
      .argParser(port),
    new Option('--host <address>', 'where to listen').default('127.0.0.1'),
    new Option('--har <path>', 'write what passes by as HAR, whole after each exchange'),
    new Option('--keep-secrets', 'leave keys, secrets and URL tokens in the HAR'),
    new Option(
      '--spend-limit <dollars>',
      'close the connection of what would cost more in all, by the price list',
    ).argParser(microUsd),
    new Option('--json', 'print findings as JSON lines'),
  ]
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
