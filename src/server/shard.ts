import { MisuseError } from '../engine/misuse-error.ts'

const SHARD = /^[a-z0-9]{1,16}$/

/**
 * What the names of a shard's Worlds and keys begin with.
 *
 * @throws {MisuseError} for a name that does not go into a URL
 */
export function shardPrefix(shard: string): string {
  if (SHARD.test(shard)) return `${shard}-`
  throw new MisuseError(`a shard's name has up to 16 lowercase letters and digits, such as s1; received '${shard}'`)
}
