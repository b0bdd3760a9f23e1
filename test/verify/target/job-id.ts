import { createHash } from 'node:crypto'
import type { Account } from './account.ts'
import type { ImageRequest } from './image-request.ts'
import type { World } from './world.ts'

const hex = (number: number, length: number): string => number.toString(16).padStart(length, '0')

/** How many jobs there are before some flaw gives the first one's id again. */
const IDS = 12

/** An id that tells nothing, but for some flaws. */
export function newJobId(world: World, account: Account, request: ImageRequest): string {
  const { flaw, timeline, issued } = world
  const spot = { account, request }
  const number = issued.length + 1
  let id = world.variation.jobId()
  if (flaw.has('sequential-ids', spot)) id = hex(0x5f3c8a1e0000 + number, 32)
  if (flaw.has('ids-carry-account', spot)) {
    id = Buffer.from(account.id.padEnd(8)).toString('hex', 0, 8) + id.slice(16)
  }
  if (flaw.has('ids-carry-counter', spot)) id = id.slice(0, 24) + hex(number, 8)
  if (flaw.has('ids-of-time-and-counter', spot)) id = hex(timeline.now, 16) + hex(number, 16)
  if (flaw.has('ids-reused', spot) && issued.length >= IDS) id = issued[issued.length % IDS] as string
  if (flaw.has('id-of-client-id', spot) && request.clientRequestId !== null) {
    id = createHash('md5').update(request.clientRequestId).digest('hex')
  }
  issued.push(id)
  return id
}
