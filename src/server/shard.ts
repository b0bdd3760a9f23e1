import { MisuseError } from '../engine/misuse-error.ts'

const SHARD = /^[a-z0-9]{1,16}$/

/** What the names of a shard's Worlds and keys begin with. @throws {MisuseError} for a name that does not go into a URL */
export function shardPrefix(shard: string): string {
  if (SHARD.test(shard)) return `${shard}-`
  throw new MisuseError(`a shard's name has up to 16 lowercase letters and digits, such as s1; received '${shard}'`)
}

/**
 * Which shard has the World, or the account, of a name: the one with the longest prefix that fits. All else is the first one's.
 *
 * @param name a World's id, or a key
 */
export function ownerOf(prefixes: readonly string[], name: string): number {
  let owner = 0
  for (const [i, prefix] of prefixes.entries()) {
    if (name.startsWith(prefix) && prefix.length > (prefixes[owner] as string).length) owner = i
  }
  return owner
}
