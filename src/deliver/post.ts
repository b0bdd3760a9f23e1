// As objects, because interceptors replace what is in them.
import http from 'node:http'
import https from 'node:https'
import type { LookupFunction } from 'node:net'
import type { DueAttempt } from '../engine/delivery.ts'
import { version } from '../spec/version.ts'
import { plainDispatcher } from './plain-dispatcher.ts'

/**
 * POSTs the kept bytes once. Redirects are not followed; of the answer's body nothing counts.
 *
 * @param signal aborted when it has taken too long
 * @param connected told once somebody is there who could answer
 * @returns the status
 */
export type Post = (due: DueAttempt, signal: AbortSignal, connected: () => void) => Promise<number>

/** A receiver may say some words; reading them is kinder than a reset. */
const READ_BYTES = 64 * 1024

/** The headers of a callback: callback.signature. */
export function callbackHeaders({ headers }: DueAttempt): Record<string, string> {
  return { 'content-type': 'application/json', 'user-agent': `phota-mock/${version}`, ...headers }
}

/** By the global `fetch` of the moment, so that a user's own interception sees it. */
export const postByFetch: Post = async (due, signal, connected) => {
  const { url, authorization } = withoutUser(due.delivery.url)
  // A resolver might know another machine by such a name.
  if (isBelowLocalhost(url)) return postByHttp(due, signal, connected)
  connected()
  try {
    const response = await fetch(url, {
      method: 'POST',
      headers: { ...callbackHeaders(due), ...authorization },
      body: due.delivery.body,
      redirect: 'manual',
      signal,
      ...plainDispatcher(),
    })
    await response.body?.cancel()
    return response.status
  } catch (error) {
    // Some ports are none for browsers, and so for fetch; a receiver may stand there all the same.
    if (((error as Error).cause as Error | undefined)?.message !== 'bad port') throw error
    return postByHttp(due, signal, connected)
  }
}

/** Over a connection of its own: any port, and one knows when the receiver has taken it. */
export const postByHttp: Post = (due, signal, connected) => {
  const { delivery } = due
  const { url, authorization } = withoutUser(delivery.url)
  const isSecure = url.protocol === 'https:'
  return new Promise((resolve, reject) => {
    const request = (isSecure ? https : http).request(url, {
      method: 'POST',
      headers: {
        ...callbackHeaders(due),
        ...authorization,
        'content-length': Buffer.byteLength(delivery.body),
      },
      agent: false,
      signal,
      ...(isBelowLocalhost(url) && { lookup: loopback }),
    })
    request.on('socket', (socket) => {
      if (socket.connecting) socket.once(isSecure ? 'secureConnect' : 'connect', connected)
      else connected()
    })
    request.on('error', reject)
    request.on('upgrade', ({ statusCode }, socket) => {
      socket.destroy()
      resolve(statusCode as number)
    })
    request.on('response', (response) => {
      resolve(response.statusCode as number)
      let unread = READ_BYTES
      response.on('data', (chunk: Buffer) => {
        unread -= chunk.length
        if (unread < 0) request.destroy()
      })
      response.on('error', () => undefined)
    })
    request.end(delivery.body)
  })
}

function isBelowLocalhost({ hostname }: URL): boolean {
  return hostname.endsWith('.localhost')
}

/** RFC 6761, 6.3: names below localhost are this machine, whatever a resolver says. */
const loopback: LookupFunction = (_, { all }, then) =>
  all ? then(null, [{ address: '127.0.0.1', family: 4 }]) : then(null, '127.0.0.1', 4)

/** A URL's user and password, as HTTP sends them: a URL that holds them is none that `fetch` takes. */
function withoutUser(text: string): { url: URL; authorization: Record<string, string> } {
  const url = new URL(text)
  const { username, password } = url
  if (username === '' && password === '') return { url, authorization: {} }
  url.username = ''
  url.password = ''
  const user = [username, password].map((part) => Buffer.from(unescaped(part), 'latin1')).join(':')
  return { url, authorization: { authorization: `Basic ${Buffer.from(user).toString('base64')}` } }
}

/** Percent-escapes as bytes; what is none stays as it is. */
function unescaped(text: string): string {
  return text.replace(/%([0-9a-f]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
}
