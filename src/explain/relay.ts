import {
  type ClientRequest,
  createServer,
  Agent as HttpAgent,
  request as httpRequest,
  type IncomingMessage,
  type RequestOptions,
  type Server,
  type ServerResponse,
} from 'node:http'
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https'
import { Kept } from './kept.ts'

/** One request that was passed on, and what became of it. */
export interface Relayed {
  readonly id: number
  readonly method: string
  /** At the upstream. */
  readonly url: string
  readonly startMs: number
  endMs: number
  readonly requestHeaders: readonly string[]
  readonly requestBody: Kept
  /** `null` if no answer came, or its connection broke before its end. */
  status: number | null
  statusText: string
  responseHeaders: readonly string[]
  readonly responseBody: Kept
  /** Why there is no answer, or only its beginning; `null` if it is whole. */
  problem: string | null
}

export interface RelayOptions {
  /** Whose paths are asked. */
  readonly upstream: URL
  /** Hears of each request when it is over. */
  readonly ended: (relayed: Relayed) => void
  /**
   * Whether a request may be passed on; a reason if not. Its body is read whole before, if it answers a function.
   */
  readonly guard: (method: string, url: string) => null | ((body: Uint8Array) => string | null)
  /** Why a connection was closed. */
  readonly say: (line: string) => void
}

/** Those of one connection only (RFC 9110, 7.6.1). A body keeps its framing: what was chunked stays chunked. */
const HOP_BY_HOP = ['connection', 'keep-alive', 'proxy-connection', 'proxy-authorization', 'te', 'upgrade']

/** What is read before a request is passed on that the guard wants to see. As much as the API takes. */
const MOST_GUARDED_BYTES = 64 * 1024 * 1024

/**
 * A reverse proxy that never answers by itself: what the upstream does not answer ends with a closed connection.
 *
 * Passed on as they are: method, path, bytes, order, case and repetition of headers, chunking, trailers, interim
 * answers, an abort in either direction. Others are `Host`, and the headers of one connection.
 */
export function createRelay(options: RelayOptions): Server {
  const { upstream } = options
  const isTls = upstream.protocol === 'https:'
  // A connection that was kept could be closed by the upstream just as a request is sent: a failure of ours alone.
  const agent = isTls ? new HttpsAgent({ keepAlive: false }) : new HttpAgent({ keepAlive: false })
  const send = isTls ? httpsRequest : httpRequest
  let count = 0
  const server = createServer({
    requireHostHeader: false,
    maxHeaderSize: 64 * 1024,
    requestTimeout: 0,
    headersTimeout: 0,
  })
  const relay = (request: IncomingMessage, response: ServerResponse): void => {
    count += 1
    void pass(count, request, response)
  }
  const pass = async (id: number, request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const path = `${upstream.pathname.replace(/\/$/, '')}${request.url ?? '/'}`
    const relayed: Relayed = {
      id,
      method: request.method ?? 'GET',
      url: upstream.origin + path,
      startMs: performance.timeOrigin + performance.now(),
      endMs: 0,
      requestHeaders: forwarded(request.rawHeaders, upstream.host),
      requestBody: new Kept(),
      status: null,
      statusText: '',
      responseHeaders: [],
      responseBody: new Kept(),
      problem: null,
    }
    let isOver = false
    const end = (problem: string | null): void => {
      if (isOver) return
      isOver = true
      relayed.endMs = performance.timeOrigin + performance.now()
      relayed.problem = problem
      if (problem !== null) relayed.status = null
      options.ended(relayed)
    }
    response.on('error', () => undefined)
    const look = options.guard(relayed.method, relayed.url)
    let body: Buffer | null = null
    if (look !== null) {
      body = await whole(request, response)
      const reason = body === null ? 'its body could not be read whole' : look(body)
      if (reason !== null) {
        options.say(`${relayed.method} ${path}: not passed on, and its connection closed: ${reason}`)
        close(request)
        return
      }
      if (body !== null) relayed.requestBody.add(body)
    }
    const asked = send({
      agent,
      protocol: upstream.protocol,
      hostname: upstream.hostname.replace(/^\[|\]$/g, ''),
      port: upstream.port,
      method: relayed.method,
      path,
      // As a list, so that Node keeps their order and case, and adds none.
      headers: relayed.requestHeaders,
      setHost: false,
    } satisfies RequestOptions)
    listen(asked, request, response, relayed, { end, say: options.say })
    if (body !== null) asked.end(body)
    else {
      request.on('data', (chunk: Buffer) => relayed.requestBody.add(chunk))
      request.on('error', () => asked.destroy())
      request.on('end', () => {
        if (request.rawTrailers.length > 0) asked.addTrailers(pairs(request.rawTrailers))
      })
      request.pipe(asked)
    }
  }
  // By itself, Node would answer these with 100, 417 and 400.
  server.on('request', relay).on('checkContinue', relay).on('checkExpectation', relay)
  server.on('clientError', (_, socket) => socket.destroy())
  return server
}

