import { randomUUID } from 'node:crypto'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { NO_HEADERS } from './answer-headers.ts'
import type { Exchange } from './exchange.ts'
import { MIB } from './limits.ts'
import { Mailbox, type ReceiverAnswer } from './mailbox.ts'
import type { Wire } from './wire.ts'

export type { Mailbox, ReceiverAnswer } from './mailbox.ts'

/** How many callbacks are kept, of all mailboxes together; further ones are only counted. */
const MOST_ARRIVALS = 2_000
const MOST_BODY_BYTES = MIB
const MOST_CONNECTIONS = 128
/** How long a sender may take for its headers, and for all of its request. */
const SLOWEST = { headersTimeout: 10_000, requestTimeout: 30_000, connectionsCheckingInterval: 1_000 } as const
/** After this time, a connection that is left without an answer is closed, so that such connections do not pile up. */
const LONGEST_HANG_MS = 60_000

/** Listens for callbacks, with a path of its own for each mailbox. */
export class Receiver {
  readonly #server: Server
  readonly #wire: Wire
  readonly #publicUrl: string
  readonly #mailboxes = new Map<string, Mailbox>()
  #arrivals = 0

  private constructor(server: Server, wire: Wire, publicUrl: string | undefined) {
    this.#server = server
    this.#wire = wire
    const { address, port, family } = server.address() as AddressInfo
    const host = family === 'IPv6' ? `[${address}]` : address
    this.#publicUrl = (publicUrl ?? `http://${host}:${port}`).replace(/\/$/, '')
    server.on('request', (request, response) => {
      this.#receive(request, response).catch(() => request.socket.destroy())
    })
  }

  /**
   * @param publicUrl how the implementation reaches it, if not by host and port
   * @throws if nobody can listen there
   */
  static async listen(wire: Wire, host: string, port: number, publicUrl?: string): Promise<Receiver> {
    const server = createServer(SLOWEST)
    server.maxConnections = MOST_CONNECTIONS
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject)
      server.listen(port, host, () => resolve())
    })
    server.unref()
    return new Receiver(server, wire, publicUrl)
  }

  get url(): string {
    return this.#publicUrl
  }

  /** @param answers one for each callback, in order; the last one is repeated */
  open(answers: readonly ReceiverAnswer[] = [204], onArrival: (arrival: Exchange) => void = () => undefined): Mailbox {
    const path = `/callbacks/${randomUUID()}`
    const mailbox = new Mailbox(this.#publicUrl + path, answers, onArrival, this.#wire.deadline)
    this.#mailboxes.set(new URL(mailbox.url).pathname, mailbox)
    this.#mailboxes.set(path, mailbox)
    return mailbox
  }

  close(): Promise<void> {
    return new Promise((resolve) => {
      this.#server.close(() => resolve())
      this.#server.closeAllConnections()
    })
  }

  async #receive(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const begun = performance.now()
    const at = Date.now()
    const [path = '', query] = (request.url ?? '').split('?')
    const mailbox = this.#mailboxes.get(path)
    if (!mailbox) {
      refuse(response, 404)
      return
    }
    const bytes = await bodyOf(request)
    if (bytes === null) {
      refuse(response, 413)
      return
    }
    const answer = mailbox.take((chosen) => {
      if (mailbox.isFull || this.#arrivals >= MOST_ARRIVALS) return null
      const arrival = this.#wire.take({
        direction: 'received',
        operation: 'jobFinished',
        at,
        durationMs: performance.now() - begun,
        method: request.method ?? '',
        url: this.#publicUrl + path + (query === undefined ? '' : `?${query}`),
        requestHeaders: request.headers as Record<string, string>,
        requestBody: bytes.toString(),
        status: statusOf(chosen),
        headers: NO_HEADERS,
        bytes,
        bodyBytes: bytes.length,
        picture: null,
        pictures: [],
        redirectedFrom: null,
        problem: problemOf(chosen),
        isChoice: false,
      })
      if (arrival !== null) this.#arrivals += 1
      return arrival
    })
    await this.#answer(request, response, answer)
  }

  async #answer(request: IncomingMessage, response: ServerResponse, answer: ReceiverAnswer): Promise<void> {
    if (answer === 'drop') {
      request.socket.resetAndDestroy()
    } else if (answer === 'hang') {
      await this.#wire.deadline.sleep(LONGEST_HANG_MS)
      request.socket.destroy()
    } else {
      if (typeof answer !== 'number') await this.#wire.deadline.sleep(answer.delayMs)
      response.writeHead(statusOf(answer)).end()
    }
  }
}

function statusOf(answer: ReceiverAnswer): number {
  if (typeof answer === 'string') return 0
  return typeof answer === 'number' ? answer : answer.status
}

function problemOf(answer: ReceiverAnswer): string | null {
  if (answer === 'hang') return 'was left without an answer on purpose'
  return answer === 'drop' ? 'had its connection reset on purpose' : null
}

/** The connection is closed then, so that what else it sends is not read. */
function refuse(response: ServerResponse, status: number): void {
  response.writeHead(status, { Connection: 'close' }).end()
}

/** @returns `null` if it is too long. @throws if it does not come to its end */
async function bodyOf(request: IncomingMessage): Promise<Buffer | null> {
  const chunks: Buffer[] = []
  let size = 0
  // Not with `for await`, which would destroy the connection before it is answered.
  return await new Promise((resolve, reject) => {
    request.on('data', (chunk: Buffer) => {
      size += chunk.length
      if (size <= MOST_BODY_BYTES) chunks.push(chunk)
      else {
        request.pause()
        resolve(null)
      }
    })
    request.on('end', () => resolve(Buffer.concat(chunks)))
    request.on('error', reject)
    request.on('close', () => reject(new Error('cut off')))
  })
}
