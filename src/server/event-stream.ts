import type { ServerResponse } from 'node:http'
import type { Follow } from '../control-api/events.ts'

/** A client that reads no more gets no more; it can come again. */
const MOST_UNREAD_BYTES = 8 * 1024 * 1024
const KEEP_ALIVE_MS = 15_000

/** Server-sent events, each named by its kind, until the client leaves, the World is gone or the server closes. */
export function streamEvents(raw: ServerResponse, follow: Follow, closing: AbortSignal): void {
  // Who left before it began is never heard to leave.
  if (raw.destroyed || closing.aborted) {
    raw.destroy()
    return
  }
  raw.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' })
  let isOver = false
  let unfollow = (): void => undefined
  const write = (text: string): void => {
    if (isOver) return
    raw.write(text)
    if (raw.writableLength > MOST_UNREAD_BYTES) raw.destroy()
  }
  // `closing` outlives the streams, so each takes its listener away by itself: with the option `signal` Node may forget
  // to, once garbage was collected.
  const leave = (): void => {
    isOver = true
    clearInterval(keepAlive)
    closing.removeEventListener('abort', end)
    unfollow()
  }
  const end = (): void => {
    leave()
    raw.end()
  }
  const keepAlive = setInterval(write, KEEP_ALIVE_MS, ':\n\n')
  keepAlive.unref()
  raw.on('close', leave)
  closing.addEventListener('abort', end)
  unfollow = follow((event) => write(`event: ${event.kind}\ndata: ${JSON.stringify(event)}\n\n`), end)
  if (isOver) unfollow()
}
