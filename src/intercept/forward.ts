import http, { type IncomingMessage, type ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'
import type { Exchange } from './exchange.ts'
import { ByteKeeper } from './kept-bytes.ts'

/** Where a request is sent on to. */
export interface Destination {
  readonly hostname: string
  readonly port: number
  /** What stands in the request line: a path, or a whole URL for another proxy. */
  readonly path: string
  /** Headers that replace the client's of the same name, names in lowercase. */
  readonly headers?: Readonly<Record<string, string>>
  /** The connection to use; by default one of a pool, in plain text. */
  readonly connect?: () => Promise<Duplex>
}

/** Which request an exchange is about. */
export type Asked = Pick<Exchange, 'scheme' | 'host' | 'path'>

/** RFC 9110, 7.6.1: what is for the next hop alone; `Transfer-Encoding` is Node's business on both sides. */
const HOP_BY_HOP = new Set(['connection', 'proxy-connection', 'keep-alive', 'proxy-authorization', 'upgrade', 'te'])

/** Longer than the server behind keeps a connection that nobody uses. */
const pool = new http.Agent({ keepAlive: true, timeout: 290_000 })

/**
 * Sends a request on, and its answer back, byte for byte and as they come. If the connection breaks on one side, it
 * breaks on the other.
 */
export function forward(
  request: IncomingMessage,
  response: ServerResponse,
  { hostname, port, path, headers = {}, connect }: Destination,
  asked: Asked,
  tell?: (exchange: Exchange) => void,
): void {
  const startedMs = Date.now()
  const sent = new ByteKeeper()
  const received = new ByteKeeper()
  let answer: IncomingMessage | undefined
  const onward = http.request({
    hostname,
    port,
    path,
    method: request.method as string,
    headers: [...endToEnd(request.rawHeaders, headers), ...Object.entries(headers).flat()],
    ...(connect
      ? {
          createConnection: (_options, created) => {
            connect().then(
              (socket) => created(null, socket),
              (error: Error) => created(error, undefined as never),
            )
            return undefined
          },
        }
      : { agent: pool }),
  })
  onward.on('continue', () => response.writeContinue())
  onward.on('response', (incoming) => {
    answer = incoming
    response.writeHead(incoming.statusCode as number, incoming.statusMessage, withoutCoding(incoming.rawHeaders))
    if (tell) incoming.on('data', (chunk: Buffer) => received.add(chunk))
    incoming.on('error', () => response.destroy())
    incoming.on('aborted', () => response.destroy())
    incoming.pipe(response)
  })
  onward.on('error', (error: NodeJS.ErrnoException) => {
    if (answer === undefined && !response.headersSent && !wasCutOff(error))
      refuse(response, 502, problemOf(error, asked))
    else response.destroy()
  })
  if (tell) request.on('data', (chunk: Buffer) => sent.add(chunk))
  request.pipe(onward)
  request.on('error', () => onward.destroy())
  response.on('close', () => {
    const isComplete = response.writableFinished
    if (!isComplete) onward.destroy()
    tell?.({
      ...asked,
      startedMs,
      endedMs: Date.now(),
      method: request.method as string,
      requestHeaders: request.rawHeaders,
      requestBody: sent.all,
      status: answer?.statusCode ?? null,
      responseHeaders: answer?.rawHeaders ?? [],
      responseBody: received.all,
      isComplete,
    })
  })
}

/** Answers a request that is not sent on, in words. */
export function refuse(response: ServerResponse, status: number, detail: string): void {
  const body = JSON.stringify({ code: 'NOT_INTERCEPTED', detail: `phota-mock: ${detail}` })
  response.writeHead(status, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) })
  response.end(body)
}

/** Whether the other side took the connection and then ended it, as it does if it is told to lose an answer. */
function wasCutOff({ code }: NodeJS.ErrnoException): boolean {
  return code === 'ECONNRESET' || code === 'EPIPE'
}

function problemOf({ code, message }: NodeJS.ErrnoException, { host }: Asked): string {
  return `the request to ${host} could not be sent on: ${message || code}`
}

function endToEnd(rawHeaders: readonly string[], replaced: Readonly<Record<string, string>>): string[] {
  const named = new Set<string>()
  for (const [name, value] of pairs(rawHeaders)) {
    if (name.toLowerCase() === 'connection') for (const each of value.split(',')) named.add(each.trim().toLowerCase())
  }
  return pairs(rawHeaders)
    .filter(([name]) => {
      const key = name.toLowerCase()
      return !HOP_BY_HOP.has(key) && !named.has(key) && !(key in replaced)
    })
    .flat()
}

/** Node cuts the body into chunks itself, if the client can take them. */
function withoutCoding(rawHeaders: readonly string[]): string[] {
  return pairs(rawHeaders)
    .filter(([name]) => !/^(connection|keep-alive|transfer-encoding)$/i.test(name))
    .flat()
}

function pairs(rawHeaders: readonly string[]): [name: string, value: string][] {
  const all: [string, string][] = []
  for (let at = 0; at + 1 < rawHeaders.length; at += 2)
    all.push([rawHeaders[at] as string, rawHeaders[at + 1] as string])
  return all
}
