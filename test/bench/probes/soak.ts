// Prints Soaked of ../soak.ts; needs `--expose-gc`. Arguments: jobs in all, and after how many memory is looked at.
import type { Soaked } from '../soak.ts'
import { built } from './built.ts'
import { imageRequest, richAccount, usedBytes, warmUp } from './requests.ts'

const [total, every] = process.argv.slice(2).map(Number) as [number, number]
const BATCH = 10_000
const { World } = await built('phota/world')
warmUp(World)
const world = new World()
const account = richAccount(world)
const deposits = account.entries.size
const beforeBytes = usedBytes()
const startMs = performance.now()
const points: Soaked['points'] = []
for (let jobs = BATCH; jobs <= total; jobs += BATCH) {
  for (let i = 0; i < BATCH; i++) world.submit(account, imageRequest(null), 'async')
  world.runUntil(world.clock.nowMs + 2 * 86_400_000)
  if (jobs % every === 0) points.push({ jobs, bytes: usedBytes() - beforeBytes })
}
const { steps, expiries } = world.agenda()
const soaked: Soaked = {
  points,
  seconds: (performance.now() - startMs) / 1000,
  left: {
    'live jobs': [...world.jobs.live()].length,
    'things on the schedule': steps.length + expiries.length,
    'ledger entries': account.entries.size - deposits,
    'journal entries': world.journal.entries().length,
    'idempotency keys': world.jobs.idempotencyKeyCount,
    'expired jobs': world.jobs.expiredCount,
  },
}
console.log(JSON.stringify(soaked))
