import { randomUUID } from 'node:crypto'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Exchange } from './exchange.ts'
import type { Wire } from './wire.ts'

/** A status to answer with, or `hang` to never answer. */
export type ReceiverAnswer = number | 'hang'

/** One address that callbacks are sent to, and what came. */
export interface Mailbox {
  readonly url: string
  readonly arrivals: readonly Exchange[]
  /** Resolves once so many have come, or when the time is over, with those that came. */
  wait(count: number, withinMs: number): Promise<readonly Exchange[]>
}

interface OpenMailbox {
  readonly arrivals: Exchange[]
  readonly answers: readonly ReceiverAnswer[]
  readonly onArrival: (arrival: Exchange) => void
  readonly waiting: Set<() => void>
}

/** Listens for callbacks, on a path of its own for each who waits. */
export class Receiver {
  readonly #server: Server
  readonly #wire: Wire
  readonly #publicUrl: string
  readonly #mailboxes = new Map<string, OpenMailbox>()

  private constructor(server: Server, wire: Wire, publicUrl: string | undefined) {
    this.#server = server
    this.#wire = wire
    const { address, port, family } = server.address() as AddressInfo
    const host = family === 'IPv6' ? `[${address}]` : address
    this.#publicUrl = (publicUrl ?? `http://${host}:${port}`).replace(/\/$/, '')
    server.on('request', (request, response) => {
      this.#receive(request, response).catch(() => response.destroy())
    })
  }

  /**
   * @param publicUrl how the implementation reaches it, if not by host and port
   * @throws if nobody can listen there
   */
  static async listen(wire: Wire, host: string, port: number, publicUrl?: string): Promise<Receiver> {
    const server = createServer()
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

  /** @param answers in turn; the last one goes on */
  open(answers: readonly ReceiverAnswer[] = [204], onArrival: (arrival: Exchange) => void = () => undefined): Mailbox {
    const path = `/callbacks/${randomUUID()}`
    const mailbox: OpenMailbox = { arrivals: [], answers, onArrival, waiting: new Set() }
    this.#mailboxes.set(new URL(this.#publicUrl + path).pathname, mailbox)
    this.#mailboxes.set(path, mailbox)
    return {
      url: this.#publicUrl + path,
      arrivals: mailbox.arrivals,
      wait: (count, withinMs) => waitFor(mailbox, count, withinMs),
    }
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
    const path = new URL(request.url ?? '/', 'http://receiver').pathname
    const chunks: Buffer[] = []
    for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk)
    const mailbox = this.#mailboxes.get(path)
    if (!mailbox) {
      response.writeHead(404).end()
      return
    }
    const answer = mailbox.answers[mailbox.arrivals.length] ?? mailbox.answers.at(-1) ?? 204
    const bytes = Buffer.concat(chunks)
    const arrival = this.#wire.take({
      direction: 'received',
      operation: 'jobFinished',
      at,
      durationMs: performance.now() - begun,
      method: request.method ?? '',
      url: this.#publicUrl + path,
      requestHeaders: request.headers as Record<string, string>,
      requestBody: bytes.toString(),
      status: answer === 'hang' ? 0 : answer,
      headers: new Headers(),
      bytes,
      problem: answer === 'hang' ? 'was left without an answer on purpose' : null,
      isChoice: false,
    })
    mailbox.arrivals.push(arrival)
    mailbox.onArrival(arrival)
    for (const look of mailbox.waiting) look()
    if (answer !== 'hang') response.writeHead(answer).end()
  }
}

function waitFor(mailbox: OpenMailbox, count: number, withinMs: number): Promise<readonly Exchange[]> {
  const { arrivals, waiting } = mailbox
  return new Promise((resolve) => {
    const look = (): void => {
      if (arrivals.length < count) return
      clearTimeout(timer)
      waiting.delete(look)
      resolve(arrivals)
    }
    const timer = setTimeout(() => {
      waiting.delete(look)
      resolve(arrivals)
    }, withinMs)
    waiting.add(look)
    look()
  })
}
