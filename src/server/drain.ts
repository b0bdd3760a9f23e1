import type { Server } from 'node:http'
import type { Socket } from 'node:net'

/** Knows which connections have a request open, so that closing a server waits for answers and for nothing else. */
export class Drain {
  readonly #openRequests = new Map<Socket, number>()
  #closing = false

  constructor(server: Server) {
    server.on('connection', (socket: Socket) => {
      this.#openRequests.set(socket, 0)
      socket.on('close', () => this.#openRequests.delete(socket))
    })
    server.on('request', ({ socket }, response) => {
      this.#openRequests.set(socket, (this.#openRequests.get(socket) ?? 0) + 1)
      response.on('close', () => this.#answered(socket))
    })
  }

  /** Ends what is idle now, and each other connection after its last answer. */
  begin(): void {
    this.#closing = true
    for (const [socket, open] of this.#openRequests) if (open === 0) socket.destroy()
  }

  #answered(socket: Socket): void {
    const open = this.#openRequests.get(socket)
    if (open === undefined) return
    this.#openRequests.set(socket, open - 1)
    if (open === 1 && this.#closing) socket.end()
  }
}
