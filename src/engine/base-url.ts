import { MisuseError, shown } from './misuse-error.ts'

/**
 * A base URL as every spelling of it compares: lowercase host without a dot at its end, no default port, no dot
 * segments, no empty segments, no needless percent escapes, and no slash at its end.
 *
 * @param what named in errors, e.g. `'baseUrl'`
 * @throws {MisuseError} for what is no place of an API: another scheme, a user, a query, a fragment
 */
export function toBaseUrl(text: unknown, what: string): string {
  const problem = baseUrlProblem(text)
  if (problem === null) return placeOf(new URL(text as string))
  throw new MisuseError(`${what} ${problem}, received ${shown(text)}. Example: 'https://api.example.com/v1'`)
}

function baseUrlProblem(text: unknown): string | null {
  if (typeof text !== 'string' || !URL.canParse(text)) return 'expects an absolute URL'
  const { protocol, username, password } = new URL(text)
  if (protocol !== 'https:' && protocol !== 'http:') return 'expects an http or https URL'
  if (username !== '' || password !== '') return 'expects a URL without user and password'
  return /[?#]/.test(text) ? 'expects a URL without query and fragment' : null
}

/** Where a request goes, without its query: two spellings of one place are equal. */
export function placeOf(url: URL): string {
  const port = url.port === '' ? '' : `:${url.port}`
  return `${url.protocol}//${bareHost(url.hostname)}${port}${canonicalPath(url.pathname)}`
}

/** A host's name without the dot that says that it is whole: both name the same machine. */
export function bareHost(hostname: string): string {
  return hostname.replace(/\.$/, '')
}

/** Whether a place is `base`, or below it. */
export function isUnder(place: string, base: string): boolean {
  return place === base || place.startsWith(`${base}/`)
}

/** Escapes of unreserved characters say nothing (RFC 3986, 6.2.2.2), and dot segments may hide behind them. */
function canonicalPath(pathname: string): string {
  // Most are so already.
  if (!/%|\/[./]|\/$/.test(pathname)) return pathname
  const unescaped = pathname.replace(/%([0-9a-f]{2})/gi, (escaped, hex: string) => {
    const character = String.fromCharCode(Number.parseInt(hex, 16))
    return /[A-Za-z0-9\-._~]/.test(character) ? character : escaped.toUpperCase()
  })
  const segments: string[] = []
  for (const segment of unescaped.split('/')) {
    if (segment === '..') segments.pop()
    else if (segment !== '' && segment !== '.') segments.push(segment)
  }
  return segments.map((segment) => `/${segment}`).join('')
}
