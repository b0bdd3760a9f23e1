import { InvalidArgumentError } from 'commander'
import { MAX_SPEED } from '../drive/clock-mode.ts'
import { isHostPattern } from '../engine/callback-target.ts'
import { shardPrefix } from '../server/shard.ts'
import { parseDuration } from './flags.ts'

// Each function turns the text of an option into its value, or throws an InvalidArgumentError with an example.

export function wholeSeconds(text: string): number {
  const ms = parseDuration(text, '--retention')
  if (ms > 0 && ms % 1000 === 0) return ms
  throw new InvalidArgumentError(
    '--retention expects whole seconds above 0, because download URLs expire by the second, ' +
      `received "${text}". Example: --retention 30s`,
  )
}

export function yesOrNo(name: string): (text: string) => boolean {
  return (text) => {
    if (/^(1|true|yes|on)$/i.test(text)) return true
    if (/^(0|false|no|off)$/i.test(text)) return false
    throw new InvalidArgumentError(`${name} expects true or false, received "${text}".`)
  }
}

export function port(text: string): number {
  if (/^\d{1,5}$/.test(text) && Number(text) <= 65_535) return Number(text)
  throw new InvalidArgumentError(
    `--port expects a whole number from 0 to 65535, received "${text}". Example: --port 4010`,
  )
}

export function address(text: string): string {
  // Node would listen on every address for an empty one.
  if (text.trim() !== '') return text
  throw new InvalidArgumentError('--host expects an address, received "". Example: --host 127.0.0.1')
}

export function speed(text: string): number {
  const value = Number(text)
  if (value > 0 && value <= MAX_SPEED) return value
  throw new InvalidArgumentError(
    `--speed expects a number above 0, at most ${MAX_SPEED}, received "${text}". Example: --speed 60`,
  )
}

export function origin(text: string): string {
  if (text === '*' || URL.parse(text)?.origin === text) return text
  throw new InvalidArgumentError(
    `--cors expects an origin, which is scheme, host and port alone, or *, received "${text}". ` +
      'Example: --cors http://localhost:5173',
  )
}

export function shard(text: string): string {
  try {
    shardPrefix(text)
  } catch (error) {
    throw new InvalidArgumentError(`--shard: ${(error as Error).message}. Example: --shard s1`)
  }
  return text
}

export function folder(text: string): string {
  if (text.trim() !== '') return text
  throw new InvalidArgumentError('--data expects a folder, received "". Example: --data ./phota-data')
}

export function token(text: string): string {
  if (/^[\x21-\x7e]{8,}$/.test(text)) return text
  throw new InvalidArgumentError(
    '--control-token expects 8 or more printable ASCII characters without spaces. ' +
      'Example: --control-token "$(openssl rand -hex 16)"',
  )
}

export function controlHosts(text: string): string[] {
  const hosts = text.split(',').map((host) => host.trim())
  const odd = hosts.find((host) => host.includes('*') || !isHostPattern(host))
  if (odd === undefined) return hosts
  throw new InvalidArgumentError(
    `--allow-control-host expects a name without scheme or port, received "${odd}". ` +
      'Example: --allow-control-host phota.internal',
  )
}

export function hostPatterns(text: string, name: string): string[] {
  const hosts = text.split(',').map((host) => host.trim())
  const odd = hosts.find((host) => !isHostPattern(host))
  if (odd === undefined) return hosts
  throw new InvalidArgumentError(
    `${name} expects a host without scheme or port, received "${odd}". Examples: app.test, *.app.test, *`,
  )
}
