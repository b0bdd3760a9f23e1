import { once } from 'node:events'
import { connect, type Socket } from 'node:net'

export interface WireResponse {
  status: number
  /** Names in lowercase. */
  headers: Record<string, string>
  body: string
}

/** One TCP connection, on which a test writes what it likes and reads one answer after the other. */
export class Wire {
  readonly #socket: Socket
  #buffer: Buffer = Buffer.alloc(0)
  #ended = false
  #wake: () => void = () => {}
  /** Resolves once the server has closed the connection. */
  readonly closed: Promise<void>

  private constructor(socket: Socket) {
    this.#socket = socket
    socket.on('data', (chunk: Buffer) => {
      this.#buffer = Buffer.concat([this.#buffer, chunk])
      this.#wake()
    })
    socket.on('error', () => {})
    this.closed = new Promise((resolve) => {
      socket.on('close', () => {
        this.#ended = true
        this.#wake()
        resolve()
      })
    })
  }

  static async open(url: string): Promise<Wire> {
    const { hostname, port } = new URL(url)
    const socket = connect(Number(port), hostname)
    socket.setNoDelay(true)
    await once(socket, 'connect')
    return new Wire(socket)
  }

  /** Resolves once the bytes have left. */
  write(bytes: string | Uint8Array): Promise<void> {
    return new Promise((resolve) => this.#socket.write(bytes, () => resolve()))
  }

  /** Whether bytes are there that `next` would read. */
  get hasMore(): boolean {
    return this.#buffer.length > 0
  }

  /** The next answer; fails if the connection ends before it is whole. */
  async next(): Promise<WireResponse> {
    const head = await this.#upTo('\r\n\r\n')
    const [statusLine = '', ...lines] = head.split('\r\n')
    const status = Number(/^HTTP\/1\.1 (\d{3})/.exec(statusLine)?.[1])
    const headers = Object.fromEntries(
      lines.map((line) => [line.slice(0, line.indexOf(':')).toLowerCase(), line.slice(line.indexOf(':') + 1).trim()]),
    )
    if (status < 200) return { status, headers, body: '' }
    if (headers['transfer-encoding'] === 'chunked') return { status, headers, body: await this.#chunks() }
    return { status, headers, body: await this.#take(Number(headers['content-length'] ?? 0)) }
  }

  end(): void {
    this.#socket.end()
  }

  destroy(): void {
    this.#socket.destroy()
  }

  async #chunks(): Promise<string> {
    let body = ''
    for (;;) {
      const size = Number.parseInt(await this.#upTo('\r\n'), 16)
      body += await this.#take(size)
      await this.#upTo('\r\n')
      if (size === 0) return body
    }
  }

  async #upTo(mark: string): Promise<string> {
    while (!this.#buffer.includes(mark)) await this.#more()
    const text = await this.#take(this.#buffer.indexOf(mark))
    await this.#take(mark.length)
    return text
  }

  async #take(bytes: number): Promise<string> {
    while (this.#buffer.length < bytes) await this.#more()
    const text = this.#buffer.subarray(0, bytes).toString()
    this.#buffer = this.#buffer.subarray(bytes)
    return text
  }

  async #more(): Promise<void> {
    if (this.#ended) throw new Error(`the connection ended after: ${this.#buffer.toString()}`)
    await new Promise<void>((resolve) => {
      this.#wake = resolve
    })
  }
}

const KEY = 'test-key-alice'

/** A GET as it goes over the wire, with alice's key. */
export function get(path: string, more = ''): string {
  return `GET ${path} HTTP/1.1\r\nHost: mock\r\nX-API-Key: ${KEY}\r\n${more}\r\n`
}

/** A POST as it goes over the wire, with alice's key. */
export function post(path: string, body: string, more = ''): string {
  return `${postHead(path, `Content-Length: ${Buffer.byteLength(body)}\r\n${more}`)}${body}`
}

/** The same without the body; `more` says how that comes. */
export function postHead(path: string, more: string): string {
  return `POST ${path} HTTP/1.1\r\nHost: mock\r\nX-API-Key: ${KEY}\r\nContent-Type: application/json\r\n${more}\r\n`
}
