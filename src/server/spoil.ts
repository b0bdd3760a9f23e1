import type { ServerResponse } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import type { ApiResponse, WireFault } from '../api/http.ts'

const PIECES = 10

/** Sends an answer that goes wrong on its way: its connection drops, breaks off in the body, or brings the body in drops. */
export async function spoil(
  raw: ServerResponse,
  response: ApiResponse,
  { connection, latencyMs }: WireFault,
): Promise<void> {
  if (connection !== 'trickle') await sleep(latencyMs)
  if (raw.destroyed) return
  if (connection === 'drop') {
    raw.destroy()
    return
  }
  const bytes = Buffer.from(response.body as Uint8Array)
  raw.writeHead(response.status, { ...response.headers, 'content-length': bytes.length })
  if (connection === 'truncate') {
    raw.write(bytes.subarray(0, Math.floor(bytes.length / 2)), () => raw.destroy())
    return
  }
  const size = Math.ceil(bytes.length / PIECES)
  for (let at = 0; at < bytes.length && !raw.destroyed; at += size) {
    raw.write(bytes.subarray(at, at + size))
    await sleep(latencyMs / PIECES)
  }
  raw.end()
}
