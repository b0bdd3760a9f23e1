import { DEFAULT_CDN_BASE_URL } from '../phota/options.ts'
import { defaultBaseUrl } from '../spec/index.ts'

const API_HOST = new URL(defaultBaseUrl).hostname
const DOWNLOAD_HOST = new URL(DEFAULT_CDN_BASE_URL).hostname
const DOMAIN = API_HOST.replace(/^[^.]+\./, '')

/** All that belongs to the real service: none of it is ever called. */
export const REAL_HOSTS: readonly string[] = [API_HOST, DOWNLOAD_HOST, DOMAIN, `*.${DOMAIN}`]

/** Where clients of the real API download from, as `startServer` takes it. */
export const DOWNLOAD_ORIGINS: Readonly<Record<string, string>> = { [API_HOST]: DEFAULT_CDN_BASE_URL }

/** Which origin answers for a host of the real service, as `startIntercept` takes it. */
export function answersFor(serverUrl: string): (host: string) => string | null {
  return (host) => (host === API_HOST || host === DOWNLOAD_HOST ? serverUrl : null)
}
