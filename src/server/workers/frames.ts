import type { Socket } from 'node:net'

/** JSON that says what a frame is, and the bytes that go with it. */
export type OnFrame = (head: readonly unknown[], body: Buffer) => void

const LENGTHS_BYTES = 8

/** Messages over a stream: each is the length of its head, the length of its body, the head, the body. */
export class Frames {
  readonly #socket: Socket
  #isHeldBack = false
  #chunks: Buffer[] = []
  #bytes = 0
  #neededBytes: number = LENGTHS_BYTES

  constructor(socket: Socket, onFrame: OnFrame) {
    this.#socket = socket
    socket.setNoDelay?.(true)
    socket.on('data', (chunk: Buffer) => this.#read(chunk, onFrame))
  }

  send(head: readonly unknown[], body: string | Uint8Array = ''): void {
    const text = JSON.stringify(head)
    const headBytes = Buffer.byteLength(text)
    const bodyBytes = typeof body === 'string' ? Buffer.byteLength(body) : body.length
    const frame = Buffer.allocUnsafe(LENGTHS_BYTES + headBytes + bodyBytes)
    frame.writeUInt32LE(headBytes, 0)
    frame.writeUInt32LE(bodyBytes, 4)
    frame.write(text, LENGTHS_BYTES)
    if (typeof body === 'string') frame.write(body, LENGTHS_BYTES + headBytes)
    else frame.set(body, LENGTHS_BYTES + headBytes)
    this.#holdBack()
    this.#socket.write(frame)
  }

  /** What one turn of the event loop has to say goes out in one piece. */
  #holdBack(): void {
    if (this.#isHeldBack) return
    this.#isHeldBack = true
    this.#socket.cork()
    setImmediate(() => {
      this.#isHeldBack = false
      this.#socket.uncork()
    })
  }

  #read(chunk: Buffer, onFrame: OnFrame): void {
    this.#chunks.push(chunk)
    this.#bytes += chunk.length
    // Joined only when a frame is whole: a large body comes in very many pieces.
    if (this.#bytes < this.#neededBytes) return
    const all = this.#chunks.length === 1 ? chunk : Buffer.concat(this.#chunks)
    let at = 0
    for (;;) {
      this.#neededBytes = LENGTHS_BYTES
      if (all.length - at < this.#neededBytes) break
      const headBytes = all.readUInt32LE(at)
      this.#neededBytes += headBytes + all.readUInt32LE(at + 4)
      if (all.length - at < this.#neededBytes) break
      const headAt = at + LENGTHS_BYTES
      at += this.#neededBytes
      onFrame(
        JSON.parse(all.toString('utf8', headAt, headAt + headBytes)) as unknown[],
        all.subarray(headAt + headBytes, at),
      )
    }
    this.#chunks = at === all.length ? [] : [all.subarray(at)]
    this.#bytes = all.length - at
  }
}
