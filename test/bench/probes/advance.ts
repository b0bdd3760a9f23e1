// Prints Advanced of ../growth.ts. Arguments: jobs, and whether by `phota` (the public way) or `engine` alone.
import type { Advanced } from '../growth.ts'
import { built } from './built.ts'
import { imageRequest, richAccount } from './requests.ts'

const size = Number(process.argv[2])
const way = process.argv[3]
const DAY_MS = 86_400_000
const { World, Phota } = await built('index')

async function advance(size: number): Promise<Advanced> {
  const phota = way === 'phota' ? new Phota() : null
  const world = phota?.world ?? new World()
  const account = richAccount(world)
  for (let i = 0; i < size; i++) world.submit(account, imageRequest(null), 'async')
  const go = async (ms: number) => {
    const startMs = performance.now()
    if (phota) await phota.clock.advance(ms)
    else world.runUntil(world.clock.nowMs + ms)
    return performance.now() - startMs
  }
  const dayMs = await go(DAY_MS)
  const expiryMs = await go(60_000)
  if (world.jobs.expiredCount !== size)
    throw new Error(`expected ${size} expired jobs, found ${world.jobs.expiredCount}`)
  await phota?.close()
  return { dayMs, expiryMs }
}

await advance(1000)
const repeats = Math.max(1, Math.floor(20_000 / size))
const sum: Advanced = { dayMs: 0, expiryMs: 0 }
for (let i = 0; i < repeats; i++) {
  const { dayMs, expiryMs } = await advance(size)
  sum.dayMs += dayMs / repeats
  sum.expiryMs += expiryMs / repeats
}
console.log(JSON.stringify(sum))
