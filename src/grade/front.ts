import { once } from 'node:events'
import http, { type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Answer } from './exchange.ts'
import type { Fault } from './situation.ts'

/** One request with its whole body. */
export interface Asked {
  readonly method: string
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: Buffer
  readonly atMs: number
}

/** What a client is answered, and how. */
export interface Reply {
  readonly answer: Answer | null
  readonly fault: Fault | null
  /** Told once the answer has left, or cannot leave any more. */
  readonly sent: (isWhole: boolean) => void
}

const HOST = '127.0.0.1'
const MOST_BODY_BYTES = 64 * 1024 * 1024

/** A listening socket between the client and the API: reads a request whole, and writes what it is told to. */
export class Front {
  readonly #server: Server

  private constructor(server: Server) {
    this.#server = server
  }

  static async open(answer: (asked: Asked) => Promise<Reply>): Promise<Front> {
    const server = http.createServer((request, response) => {
      void respond(request, response, answer)
    })
    server.listen(0, HOST)
    await once(server, 'listening')
    return new Front(server)
  }

  /** @param name by which clients are to know it; it is this machine's */
  url(name: string = HOST): string {
    return `http://${name}:${(this.#server.address() as AddressInfo).port}`
  }

  close(): void {
    this.#server.close()
    this.#server.closeAllConnections()
  }
}

async function respond(
  request: IncomingMessage,
  response: ServerResponse,
  answer: (asked: Asked) => Promise<Reply>,
): Promise<void> {
  const atMs = Date.now()
  try {
    const body = await bodyOf(request)
    const { method = '', url = '' } = request
    const path = url.replace(/^https?:\/\/[^/?#]*(?=\/)/i, '')
    const reply = await answer({ method, path, headers: headersOf(request), body, atMs })
    write(response, method, reply)
  } catch {
    // The client has left, or sends without end.
    response.destroy()
  }
}

function write(response: ServerResponse, method: string, { answer, fault, sent }: Reply): void {
  let isWhole = false
  response.on('finish', () => {
    isWhole = fault === null
  })
  response.on('close', () => sent(isWhole))
  if (response.destroyed) {
    sent(false)
    return
  }
  if (fault === 'reset' || answer === null) {
    response.socket?.resetAndDestroy()
    return
  }
  const { status, headers, body } = answer
  if (fault === 'cut') {
    response.writeHead(status, { ...headers, 'content-length': body.length })
    // What was written is to arrive before the connection ends.
    response.write(body.subarray(0, Math.floor(body.length / 2)), () => response.socket?.end())
    return
  }
  response.writeHead(status, method === 'HEAD' ? headers : { ...headers, 'content-length': body.length })
  response.end(body)
}

/** Of a header that came more than once, the values by comma. */
function headersOf({ headers }: IncomingMessage): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)]))
}

async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of request as AsyncIterable<Buffer>) {
    chunks.push(chunk)
    bytes += chunk.length
    if (bytes > MOST_BODY_BYTES) throw new Error('the body is too long')
  }
  return Buffer.concat(chunks)
}

const agent = new http.Agent({ keepAlive: true })
const HOP_BY_HOP = ['connection', 'host', 'keep-alive', 'proxy-connection', 'transfer-encoding', 'upgrade', 'expect']

/** Asks the server behind, and reads its answer whole. */
export async function ask(
  origin: string,
  { method, path, headers, body }: Pick<Asked, 'method' | 'path' | 'headers' | 'body'>,
): Promise<Answer> {
  const own = Object.entries(headers).filter(([name]) => !HOP_BY_HOP.includes(name))
  const request = http.request(origin + path, {
    method,
    agent,
    headers: { ...Object.fromEntries(own), ...(body.length > 0 && { 'content-length': body.length }) },
  })
  request.end(body)
  const [response] = (await once(request, 'response')) as [IncomingMessage]
  const kept = Object.entries(headersOf(response)).filter(
    ([name]) => !HOP_BY_HOP.includes(name) && (name !== 'content-length' || method === 'HEAD'),
  )
  return { status: response.statusCode as number, headers: Object.fromEntries(kept), body: await bodyOf(response) }
}
