import type { Account } from '../../../src/engine/account.ts'
import type { ImageRequest } from '../../../src/phota/image-request.ts'
import type { World } from '../../../src/phota/world.ts'

/** The plainest work there is. A new object for each submit, as the door makes it. */
export function imageRequest(clientRequestId: string | null): ImageRequest {
  return {
    operation: 'generate',
    prompt: 'a lighthouse',
    profileIds: [],
    outputs: 1,
    model: 'nb2',
    quality: 'auto',
    resolution: '1K',
    width: 1024,
    height: 1024,
    format: 'jpg',
    callbackUrl: null,
    clientRequestId,
    inputProblem: null,
  }
}

/** An account that can pay for millions of jobs. */
export function richAccount(world: World): Account {
  return world.createAccount({ id: 'rich', depositMicroUsd: 1_000_000_000_000_000 })
}

/** Lets a World live once, so that compiled code is not taken for what jobs need. */
export function warmUp(Kind: typeof World): void {
  const world = new Kind()
  const account = richAccount(world)
  for (let i = 0; i < 5000; i++) world.submit(account, imageRequest(`order-${i}`), 'async')
  world.runUntil(world.clock.nowMs + 2 * 86_400_000)
}

/** A string that no Map has hashed yet, as one that came by a request. */
export function fresh(text: string): string {
  return Buffer.from(text, 'latin1').toString('latin1')
}

/**
 * Memory that is in use, in bytes, after garbage collection, array buffers included (in `external`); needs
 * `--expose-gc`.
 */
export function usedBytes(): number {
  for (let i = 0; i < 3; i++) globalThis.gc?.()
  const { heapUsed, external } = process.memoryUsage()
  return heapUsed + external
}
