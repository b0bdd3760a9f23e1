import type { Exchange } from './exchange.ts'
import type { Outgoing, Wire } from './wire.ts'

const REDIRECTS = [301, 302, 303, 307, 308]
const MOST_OF_DOWNLOADS = 5

/** A GET of the API. It is followed between slash and no slash on its own origin, with its key; that is left open. */
export async function sendGet(wire: Wire, outgoing: Outgoing, seen: (exchange: Exchange) => void): Promise<Exchange> {
  const first = await wire.send(outgoing, seen)
  const to = locationOf(first)
  if (to === null || !isSameButForSlash(new URL(first.url), to)) return first
  return await follow(wire, first, { ...outgoing, url: to.href }, seen)
}

/** A download. It may be redirected to wherever the storage is; `outgoing` must not carry a key. */
export async function sendDownload(
  wire: Wire,
  outgoing: Outgoing,
  seen: (exchange: Exchange) => void,
): Promise<Exchange> {
  let last = await wire.send(outgoing, seen)
  for (let hops = 0; ; hops++) {
    const to = locationOf(last)
    if (to === null) return last
    if (hops === MOST_OF_DOWNLOADS) {
      last.problem = `was redirected more than ${MOST_OF_DOWNLOADS} times`
      return last
    }
    last = await follow(wire, last, { ...outgoing, url: to.href }, seen)
  }
}

async function follow(
  wire: Wire,
  hop: Exchange,
  onward: Outgoing,
  seen: (exchange: Exchange) => void,
): Promise<Exchange> {
  // A redirect is not an answer of the operation, so it is not checked against openapi.yaml.
  hop.isChoice = true
  const next = await wire.send(onward, seen)
  next.redirectedFrom = hop.redirectedFrom ?? hop.id
  return next
}

/** @returns `null` if it is no redirect to somewhere */
function locationOf({ status, headers, url }: Exchange): URL | null {
  const location = headers.get('location')
  if (!REDIRECTS.includes(status) || location === null || !URL.canParse(location, url)) return null
  const to = new URL(location, url)
  return to.protocol === 'http:' || to.protocol === 'https:' ? to : null
}

function isSameButForSlash(from: URL, to: URL): boolean {
  const withSlash = ({ pathname }: URL): string => (pathname.endsWith('/') ? pathname : `${pathname}/`)
  return from.origin === to.origin && from.pathname !== to.pathname && withSlash(from) === withSlash(to)
}
