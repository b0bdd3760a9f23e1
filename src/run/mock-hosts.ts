import { DEFAULT_CDN_BASE_URL } from '../phota/options.ts'
import { defaultBaseUrl } from '../spec/index.ts'

const API_HOST = new URL(defaultBaseUrl).hostname
const DOMAIN = API_HOST.replace(/^[^.]+\./, '')

/** All that belongs to the real service: none of it is ever called. */
export const REAL_HOSTS: readonly string[] = [API_HOST, new URL(DEFAULT_CDN_BASE_URL).hostname, DOMAIN, `*.${DOMAIN}`]

/** Those of them that a server of ours answers for. */
const ANSWERED: ReadonlySet<string> = new Set(REAL_HOSTS.slice(0, 2))

/** Which origin answers for a host of the real service; `null` for one that we know nothing of. */
export function answersFor(serverUrl: string): (host: string) => string | null {
  return (host) => (ANSWERED.has(host) ? serverUrl : null)
}
