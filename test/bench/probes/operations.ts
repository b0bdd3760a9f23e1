// Prints Costs of ../growth.ts: what operations cost in a World that holds so many jobs. Argument: how many.
import type { Account } from '../../../src/engine/account.ts'
import type { Job } from '../../../src/engine/job.ts'
import type { World as WorldType } from '../../../src/engine/world.ts'
import type { Costs } from '../growth.ts'
import { built } from './built.ts'
import { fresh, imageRequest, richAccount } from './requests.ts'

const size = Number(process.argv[2])
const BATCH = 1000
const BATCHES = 40
// Submits that are measured make the World larger; by a twentieth at most, or else the next batch has a World of its own.
const batchesEach = Math.max(1, Math.min(BATCHES, Math.floor(size / 20 / BATCH)))
const { World } = await built('engine/world')

function fill(count: number): { world: WorldType; account: Account; ids: string[] } {
  const world = new World()
  const account = richAccount(world)
  const ids: string[] = []
  for (let i = 0; i < count; i++) ids.push(world.jobs.submit(account, imageRequest(`order-${i}`), 'async').job.id)
  return { world, account, ids }
}

let seed = 1
function below(limit: number): number {
  seed = (seed * 48_271) % 2_147_483_647
  return seed % limit
}

function timed(run: () => void): number {
  const startMs = performance.now()
  run()
  return performance.now() - startMs
}

function measure(size: number, batches: number, batchesEach: number): Costs {
  const costs = { submit: 0, poll: 0, replay: 0 }
  let checked: Job | null = null
  for (let done = 0; done < batches; done += batchesEach) {
    const { world, account, ids } = fill(size)
    for (let batch = 0; batch < batchesEach; batch++) {
      const polled = Array.from({ length: BATCH }, () => fresh(ids[below(size)] as string))
      costs.poll += timed(() => {
        for (const id of polled) world.jobs.body(world.jobs.poll(account, id))
      })
      const replays = Array.from({ length: BATCH }, () => imageRequest(fresh(`order-${below(size)}`)))
      costs.replay += timed(() => {
        for (const request of replays) checked = world.jobs.submit(account, request, 'async').job
      })
      const submits = Array.from({ length: BATCH }, (_, i) => imageRequest(`more-${batch}-${i}`))
      costs.submit += timed(() => {
        for (const request of submits) checked = world.jobs.submit(account, request, 'async').job
      })
    }
  }
  if (checked === null) throw new Error('nothing was submitted')
  const calls = Math.ceil(batches / batchesEach) * batchesEach * BATCH
  return {
    submit: (costs.submit * 1000) / calls,
    poll: (costs.poll * 1000) / calls,
    replay: (costs.replay * 1000) / calls,
  }
}

measure(1000, 20, 1)
console.log(JSON.stringify(measure(size, BATCHES, batchesEach)))
