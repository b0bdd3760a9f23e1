import { once } from 'node:events'
import type { AddressInfo, Server } from 'node:net'

/**
 * @returns the URL by which clients reach the server. @throws {Error} with code EADDRINUSE or EACCES if it cannot
 * listen
 */
export async function listen(server: Server, port: number, host: string): Promise<string> {
  server.listen(port, host)
  await once(server, 'listening')
  return urlOf(server.address() as AddressInfo)
}

function urlOf({ address, family, port }: AddressInfo): string {
  const name = address === '0.0.0.0' || address === '::' ? 'localhost' : family === 'IPv6' ? `[${address}]` : address
  return `http://${name}:${port}`
}
