import { InvalidArgumentError, Option } from 'commander'
import { parseDuration } from './flags.ts'

/** What `explain` and `proxy` have to know to judge. */
export interface JudgeFlags {
  readonly base?: string
  readonly retention: number
  readonly secret: string[]
  readonly keyPerAccount?: boolean
  readonly wallClock?: boolean
}

export interface ExplainFlags extends JudgeFlags {
  readonly report?: string
  readonly json?: true
}

export function judgeOptions(): Option[] {
  return [
    new Option('--base <path>', 'what the paths of the operations follow (default: /v1/phota)').argParser(basePath),
    new Option('--retention <duration>', 'how long the implementation keeps results')
      .default(24 * 3_600_000, '24h')
      .argParser((text) => parseDuration(text, '--retention')),
    new Option('--secret <secret>', 'a webhook secret, to check signatures; may be repeated')
      .env('PHOTA_WEBHOOK_SECRET')
      .default([], '')
      .argParser((text: string, all: string[] | undefined) => [...(all ?? []), text]),
    new Option('--key-per-account', 'each API key is of an account of its own'),
    new Option('--wall-clock', 'the server has no clock that is moved, although it is on this machine'),
  ]
}

function basePath(text: string): string {
  if (/^\/[^?#\s]*[^/?#\s]$/.test(text)) return text
  throw new InvalidArgumentError(`--base expects a path, received "${text}". Example: --base /v1/phota`)
}
