import type { ServerResponse } from 'node:http'
import type { Follow } from '../control-api/events.ts'

/** A client that reads no more gets no more; it can come again. */
const MOST_UNREAD_BYTES = 8 * 1024 * 1024
const KEEP_ALIVE_MS = 15_000

/** Server-sent events, each named by its kind, until the client leaves, the World is gone or the server closes. */
export function streamEvents(raw: ServerResponse, follow: Follow, closing: AbortSignal): void {
  raw.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' })
  const end = (): void => {
    raw.end()
  }
  const unfollow = follow((event) => {
    raw.write(`event: ${event.kind}\ndata: ${JSON.stringify(event)}\n\n`)
    if (raw.writableLength > MOST_UNREAD_BYTES) end()
  }, end)
  closing.addEventListener('abort', end)
  const keepAlive = setInterval(() => raw.write(':\n\n'), KEEP_ALIVE_MS)
  keepAlive.unref()
  raw.on('close', () => {
    unfollow()
    closing.removeEventListener('abort', end)
    clearInterval(keepAlive)
  })
}
