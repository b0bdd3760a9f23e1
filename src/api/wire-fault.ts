import { setTimeout as sleep } from 'node:timers/promises'
import type { WireFault } from './http.ts'

const PIECES = 10

/** A body of which no more comes. */
export class BrokenOff extends Error {
  override readonly name: string = 'BrokenOff'
}

/**
 * A body as its fault lets it come: in drops, or half of it.
 *
 * @throws {BrokenOff} where the rest does not come
 */
export async function* piecesOf(
  bytes: Uint8Array,
  { connection, latencyMs }: WireFault,
): AsyncGenerator<Uint8Array, void> {
  if (connection === 'truncate') {
    yield bytes.subarray(0, Math.floor(bytes.length / 2))
    throw new BrokenOff()
  }
  const size = Math.ceil(bytes.length / PIECES)
  for (let at = 0; at < bytes.length; at += size) {
    yield bytes.subarray(at, at + size)
    await sleep(latencyMs / PIECES)
  }
}
