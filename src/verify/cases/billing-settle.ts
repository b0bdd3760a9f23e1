import { dollars } from '../../text/dollars.ts'
import type { Case, Stage } from '../case.ts'
import type { Exchange } from '../http/exchange.ts'
import { publishedFloor } from '../prices.ts'
import type { Scene } from '../scene.ts'
import { pointOf, type StoryPlan } from '../story-plan.ts'
import type { Caller } from '../target.ts'
import type { Trial } from '../trial.ts'
import { kinds, OVER, together } from './billing-jobs.ts'

/** Final amounts below and above every floor, and one that is no whole cent. Micro-dollars. */
const FINAL_AMOUNTS = [70_000, 555_001]

export const settle: Case = {
  id: 'bill.settle',
  over: OVER,
  async run(stage) {
    const { trial, scene } = stage
    for (const final of FINAL_AMOUNTS) {
      const place = await scene()
      await place.levers.scenarios.add({ effect: { settle_micro_usd: final } })
      const before = await together(place)
      const made = await submitAll(stage, place)
      await place.levers.clock.settle()
      holdSettled(trial, made, { before, after: await together(place), spent: final * made.length })
    }
    const place = await scene()
    for (const { operation, price } of PUBLISHED) {
      const before = await place.balance()
      const { exchange } = await place.submit(place.alice, operation)
      await place.levers.clock.settle()
      const after = await place.balance()
      const expected = `${dollars(price)} to be spent, the published price of ${operation} without identity`
      const spent = after.spent - before.spent
      trial.expect(exchange, spent === price, expected, dollars(spent), { source: 'reference' })
    }
    await holdEach(stage)
  },
}

const PUBLISHED = (['enhance', 'remix'] as const).map((operation) => ({
  operation,
  price: publishedFloor(operation, 1) ?? 0,
}))

interface Made {
  readonly plan: StoryPlan
  readonly exchange: Exchange
  readonly jobId: string
  readonly caller: Caller
}

async function submitAll(stage: Stage, place: Scene): Promise<Made[]> {
  const made: Made[] = []
  for (const { plan, body, caller } of kinds(stage, place)) {
    const { exchange, jobId } = await place.submit(caller, plan.operation, body)
    made.push({ plan, exchange, jobId, caller })
  }
  return made
}

interface Change {
  readonly before: Awaited<ReturnType<typeof together>>
  readonly after: Awaited<ReturnType<typeof together>>
  readonly spent: number
}

function holdSettled(trial: Trial, made: readonly Made[], { before, after, spent }: Change): void {
  const exchange = made[0]?.exchange ?? null
  const all = made.length === 1 ? `of ${made[0]?.plan.name}` : `of ${made.length} jobs`
  const left = after.reserved - before.reserved
  trial.expect(
    exchange,
    left === 0,
    `the reservations ${all} to be gone once they succeeded`,
    `${dollars(left)} reserved`,
  )
  const charged = after.spent - before.spent
  trial.expect(
    exchange,
    charged === spent,
    `the final amounts ${all}, ${dollars(spent)}, to be spent`,
    dollars(charged),
  )
  const taken = before.available - after.available
  const expected = `the final amounts ${all}, ${dollars(spent)}, to be taken from what is available`
  trial.expect(exchange, taken === spent, expected, dollars(taken))
  for (const { plan } of made) trial.mark(pointOf(plan))
}

/** Tries them one after the other, so that two errors cannot cancel each other out. */
async function holdEach(stage: Stage): Promise<void> {
  const { trial, scene } = stage
  const place = await scene()
  await place.levers.scenarios.add({ effect: { settle_micro_usd: 123_457 } })
  for (const { plan, body, caller } of kinds(stage, place).filter((kind) => kind.plan.outputs === '1')) {
    const before = await together(place)
    const { exchange, jobId } = await place.submit(caller, plan.operation, body)
    await place.levers.clock.settle()
    holdSettled(trial, [{ plan, exchange, jobId, caller }], { before, after: await together(place), spent: 123_457 })
  }
}

export const release: Case = {
  id: 'bill.release',
  over: { ...OVER, end: ['failed', 'out of time'] },
  async run(stage) {
    const { trial, scene } = stage
    for (const [end, effect] of [
      ['failed', { fail: 'GENERATION_FAILED' }],
      ['out of time', { stuck: 'until-limit' }],
    ] as const) {
      const place = await scene()
      await place.levers.scenarios.add({ effect })
      const all = kinds(stage, place).filter(({ plan }) => end === 'failed' || plan.outputs === '1')
      for (const { plan, body, caller } of all) {
        const before = await place.balance(caller)
        const { jobId } = await place.submit(caller, plan.operation, body)
        await place.levers.clock.settle()
        const poll = await caller.poll(jobId)
        const what = `the balance after a job that ${end === 'failed' ? 'failed' : 'ran out of time'}, ${plan.name}`
        trial.equal(poll, await place.balance(caller), before, what)
        trial.mark({ ...pointOf(plan), end })
      }
    }
  },
}
