import { lookup } from 'node:dns/promises'
import { once } from 'node:events'
import http, { type IncomingMessage, type ServerResponse } from 'node:http'
import https from 'node:https'
import net, { type AddressInfo, isIP, type Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import tls, { type TLSSocket } from 'node:tls'
import { bareHost } from '../engine/base-url.ts'
import { covers } from '../engine/callback-target.ts'
import type { Exchange } from './exchange.ts'
import { type Destination, forward, refuse } from './forward.ts'
import { openProxy, proxyAuthorization, type WayOut } from './outer-proxy.ts'
import { peek } from './peek.ts'

export interface ProxyOptions {
  /** Host patterns, lowercase. */
  readonly hosts: readonly string[]
  readonly originOf: (host: string) => string | null
  /** What TLS for these hosts is spoken with, PEM. */
  readonly server: { readonly key: string; readonly cert: string }
  readonly out: WayOut
  readonly onExchange?: (exchange: Exchange) => void
}

const MOST_CONNECTIONS = 2_000
/** Longer than any client waits with an open connection for the next thing to say. */
const IDLE_MS = 30 * 60_000
const LISTENING_HOST = '127.0.0.1'

interface Target {
  readonly scheme: 'http' | 'https'
  /** Lowercase, an IPv6 address without brackets. */
  readonly host: string
  readonly port: number
  /** Path and query. */
  readonly path: string
}

/**
 * One port for all: a proxy (`CONNECT`, and whole URLs), and a server for connections that were led here instead of to
 * one of the hosts.
 */
export class ForwardProxy {
  readonly #options: ProxyOptions
  readonly #front: net.Server
  readonly #plain: http.Server
  readonly #secure: https.Server
  readonly #sockets = new Set<Duplex>()

  constructor(options: ProxyOptions) {
    this.#options = options
    const settings = { keepAliveTimeout: 300_000 }
    this.#plain = http.createServer(settings, (request, response) => this.#answerPlain(request, response))
    // Only HTTP/1.1 is offered: every client speaks it, and the server behind speaks nothing else.
    this.#secure = https.createServer({ ...settings, ...options.server, ALPNProtocols: ['http/1.1'] }, (...both) =>
      this.#answerSecure(...both),
    )
    for (const server of [this.#plain, this.#secure]) {
      server.setTimeout(IDLE_MS)
      server.on('checkContinue', (request: IncomingMessage, response: ServerResponse) =>
        server.emit('request', request, response),
      )
      server.on('connect', (request: IncomingMessage, socket: Duplex, head: Buffer) =>
        this.#connect(request, socket, head),
      )
    }
    this.#front = net.createServer((socket) => {
      this.#keep(socket)
      void this.#serve(socket)
    })
    this.#front.maxConnections = MOST_CONNECTIONS
  }

  /** @returns the port */
  async listen(): Promise<number> {
    this.#front.listen(0, LISTENING_HOST)
    await once(this.#front, 'listening')
    return (this.#front.address() as AddressInfo).port
  }

  async close(): Promise<void> {
    const closed = new Promise((resolve) => this.#front.close(resolve))
    for (const socket of this.#sockets) socket.destroy()
    await closed
  }

  /** Speaks HTTP or TLS, whichever the client begins with. */
  async #serve(socket: Duplex): Promise<void> {
    const opening = await peek(socket)
    if (opening === null) socket.destroy()
    else this.#hand(socket, opening.kind === 'tls')
  }

  #hand(socket: Duplex, isSecure: boolean): void {
    // From here on the server sees to it that it does not stay idle; under TLS, nothing is seen of the bytes here.
    if (socket instanceof net.Socket) socket.setTimeout(0)
    ;(isSecure ? this.#secure : this.#plain).emit('connection', socket)
    socket.resume()
  }

  #answerPlain(request: IncomingMessage, response: ServerResponse): void {
    const url = /^https?:\/\//i.test(request.url as string) ? URL.parse(request.url as string) : null
    if (url === null) {
      this.#answerOwn('http', request, response)
      return
    }
    // Not `url.pathname`, which would have dots and escapes rewritten.
    const path = (request.url as string).replace(/^https?:\/\/[^/?#]*/i, '')
    const scheme = url.protocol === 'https:' ? 'https' : 'http'
    const target = {
      scheme,
      host: plainHost(url.hostname),
      port: Number(url.port) || (scheme === 'https' ? 443 : 80),
      path: path.startsWith('/') ? path : `/${path}`,
    } as const
    if (this.#isOurs(target.host)) this.#answerFor(target, url.host, request, response)
    else void this.#passOn(target, url, request, response)
  }

  #answerSecure(request: IncomingMessage, response: ServerResponse): void {
    this.#answerOwn('https', request, response)
  }

  /** A request that names a path alone: the host is that of its header. */
  #answerOwn(scheme: Target['scheme'], request: IncomingMessage, response: ServerResponse): void {
    const asked = hostOf(request.headers.host)
    if (asked === null || !this.#isOurs(asked)) {
      const name = (request.socket as TLSSocket).servername
      refuse(
        response,
        421,
        `this answers for ${this.#options.hosts.join(', ')}, and the request is for '${request.headers.host ?? ''}'` +
          `${typeof name === 'string' ? ` on a connection for '${name}'` : ''}. As a proxy it is told a whole URL.`,
      )
      return
    }
    const path = request.url as string
    this.#answerFor({ scheme, host: asked, port: 0, path }, null, request, response)
  }

  /** @param hostHeader what replaces the client's, because a proxy goes by the URL (RFC 9112, 3.2.2) */
  #answerFor(target: Target, hostHeader: string | null, request: IncomingMessage, response: ServerResponse): void {
    const origin = this.#options.originOf(target.host)
    if (origin === null) {
      refuse(response, 502, `nothing answers for ${target.host} here, and the real one is never called.`)
      return
    }
    const { hostname, port } = new URL(origin)
    const destination: Destination = {
      hostname: plainHost(hostname),
      port: Number(port) || 80,
      path: target.path,
      ...(hostHeader !== null && { headers: { host: hostHeader } }),
    }
    forward(request, response, destination, target, this.#options.onExchange)
  }

  /** A whole URL of another host. */
  async #passOn(target: Target, url: URL, request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { scheme, host, port, path } = target
    try {
      if (isIP(host) && (await this.#ownAddresses()).has(host)) {
        refuse(response, 421, `${host} is an address of ${this.#options.hosts[0]}, which is never called.`)
        return
      }
      const proxy = this.#options.out.proxyFor(scheme, host, port)
      const viaProxy = proxy !== null && scheme === 'http'
      const connect = async (): Promise<Duplex> => {
        if (viaProxy) return this.#keep(await openProxy(proxy))
        const socket = this.#keep(await this.#options.out.dial(scheme, host, port))
        if (scheme === 'http') return socket
        return tls.connect({ socket, ...(isIP(host) === 0 && { servername: host }) })
      }
      const destination = {
        hostname: host,
        port,
        path: viaProxy ? (request.url as string) : path,
        headers: { host: url.host, ...(viaProxy && proxyAuthorization(proxy)) },
        connect,
      }
      forward(request, response, destination, target)
    } catch (error) {
      refuse(response, 502, `${host} cannot be reached: ${(error as Error).message}`)
    }
  }

  async #connect({ url = '' }: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    this.#keep(socket)
    const target = URL.parse(`http://${url}`)
    // A URL's port is empty for that of its scheme.
    const port = /:(\d+)$/.exec(url)?.[1]
    if (target === null || port === undefined || target.pathname !== '/') {
      socket.end(refusal('400 Bad Request', `CONNECT expects HOST:PORT, received '${url}'`))
      return
    }
    if (head.length > 0) socket.unshift(head)
    const host = plainHost(target.hostname)
    if (this.#isOurs(host)) {
      socket.write(ESTABLISHED)
      await this.#serve(socket)
    } else await this.#tunnel(socket, host, Number(port))
  }

  /** To a host of others, unless the first bytes turn out to be for one of ours. */
  async #tunnel(socket: Duplex, host: string, port: number): Promise<void> {
    const isOwnAddress = isIP(host) !== 0 && (await this.#ownAddresses()).has(host)
    const end = (): void => void socket.destroy()
    let outward: Socket | null = null
    try {
      if (!isOwnAddress) outward = await this.#join(socket, end, host, port)
    } catch (error) {
      socket.end(refusal('502 Bad Gateway', `${host}:${port} cannot be reached: ${(error as Error).message}`))
      return
    }
    socket.write(ESTABLISHED)
    // Some servers speak first.
    outward?.pipe(socket)
    const opening = await peek(socket)
    if (opening === null) return
    const isSecure = opening.kind === 'tls'
    const asked = isSecure ? opening.name : opening.kind === 'http' ? hostOf(opening.host ?? '') : null
    const isOurs = asked !== null && this.#isOurs(asked)
    // An address may have other names, too; only TLS has the server prove its name.
    const isAnother = isSecure && asked !== null && !isOurs
    if (isOurs || (isOwnAddress && !isAnother)) {
      outward?.unpipe(socket).off('close', end).destroy()
      this.#hand(socket, isSecure)
      return
    }
    if (!isAnother && (await this.#ownAddresses()).has(plainAddress(outward?.remoteAddress ?? ''))) {
      socket.destroy()
      return
    }
    try {
      if (outward === null) {
        outward = await this.#join(socket, end, host, port)
        outward.pipe(socket)
      }
      socket.pipe(outward)
      socket.resume()
    } catch {
      socket.destroy()
    }
  }

  /** A connection that ends with the client's, and at whose end the client's ends. */
  async #join(socket: Duplex, end: () => void, host: string, port: number): Promise<Socket> {
    const outward = this.#keep(await this.#options.out.dial('https', host, port))
    outward.on('close', end)
    if (socket.destroyed) outward.destroy()
    else socket.on('close', () => outward.destroy())
    return outward
  }

  #isOurs(host: string): boolean {
    return this.#options.hosts.some((pattern) => covers(pattern, host))
  }

  #addresses: Promise<ReadonlySet<string>> | undefined

  /** Where the hosts really are, as far as anybody knows: asked for once, and only if something depends on it. */
  #ownAddresses(): Promise<ReadonlySet<string>> {
    this.#addresses ??= Promise.all(
      this.#options.hosts
        .filter((pattern) => !pattern.includes('*'))
        .map((host) => lookup(host, { all: true }).catch(() => [])),
    ).then((found) => new Set(found.flat().map(({ address }) => address)))
    return this.#addresses
  }

  /** Ends with the proxy, and says nothing of how. */
  #keep<Kept extends Duplex>(socket: Kept): Kept {
    if (this.#sockets.has(socket)) return socket
    this.#sockets.add(socket)
    socket.on('close', () => this.#sockets.delete(socket))
    socket.on('error', () => socket.destroy())
    if (socket instanceof net.Socket) socket.setTimeout(IDLE_MS, () => socket.destroy())
    return socket
  }
}

const ESTABLISHED = 'HTTP/1.1 200 Connection Established\r\n\r\n'

function refusal(status: string, detail: string): string {
  const body = `phota-mock: ${detail}\n`
  return (
    `HTTP/1.1 ${status}\r\nContent-Type: text/plain; charset=utf-8\r\nConnection: close\r\n` +
    `Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`
  )
}

/** Of a `Host` header. */
function hostOf(header = ''): string | null {
  const url = URL.parse(`http://${header}`)
  return url === null ? null : plainHost(url.hostname)
}

function plainHost(hostname: string): string {
  return bareHost(hostname.toLowerCase().replace(/^\[|\]$/g, ''))
}

/** An IPv4 address may come in the form of IPv6. */
function plainAddress(address: string): string {
  return address.replace(/^::ffff:/i, '')
}
