import { once } from 'node:events'
import http from 'node:http'
import net, { isIP, type Socket } from 'node:net'
import tls from 'node:tls'
import { isLoopback } from '../engine/callback-target.ts'
import { isExempt } from './no-proxy.ts'

const CONNECT_TIMEOUT_MS = 30_000

/** The way to the hosts of others: through the proxy that the user has, if there is one. */
export class WayOut {
  readonly #env: NodeJS.ProcessEnv

  /** @param env in which the user's `HTTPS_PROXY`, `HTTP_PROXY`, `ALL_PROXY` and `NO_PROXY` stand */
  constructor(env: NodeJS.ProcessEnv) {
    this.#env = env
  }

  /**
   * The user's proxy for a target, `null` if it is reached directly.
   *
   * @param host lowercase, an IPv6 address without brackets
   * @throws {Error} if it is of a kind that we cannot speak to
   */
  proxyFor(scheme: 'http' | 'https', host: string, port: number): URL | null {
    if (isLoopback(isIP(host) === 6 ? `[${host}]` : host)) return null
    if (isExempt(host, port, this.#variable('no_proxy'))) return null
    const text = this.#variable(`${scheme}_proxy`) || this.#variable('all_proxy')
    if (text === '') return null
    const url = URL.parse(text.includes('://') ? text : `http://${text}`)
    if (url !== null && /^https?:$/.test(url.protocol)) return url
    throw new Error(`your proxy ${url?.protocol ?? ''}//${url?.host ?? text} is neither http nor https`)
  }

  /** A connection to a target. @throws {Error} if there is none within 30 s */
  async dial(scheme: 'http' | 'https', host: string, port: number): Promise<Socket> {
    const proxy = this.proxyFor(scheme, host, port)
    return proxy === null ? await open(host, port) : await tunnelThrough(proxy, host, port)
  }

  /** Lowercase first, as curl has it. */
  #variable(name: string): string {
    return this.#env[name] ?? this.#env[name.toUpperCase()] ?? ''
  }
}

/** A connection to a proxy. */
export async function openProxy({ protocol, hostname, port }: URL): Promise<Socket> {
  const host = hostname.replace(/^\[|\]$/g, '')
  if (protocol === 'http:') return await open(host, Number(port) || 80)
  const socket = tls.connect({ host, port: Number(port) || 443, servername: isIP(host) ? '' : host })
  return await ready(socket, 'secureConnect')
}

/** What a proxy's user and password become. */
export function proxyAuthorization({ username, password }: URL): Record<string, string> {
  if (username === '' && password === '') return {}
  const user = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`
  return { 'proxy-authorization': `Basic ${Buffer.from(user).toString('base64')}` }
}

async function open(host: string, port: number): Promise<Socket> {
  return await ready(net.connect({ host, port }), 'connect')
}

async function ready(socket: Socket, event: string): Promise<Socket> {
  try {
    await once(socket, event, { signal: AbortSignal.timeout(CONNECT_TIMEOUT_MS) })
    return socket
  } catch (error) {
    socket.destroy()
    throw error
  }
}

async function tunnelThrough(proxy: URL, host: string, port: number): Promise<Socket> {
  const authority = `${isIP(host) === 6 ? `[${host}]` : host}:${port}`
  const socket = await openProxy(proxy)
  const request = http.request({
    method: 'CONNECT',
    path: authority,
    headers: { host: authority, ...proxyAuthorization(proxy) },
    createConnection: () => socket,
    timeout: CONNECT_TIMEOUT_MS,
  })
  request.on('timeout', () => request.destroy(new Error(`your proxy ${proxy.host} does not answer`)))
  request.end()
  const [response, tunnel, head] = (await once(request, 'connect')) as [http.IncomingMessage, Socket, Buffer]
  if (response.statusCode !== 200) {
    tunnel.destroy()
    throw new Error(`your proxy ${proxy.host} answered ${response.statusCode} to CONNECT ${authority}`)
  }
  if (head.length > 0) tunnel.unshift(head)
  tunnel.setTimeout(0)
  return tunnel
}
