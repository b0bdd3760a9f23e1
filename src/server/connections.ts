import type { Server } from 'node:http'
import type { Socket } from 'node:net'

const IDLE_CHECK_MS = 10

/** The open connections of an HTTP server, those too that it was given by another process and that Node does not count. */
export class Connections {
  readonly #server: Server
  readonly #open = new Set<Socket>()
  // Node counts a connection that has asked for nothing yet among the busy ones.
  readonly #unused = new Set<Socket>()
  #isClosing = false
  readonly #ended: PromiseWithResolvers<void> = Promise.withResolvers()

  constructor(server: Server) {
    this.#server = server
    server.on('connection', (socket: Socket) => {
      this.#open.add(socket)
      this.#unused.add(socket)
      socket.on('close', () => {
        this.#unused.delete(socket)
        this.#open.delete(socket)
        this.#endIfNone()
      })
    })
  }

  /** It has asked for something. */
  use(socket: Socket): void {
    this.#unused.delete(socket)
  }

  /** Takes no more of them, and ends each after its last answer, or after `graceMs` wall ms. */
  async close(graceMs: number): Promise<void> {
    this.#isClosing = true
    this.#server.close()
    for (const socket of this.#unused) socket.destroy()
    const idling = setInterval(() => this.#server.closeIdleConnections(), IDLE_CHECK_MS)
    const forced = setTimeout(() => this.#server.closeAllConnections(), graceMs)
    this.#endIfNone()
    await this.#ended.promise
    clearInterval(idling)
    clearTimeout(forced)
  }

  #endIfNone(): void {
    if (this.#isClosing && this.#open.size === 0) this.#ended.resolve()
  }
}
