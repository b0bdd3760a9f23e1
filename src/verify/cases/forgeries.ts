/** A forged download URL, and what was changed in it. */
export interface Forgery {
  readonly what: string
  readonly forged: string
}

const SECONDS_FROM = Date.UTC(2001, 0, 1) / 1000
const SECONDS_TO = Date.UTC(2100, 0, 1) / 1000

/**
 * What must be refused of a signed URL, whatever its query parameters are called: the guide calls them `token` and
 * `expires`, by way of an example. A parameter that is neither may be anything.
 *
 * @param other the URL of another output, if there is one
 */
export function forgeries(url: string, other: string | undefined): Forgery[] {
  const { searchParams } = new URL(url)
  const [token, expires] = [tokenOf(searchParams), expiryOf(searchParams)]
  return [
    ...(token === null ? [] : forgedTokens(url, token, other)),
    ...(expires === null ? [] : forgedExpiries(url, expires)),
    ...(searchParams.size === 0 ? [] : [changed(url, 'no query', (u) => (u.search = ''))]),
    changed(url, 'another path', (u) => (u.pathname = u.pathname.replace(/(\.[a-z]+)?$/i, '0$1'))),
    // Where the path carries the token itself, another output's path is that output's own URL.
    ...(token !== null && other !== undefined && new URL(other).pathname !== new URL(url).pathname
      ? [changed(url, 'the path of another output', (u) => (u.pathname = new URL(other).pathname))]
      : []),
  ]
}

function forgedTokens(url: string, name: string, other: string | undefined): Forgery[] {
  const token = new URL(url).searchParams.get(name) ?? ''
  const [first = '', middle = Math.floor(token.length / 2)] = [token[0]]
  const set = (what: string, value: string): Forgery => changed(url, what, (u) => u.searchParams.set(name, value))
  const foreign = other === undefined ? null : new URL(other).searchParams.get(name)
  return [
    set('another first character of its token', `${otherThan(first)}${token.slice(1)}`),
    set('another character in the middle of its token', replacedAt(token, middle)),
    // Its last character may carry bits that base64 leaves unused.
    set('another character near the end of its token', replacedAt(token, Math.max(0, token.length - 3))),
    set('the first half of its token', token.slice(0, middle)),
    set('a longer token', `${token}0`),
    changed(url, 'no token', (u) => u.searchParams.delete(name)),
    changed(url, 'an empty token', (u) => u.searchParams.set(name, '')),
    ...(foreign !== null && foreign !== token ? [set('the token of another output', foreign)] : []),
  ]
}

function forgedExpiries(url: string, name: string): Forgery[] {
  const value = new URL(url).searchParams.get(name) ?? ''
  const later = /^\d+$/.test(value)
    ? String(Number(value) + (Number(value) > SECONDS_TO ? 3_600_000 : 3_600))
    : new Date(Date.parse(value) + 3_600_000).toISOString()
  return [
    changed(url, 'an expiry an hour later', (u) => u.searchParams.set(name, later)),
    changed(url, 'a letter behind its expiry', (u) => u.searchParams.set(name, `${value}x`)),
    changed(url, 'no expiry', (u) => u.searchParams.delete(name)),
  ]
}

/** By its name; else the longest value that looks like chance. @returns `null` if none does */
export function tokenOf(query: URLSearchParams): string | null {
  const named = [...query.keys()].find((name) => /^(token|sig|signature|x-(amz|goog)-signature)$/i.test(name))
  if (named !== undefined) return named
  const [longest] = [...query]
    .filter(([, value]) => value.length >= 16 && !isMoment(value))
    .toSorted(([, a], [, b]) => b.length - a.length)
  return longest?.[0] ?? null
}

/** By its name, or because it is a moment of this century. @returns `null` if there is none */
export function expiryOf(query: URLSearchParams): string | null {
  const moments = [...query].filter(([, value]) => isMoment(value)).map(([name]) => name)
  return moments.find((name) => /^(expires?|exp|expiry|se|until)$/i.test(name)) ?? moments[0] ?? null
}

/** The moment that a URL carries as its expiry, Unix ms; NaN if it carries none that can be read. */
export function carriedExpiryMs(url: string): number {
  const { searchParams } = new URL(url)
  const name = expiryOf(searchParams)
  const value = name === null ? '' : (searchParams.get(name) ?? '')
  if (!/^\d+$/.test(value)) return Date.parse(value)
  return Number(value) > SECONDS_TO ? Number(value) : Number(value) * 1000
}

function isMoment(value: string): boolean {
  if (/^\d{4}-\d{2}-\d{2}T/.test(value)) return !Number.isNaN(Date.parse(value))
  const number = /^\d{10,13}$/.test(value) ? Number(value) : Number.NaN
  return [number, number / 1000].some((seconds) => seconds > SECONDS_FROM && seconds < SECONDS_TO)
}

function changed(url: string, what: string, edit: (url: URL) => void): Forgery {
  const forged = new URL(url)
  edit(forged)
  return { what, forged: forged.href }
}

function replacedAt(text: string, at: number): string {
  return text.slice(0, at) + otherThan(text[at] ?? '') + text.slice(at + 1)
}

function otherThan(character: string): string {
  return character === 'a' ? 'b' : 'a'
}
