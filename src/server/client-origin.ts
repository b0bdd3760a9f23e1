import { covers, isLoopback } from '../engine/callback-target.ts'

/** A name or an address, and a port; nothing that a URL would read as anything else. */
const HOST = /^(\[[0-9a-f:.]+\]|[a-z0-9._-]+)(:\d{1,5})?$/i
/** More names than anybody uses, and less than a stranger could fill memory with. */
const MOST_KEPT = 100

/**
 * By which origin a client reached us, so far as download URLs may follow it: whatever port, proxy or container lies
 * between, the client can reach us there again.
 *
 * @returns `null` for a name that is neither loopback nor listed, which anybody could have written
 */
export type ClientOrigin = (hostHeader: string | undefined) => string | null

/**
 * @param allowed host patterns besides loopback: a name, `*.name`, or `*`
 * @param downloads origins by lowercase name, for clients that download from another host than the one they ask
 */
export function clientOrigins(
  allowed: readonly string[],
  downloads: Readonly<Record<string, string>> = {},
): ClientOrigin {
  const patterns = allowed.map((pattern) => pattern.toLowerCase())
  const kept = new Map<string, string | null>()
  return (header = '') => {
    const known = kept.get(header)
    if (known !== undefined) return known
    const origin = originOf(header, patterns, downloads)
    if (kept.size < MOST_KEPT) kept.set(header, origin)
    return origin
  }
}

function originOf(
  header: string,
  patterns: readonly string[],
  downloads: Readonly<Record<string, string>>,
): string | null {
  const url = HOST.test(header) ? URL.parse(`http://${header}`) : null
  if (url === null) return null
  const elsewhere = Object.hasOwn(downloads, url.hostname) ? downloads[url.hostname] : undefined
  if (elsewhere !== undefined) return elsewhere
  const isAllowed = isLoopback(url.hostname) || patterns.some((pattern) => covers(pattern, url.hostname))
  return isAllowed ? url.origin : null
}
