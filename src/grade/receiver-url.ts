import { once } from 'node:events'
import { createServer } from 'node:net'
import { PORT } from './settings.ts'

/** Below those that systems give to outgoing connections, so that nobody takes one before the client does. */
const PORTS = { from: 20_000, count: 10_000 }
let next = process.pid

/** A receiver's URL with a port that is free, and what tells the client of it. */
export async function receiverFor(receiver: string | null): Promise<{ url: string | null; port: string | null }> {
  if (receiver === null) return { url: null, port: null }
  if (!receiver.includes(PORT)) return { url: receiver, port: URL.parse(receiver)?.port || null }
  for (let tried = 0; tried < PORTS.count; tried += 1) {
    next = (next + 1) % PORTS.count
    const port = PORTS.from + next
    if (await isFree(port)) return { url: receiver.replace(PORT, String(port)), port: String(port) }
  }
  throw new Error(`no port from ${PORTS.from} to ${PORTS.from + PORTS.count - 1} is free`)
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer()
  try {
    server.listen(port, '127.0.0.1')
    await once(server, 'listening')
    server.close()
    await once(server, 'close')
    return true
  } catch {
    return false
  }
}
