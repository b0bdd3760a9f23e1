import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import http, { type IncomingMessage, type RequestListener } from 'node:http'
import https from 'node:https'
import { type AddressInfo, connect, type Server, type Socket } from 'node:net'
import { text } from 'node:stream/consumers'
import tls, { type TLSSocket } from 'node:tls'
import { test as base, type TestAPI } from 'vitest'
import { makeAuthority } from '../../src/intercept/authority.ts'
import type { Exchange } from '../../src/intercept/exchange.ts'
import { type Intercept, type InterceptOptions, startIntercept } from '../../src/intercept/intercept.ts'

export const HOSTS: readonly string[] = ['api.real.test', 'cdn.real.test', 'real.test', '*.real.test']

export interface Rig {
  /** Starts a server, and says where. */
  listening(server: Server): Promise<{ port: number; url: string }>
  /** What answers for the first two hosts: it tells what it was asked. */
  mock: { url: string; answer: RequestListener; asked: IncomingMessage[] }
  intercepted: Exchange[]
  intercept(options?: Partial<InterceptOptions>): Promise<Intercept>
}

export const test: TestAPI<Rig> = base.extend<Rig>({
  // biome-ignore lint/correctness/noEmptyPattern: vitest wants the pattern.
  listening: async ({}, use) => {
    const servers: Server[] = []
    const sockets = new Set<Socket>()
    await use(async (server) => {
      servers.push(server)
      server.on('connection', (socket: Socket) => sockets.add(socket.on('error', () => undefined)))
      server.listen(0, '127.0.0.1')
      await once(server, 'listening')
      const { port } = server.address() as AddressInfo
      return { port, url: `http://127.0.0.1:${port}` }
    })
    for (const server of servers) server.close()
    for (const socket of sockets) socket.destroy()
  },
  mock: async ({ listening }, use) => {
    const mock: Rig['mock'] = { url: '', answer: tell, asked: [] }
    const server = http.createServer((request, response) => {
      mock.asked.push(request)
      mock.answer(request, response)
    })
    mock.url = (await listening(server)).url
    await use(mock)
  },
  // biome-ignore lint/correctness/noEmptyPattern: vitest wants the pattern.
  intercepted: async ({}, use) => use([]),
  intercept: async ({ mock, intercepted }, use) => {
    const started: Intercept[] = []
    await use(async (options = {}) => {
      const one = await startIntercept({
        hosts: HOSTS,
        originOf: (host) => (HOSTS.slice(0, 2).includes(host) ? mock.url : null),
        env: {},
        onExchange: (exchange) => intercepted.push(exchange),
        ...options,
      })
      started.push(one)
      return one
    })
    for (const one of started) await one.close()
  },
})

/** Answers with what was asked. */
const tell: RequestListener = async (request, response) => {
  response.setHeader('x-mock', 'yes')
  response.end(`${request.method} ${request.headers.host} ${request.url} ${await text(request)}`)
}

/** A tunnel through a proxy, once it stands. @throws {Error} with what the proxy answered instead */
export async function tunnel(proxyUrl: string, target: string, headers = ''): Promise<Socket> {
  const socket = connect(Number(new URL(proxyUrl).port), '127.0.0.1')
  socket.on('error', () => undefined).write(`CONNECT ${target} HTTP/1.1\r\nHost: ${target}\r\n${headers}\r\n`)
  const [answer] = (await once(socket, 'data')) as [Buffer]
  if (!answer.toString().startsWith('HTTP/1.1 200 ')) throw new Error(answer.toString())
  const head = answer.subarray(answer.indexOf('\r\n\r\n') + 4)
  if (head.length > 0) socket.unshift(head)
  return socket
}

/** TLS inside a tunnel, as a client does it that trusts the authority. */
export async function secured(socket: Socket, caFile: string, options: tls.ConnectionOptions): Promise<TLSSocket> {
  const secure = tls.connect({ socket, ca: readFileSync(caFile), ...options })
  await once(secure, 'secureConnect')
  return secure
}

export interface Answer {
  status: number
  headers: http.IncomingHttpHeaders
  body: string
}

/** A request over a connection that stands already. */
export async function ask(
  socket: Socket,
  host: string,
  path: string,
  options: http.RequestOptions = {},
  body = '',
): Promise<Answer> {
  const request = http.request({
    path,
    ...options,
    headers: { host, ...options.headers },
    createConnection: () => socket,
  })
  request.end(body)
  const [response] = (await once(request, 'response')) as [IncomingMessage]
  return { status: response.statusCode as number, headers: response.headers, body: await text(response) }
}

/** A server of somebody else's, by TLS, with a certificate that our authority did not sign. */
export async function strangerServer(answer: RequestListener): Promise<{ server: https.Server; ca: string }> {
  const { certificate, server } = await makeAuthority(['other.test', 'localhost'])
  return { server: https.createServer(server, answer), ca: certificate }
}
