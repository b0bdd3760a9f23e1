import type { ServerResponse } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import type { ApiResponse, WireFault } from '../api/http.ts'
import { BrokenOff, piecesOf } from '../api/wire-fault.ts'

/**
 * Sends an answer that goes wrong on its way: its connection drops, breaks off in the body, or brings the body in
 * drops.
 */
export async function spoil(raw: ServerResponse, response: ApiResponse, fault: WireFault): Promise<void> {
  if (fault.connection !== 'trickle') await sleep(fault.latencyMs)
  if (raw.destroyed) return
  if (fault.connection === 'drop') {
    raw.destroy()
    return
  }
  const bytes = Buffer.from(response.body as Uint8Array)
  raw.writeHead(response.status, { ...response.headers, 'content-length': bytes.length })
  try {
    for await (const piece of piecesOf(bytes, fault)) {
      if (raw.destroyed) return
      // Of a body that breaks off, what was sent must have left.
      if (fault.connection === 'truncate') await new Promise((resolve) => raw.write(piece, resolve))
      else raw.write(piece)
    }
    raw.end()
  } catch (error) {
    if (!(error instanceof BrokenOff)) throw error
    raw.destroy()
  }
}
