// Prints Memory of ../growth.ts, in bytes a job; needs `--expose-gc`. Arguments: jobs, and whether they have `keys`.
import type { Memory } from '../growth.ts'
import { built } from './built.ts'
import { imageRequest, richAccount, usedBytes, warmUp } from './requests.ts'

const size = Number(process.argv[2])
const hasKeys = process.argv[3] === 'keys'
const until = process.argv[4]
const { World } = await built('phota/world')
warmUp(World)
const world = new World()
const account = richAccount(world)
const beforeBytes = usedBytes()
for (let i = 0; i < size; i++) world.submit(account, imageRequest(hasKeys ? `order-${i}` : null), 'async')
const pendingBytes = usedBytes()
const memory: Memory = { pending: (pendingBytes - beforeBytes) / size, succeeded: 0, expired: 0 }
if (until !== 'pending') {
  world.runUntil(world.clock.nowMs + 60_000)
  memory.succeeded = (usedBytes() - beforeBytes) / size
}
if (until === undefined) {
  world.runUntil(world.clock.nowMs + 2 * 86_400_000)
  memory.expired = (usedBytes() - beforeBytes) / size
}
console.log(JSON.stringify(memory))
// A heap profile is written at the exit, of what is reachable then.
process.on('exit', () => world.jobs.expiredCount)
