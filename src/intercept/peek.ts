import type { Duplex } from 'node:stream'
import { type Opening, readOpening } from './opening.ts'

/** How long a connection may take to say what it is for. */
const PEEK_TIMEOUT_MS = 60_000

/**
 * Waits for the first bytes of a connection, and leaves them in it. The connection is paused then.
 *
 * @returns `null` if it ended before
 */
export function peek(socket: Duplex): Promise<Opening | null> {
  return new Promise((resolve) => {
    let bytes: Buffer = Buffer.alloc(0)
    const done = (opening: Opening | null): void => {
      clearTimeout(timer)
      socket.off('data', read).off('end', ended).off('close', ended)
      socket.pause()
      if (bytes.length > 0 && !socket.destroyed) socket.unshift(bytes)
      resolve(opening)
    }
    const read = (chunk: Buffer): void => {
      bytes = bytes.length === 0 ? chunk : Buffer.concat([bytes, chunk])
      const opening = readOpening(bytes)
      if (opening !== null) done(opening)
    }
    const ended = (): void => done(null)
    const timer = setTimeout(() => {
      socket.destroy()
      done(null)
    }, PEEK_TIMEOUT_MS)
    socket.on('data', read).once('end', ended).once('close', ended)
    socket.resume()
  })
}
