import { createServer, type Server, type Socket } from 'node:net'
import { listen } from '../listen.ts'
import { kindOf, nameIn } from '../path-kind.ts'
import { ownerOf } from '../shard.ts'

const REQUEST_LINE = /^([A-Z]+) (?:https?:\/\/[^/ ?#]*)?([^ ?]*)[^ ]* HTTP\/1\.[01]\r\n/i
const API_KEY = /\r\nx-api-key:[ \t]*([^\r]*?)[ \t]*\r\n/i
/** For a connection on which nothing is asked. */
const PATIENCE_MS = 300_000

/** Gives a connection to a worker. @param read what was read of it already */
type Give = (worker: number, connection: Socket, read: Buffer) => void

/** Accepts the connections of a server, and gives each to the worker that its first request is for. */
export class Dispatch {
  readonly #prefixes: readonly string[]
  readonly #give: Give
  readonly #server: Server
  readonly #unused = new Set<Socket>()
  #turn = 0

  /** @param ready when the workers can take connections */
  constructor(prefixes: readonly string[], ready: Promise<unknown>, give: Give) {
    this.#prefixes = prefixes
    this.#give = give
    this.#server = createServer({ pauseOnConnect: true, noDelay: true }, (connection) => {
      this.#unused.add(connection)
      connection.on('error', () => undefined)
      connection.on('close', () => this.#unused.delete(connection))
      connection.setTimeout(PATIENCE_MS, () => connection.destroy())
      ready.then(() => this.#read(connection))
    })
  }

  /** @returns its URL. @throws {Error} with code EADDRINUSE or EACCES if it cannot listen */
  listen(port: number, host: string): Promise<string> {
    return listen(this.#server, port, host)
  }

  close(): void {
    this.#server.close()
    for (const connection of this.#unused) connection.destroy()
  }

  #read(connection: Socket): void {
    connection.once('data', (read: Buffer) => {
      stopReading(connection)
      this.#unused.delete(connection)
      this.#give(workerOf(this.#prefixes, read) ?? this.#next(), connection, read)
    })
    connection.resume()
  }

  #next(): number {
    this.#turn = (this.#turn + 1) % this.#prefixes.length
    return this.#turn
  }
}

/** The worker that the first request of a connection is for. @returns `null` for any, also where the beginning does not say */
export function workerOf(prefixes: readonly string[], read: Buffer): number | null {
  const text = read.toString('latin1')
  const head = text.slice(0, text.indexOf('\r\n\r\n') + 2)
  const [, method = '', path = ''] = REQUEST_LINE.exec(head) ?? []
  if (path === '') return null
  const name = nameIn(kindOf(method, path), path, API_KEY.exec(head)?.[1] ?? null)
  return name === null ? null : ownerOf(prefixes, name)
}

/**
 * What comes from now on stays in the kernel, for the process that the connection is given to. Node has no public way: a paused socket
 * reads on until its buffer is full, and what it holds when it is sent is lost.
 */
function stopReading(connection: Socket): void {
  const { _handle } = connection as unknown as { _handle: { readStop(): void } }
  _handle.readStop()
  // Nor is it to start again while it waits to be sent.
  connection._read = () => undefined
}
