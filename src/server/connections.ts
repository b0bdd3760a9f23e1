import type { Server } from 'node:http'
import type { Socket } from 'node:net'

const IDLE_CHECK_MS = 10

/** The open connections of an HTTP server. */
export class Connections {
  readonly #server: Server
  // Node counts a connection that has asked for nothing yet among the busy ones.
  readonly #unused = new Set<Socket>()

  constructor(server: Server) {
    this.#server = server
    server.on('connection', (socket: Socket) => {
      this.#unused.add(socket)
      socket.on('close', () => this.#unused.delete(socket))
    })
  }

  /** It has asked for something. */
  use(socket: Socket): void {
    this.#unused.delete(socket)
  }

  /** Takes no more of them, and ends each after its last answer, or after `graceMs` wall ms. */
  async close(graceMs: number): Promise<void> {
    const ended = new Promise((resolve) => this.#server.close(resolve))
    for (const socket of this.#unused) socket.destroy()
    const idling = setInterval(() => this.#server.closeIdleConnections(), IDLE_CHECK_MS)
    const forced = setTimeout(() => this.#server.closeAllConnections(), graceMs)
    await ended
    clearInterval(idling)
    clearTimeout(forced)
  }
}
