import { randomUUID } from 'node:crypto'
import type { JobOperation } from '../../spec/index.ts'
import type { Case, Stage } from '../case.ts'
import { fieldOf, jsonOf } from '../http/exchange.ts'
import { highestPrice, publishedFloor } from '../prices.ts'
import { IMAGE_OPERATIONS } from '../requests.ts'
import type { Scene } from '../scene.ts'
import { ACCOUNTS, OUTCOMES, pointOf } from '../story-plan.ts'
import type { Caller } from '../target.ts'
import { seenStatus } from '../trial.ts'
import { CannotJudge } from '../verdict.ts'
import { AT_ONCE, again, bodyFor, callerFor, holdReplay, kindsFor, settledAnswers } from './replays.ts'

const _ALL_ONCE = IMAGE_OPERATIONS.reduce((sum, operation) => sum + highestPrice(operation, {}), 0)

export const chargedOnce: Case = {
  id: 'idem.charged-once',
  over: {
    operation: IMAGE_OPERATIONS,
    account: ACCOUNTS,
    outcome: OUTCOMES,
    submits: ['one after another', 'at once'],
  },
  async run(stage) {
    const { trial, scene } = stage
    for (const outcome of OUTCOMES) {
      const place = await scene()
      if (outcome === 'failed') await place.levers.scenarios.add({ effect: { fail: 'GENERATION_FAILED' } })
      const kinds = kindsFor(stage, place).filter(({ outputs }) => outputs === '1')
      for (const kind of kinds) {
        const { body } = bodyFor(stage, { ...kind, callback: 'without' }, randomUUID())
        const caller = callerFor(place, kind)
        const what = `${kind.operation} × ${kind.outputs}, ${outcome}`
        const { jobId } = await place.submit(caller, kind.operation, body)
        const reserved = await place.balance(caller)
        const replay = await again(place, caller, kind.operation, body)
        trial.equal(replay, await place.balance(caller), reserved, `the balance after a replay of ${what}`)
        await place.levers.clock.settle()
        const settled = await place.balance(caller)
        const late = await again(place, caller, kind.operation, body)
        // If it made another job, that is idem.after-terminal's to say.
        if (fieldOf(jsonOf(late), 'job_id') !== jobId) continue
        await place.levers.clock.settle()
        trial.equal(late, await place.balance(caller), settled, `the balance after a replay of the ended ${what}`)
        trial.mark({ ...pointOf(kind), outcome, submits: 'one after another' })
      }
    }
    await holdParallelCharge(stage)
  },
}

async function holdParallelCharge(stage: Stage): Promise<void> {
  const { trial, scene } = stage
  const place = await scene()
  for (const operation of IMAGE_OPERATIONS) {
    const start = await place.balance()
    await place.submit(place.alice, operation)
    const one = await place.balance()
    const body = { client_request_id: randomUUID() }
    await settledAnswers(Array.from({ length: AT_ONCE }, () => again(place, place.alice, operation, body)))
    const all = await place.balance()
    const expected = `${AT_ONCE} submits of ${operation} at once with one id to reserve what one does`
    trial.equal(null, one.available - all.available, start.available - one.available, expected)
    trial.mark({ submits: 'at once' })
  }
}

export const brokeReplay: Case = {
  id: 'idem.broke-replay',
  over: { operation: IMAGE_OPERATIONS },
  async run({ trial, scene }) {
    for (const operation of IMAGE_OPERATIONS) {
      const place = await scene()
      const broke = place.broke as Caller
      const id = { client_request_id: randomUUID() }
      const floor = await floorOf(place, operation)
      // Enough for one, and for no second.
      await place.deposit(broke, (floor * 1.5 * 1e-6).toFixed(6))
      const { exchange } = await place.submit(broke, operation, id)
      const replay = await again(place, broke, operation, id)
      holdReplay(trial, replay, exchange, `of ${operation}, when there is no money for another`)
      trial.mark({ operation })
    }
  },
}

/** What a submit reserves there: published, or seen. Micro-dollars. */
async function floorOf(place: Scene, operation: JobOperation): Promise<number> {
  const published = publishedFloor(operation, 1)
  if (published !== null) return published
  const before = await place.balance()
  await place.submit(place.alice, operation)
  const { available } = await place.balance()
  if (available >= before.available) throw new CannotJudge('a submit reserves nothing: see bill.reserve')
  return before.available - available
}

export const retryAfter402: Case = {
  id: 'idem.retry-after-402',
  over: { operation: IMAGE_OPERATIONS },
  async run({ trial, scene }) {
    for (const operation of IMAGE_OPERATIONS) {
      const place = await scene()
      const broke = place.broke as Caller
      const id = { client_request_id: randomUUID() }
      const refused = await place.ask(broke, operation, id)
      trial.expect(refused, refused.status >= 400, `402 without money, on ${operation}`, seenStatus(refused))
      await place.deposit(broke, '100')
      const accepted = await place.ask(broke, operation, id)
      const jobId = fieldOf(jsonOf(accepted), 'job_id')
      const isMade = accepted.status < 300 && typeof jobId === 'string'
      trial.mark({ operation })
      const expected = `a job of ${operation}, once the balance allows`
      if (!trial.expect(accepted, isMade, expected, seenStatus(accepted)) || !isMade) continue
      trial.status(await broke.poll(jobId), 200, 'for the job')
    }
  },
}
