import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import { PORT } from './settings.ts'

/** A receiver's URL with a port that is free, and what tells the client of it. */
export async function receiverFor(receiver: string | null): Promise<{ url: string | null; port: string | null }> {
  if (receiver === null) return { url: null, port: null }
  if (!receiver.includes(PORT)) return { url: receiver, port: URL.parse(receiver)?.port || null }
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const port = String((server.address() as AddressInfo).port)
  server.close()
  await once(server, 'close')
  return { url: receiver.replace(PORT, port), port }
}
