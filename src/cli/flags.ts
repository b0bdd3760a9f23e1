import { InvalidArgumentError, Option } from 'commander'
import { toMs } from '../engine/duration.ts'
import { MisuseError } from '../engine/misuse-error.ts'

/** A duration with its unit, as ms. @throws {InvalidArgumentError} with an example */
export function parseDuration(text: string, name: string): number {
  try {
    // A bare number is refused, because it is unclear whether it means seconds or milliseconds.
    if (/^\d+$/.test(text)) throw new MisuseError('')
    return toMs(text, name)
  } catch {
    throw new InvalidArgumentError(`${name} expects a duration with its unit, received "${text}". Example: ${name} 2s`)
  }
}

/** An option whose value can be given in the environment, too. */
export function flag(flags: string, variable: string, description: string): Option {
  return new Option(flags, description).env(variable)
}