function listen(
  asked: ClientRequest,
  request: IncomingMessage,
  response: ServerResponse,
  relayed: Relayed,
  { end, say }: { end: (problem: string | null) => void; say: RelayOptions['say'] },
): void {
  const broken = (error: Error): void => {
    const what = relayed.responseHeaders.length > 0 ? 'the answer broke off' : 'no answer'
    const { code } = error as NodeJS.ErrnoException
    if (!request.socket.destroyed) {
      say(`${relayed.method} ${new URL(relayed.url).pathname}: ${what} (${code ?? error.message}); connection closed`)
    }
    end(`${what}: ${code ?? error.message}`)
    close(request)
  }
  asked.on('error', broken)
  asked.on('continue', () => response.writeContinue())
  asked.on('information', ({ statusCode, headers }) => {
    if (statusCode === 102) response.writeProcessing()
    if (statusCode === 103 && headers['link'] !== undefined) response.writeEarlyHints(headers as Record<string, string>)
  })
  asked.on('response', (answer) => {
    relayed.status = answer.statusCode ?? null
    relayed.statusText = answer.statusMessage ?? ''
    relayed.responseHeaders = answer.rawHeaders
    response.sendDate = false
    response.writeHead(relayed.status ?? 0, relayed.statusText, forwarded(answer.rawHeaders, null))
    // Now, rather than with the first bytes, which may take their time.
    response.flushHeaders()
    answer.on('data', (chunk: Buffer) => relayed.responseBody.add(chunk))
    answer.on('end', () => {
      if (answer.rawTrailers.length > 0) response.addTrailers(pairs(answer.rawTrailers))
      if (answer.complete) end(null)
    })
    answer.on('error', broken)
    answer.pipe(response)
  })
  response.on('close', () => {
    if (response.writableFinished) return
    asked.destroy()
    end('the client closed its connection')
  })
}

function close({ socket }: IncomingMessage): void {
  // A reset cannot be taken for the end of an answer.
  if (!socket.destroyed) socket.resetAndDestroy()
}

/** @returns `null` if it is too large, or broke off */
async function whole(request: IncomingMessage, response: ServerResponse): Promise<Buffer | null> {
  if (request.headers.expect !== undefined) response.writeContinue()
  const chunks: Buffer[] = []
  let bytes = 0
  try {
    for await (const chunk of request) {
      bytes += (chunk as Buffer).length
      if (bytes > MOST_GUARDED_BYTES) return null
      chunks.push(chunk as Buffer)
    }
    return Buffer.concat(chunks)
  } catch {
    return null
  }
}

/** @param host in place of theirs; `null` for an answer */
function forwarded(raw: readonly string[], host: string | null): string[] {
  const all = pairs(raw)
  const named = all.flatMap(([name, value]) =>
    name.toLowerCase() === 'connection' ? value.toLowerCase().split(/\s*,\s*/) : [],
  )
  const isOfConnection = (name: string): boolean => HOP_BY_HOP.includes(name) || named.includes(name)
  const kept = all.filter(([name]) => !isOfConnection(name.toLowerCase()))
  if (host === null) return kept.flat()
  const hasHost = kept.some(([name]) => name.toLowerCase() === 'host')
  const own = kept.map(([name, value]) => [name, name.toLowerCase() === 'host' ? host : value])
  return (hasHost ? own : [['Host', host], ...own]).flat()
}

export function pairs(raw: readonly string[]): [string, string][] {
  return Array.from({ length: raw.length / 2 }, (_, nth) => [raw[2 * nth] ?? '', raw[2 * nth + 1] ?? ''])
}
