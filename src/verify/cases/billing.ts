import type { JobOperation } from '../../spec/index.ts'
import { dollars } from '../../text/dollars.ts'
import type { Case, Stage } from '../case.ts'
import type { Exchange } from '../http/exchange.ts'
import type { Mailbox } from '../http/receiver.ts'
import { highestPrice, publishedFloor } from '../prices.ts'
import { IMAGE_OPERATIONS, imageBody } from '../requests.ts'
import { jobIdOf, type Scene } from '../scene.ts'
import { CALLBACK, pointOf } from '../story-plan.ts'
import type { Caller } from '../target.ts'
import { seenStatus, show, type Trial } from '../trial.ts'
import { CannotJudge, NotTried } from '../verdict.ts'
import { conserved } from './billing-conserved.ts'
import { kinds, OVER } from './billing-jobs.ts'
import { release, settle } from './billing-settle.ts'
import { unpolled } from './billing-unpolled.ts'

const _ONE_IMAGE = highestPrice('generate', {})

const reserve: Case = {
  id: 'bill.reserve',
  over: OVER,
  async run(stage) {
    const { trial, scene } = stage
    const place = await scene()
    const floors = new Map<JobOperation, number>()
    for (const { plan, body, caller } of kinds(stage, place)) {
      const { operation, name } = plan
      const before = await place.balance(caller)
      const { exchange, wasHeldOpen } = await place.submit(caller, operation, body)
      if (wasHeldOpen) throw new CannotJudge('a submit was answered only when its job was over: see submit.accepted')
      const after = await place.balance(caller)
      const [reserved, taken] = [after.reserved - before.reserved, before.available - after.available]
      const told = `${dollars(reserved)} and ${dollars(taken)}`
      trial.expect(exchange, taken > 0, `less to be available at once, for ${name}`, `${dollars(taken)} less`)
      trial.expect(
        exchange,
        reserved === taken,
        `as much reserved as is taken from what is available, for ${name}`,
        told,
      )
      trial.mark(pointOf(plan))
      const outputs = Number(plan.outputs)
      const published = publishedFloor(operation, outputs)
      if (published !== null) {
        const expected = `the published floor, ${dollars(published)}, for ${name}`
        trial.expect(exchange, reserved === published, expected, dollars(reserved), { source: 'reference' })
      }
      const one = floors.get(operation)
      if (one === undefined) floors.set(operation, reserved / outputs)
      else {
        const expected = `${outputs} times the floor of one, ${dollars(outputs * one)}, for ${name}`
        trial.expect(exchange, reserved === outputs * one, expected, dollars(reserved))
      }
    }
  },
}

const insufficient: Case = {
  id: 'bill.insufficient',
  over: { operation: IMAGE_OPERATIONS, callback: CALLBACK },
  async run(stage) {
    const { trial, scene, session } = stage
    const place = await scene()
    const broke = place.broke as Caller
    const mailboxes: Mailbox[] = []
    let refused: Exchange | null = null
    for (const operation of IMAGE_OPERATIONS) {
      refused = await place.ask(broke, operation)
      trial.status(refused, 402, `without money, on ${operation}`)
      trial.mark({ operation, callback: 'without' })
      if (!session.hasReceiver) continue
      const mailbox = session.receiver.open([204], trial.show)
      mailboxes.push(mailbox)
      const called = await place.ask(broke, operation, { callback_url: mailbox.url })
      // An implementation that wants https says so before it looks at the money.
      if (called.status === 422 || called.status === 400) continue
      trial.status(called, 402, `without money, on ${operation}`)
      trial.mark({ operation, callback: 'with' })
    }
    if (place.world !== null) {
      await place.world.clock.settle()
      const { available, reserved, spent } = await place.balance(broke)
      const told = show({ available, reserved, spent })
      const isBare = available === 0 && reserved === 0 && spent === 0
      trial.expect(refused, isBare, 'nothing reserved or spent by a 402', told)
      for (const operation of IMAGE_OPERATIONS) await holdExactly(stage, operation)
    }
    if (mailboxes.length === 0) return
    await session.deadline.sleep(session.quietMs)
    const stray = mailboxes.find(({ count }) => count > 0)?.arrivals[0]
    trial.expect(stray ?? refused, stray === undefined, 'no job to be made by a 402', 'its callback')
  },
}

/** Money for exactly one job is enough for one, and a micro-dollar less is not. */
async function holdExactly({ trial, scene }: Stage, operation: JobOperation): Promise<void> {
  const place = await scene()
  const broke = place.broke as Caller
  const before = await place.balance()
  const { exchange } = await place.submit(place.alice, operation)
  const floor = before.available - (await place.balance()).available
  // Whether anything is reserved at all, bill.reserve checks.
  if (floor <= 1) return
  trial.show(exchange)
  await place.deposit(broke, ((floor - 1) / 1e6).toFixed(6))
  const when = `on ${operation}, with ${dollars(floor - 1)} for ${dollars(floor)}`
  trial.status(await place.ask(broke, operation), 402, when)
  await place.deposit(broke, '0.000001')
  const exact = await place.ask(broke, operation)
  trial.expect(exact, exact.status < 300, `a job of ${operation} with exactly ${dollars(floor)}`, seenStatus(exact))
}

const parity: Case = {
  id: 'bill.parity',
  over: { ...OVER, outputs: ['1', '4'], identity: ['with', 'without'] },
  async run(stage) {
    const { trial, scene, session } = stage
    if (session.settings.without.has('sync')) throw new NotTried('left out by --without sync')
    const place = await scene()
    for (const kind of kinds(stage, place).filter(({ plan }) => plan.outputs !== '2')) {
      await holdParity(trial, place, kind, 'without')
      trial.mark({ ...pointOf(kind.plan), identity: 'without' })
    }
    for (const [what, effect] of [
      ['with', { known_subjects: { somebody: 1 } }],
      ['at a price that is no whole cent', { settle_micro_usd: 123_457 }],
    ] as const) {
      const other = await scene()
      await other.levers.scenarios.add({ effect })
      const some = kinds(stage, other)
        .filter(({ plan }) => plan.outputs === '1')
        .slice(0, 2)
      for (const kind of some) await holdParity(trial, other, kind, what)
      trial.mark({ identity: what })
    }
  },
}

async function holdParity(
  trial: Trial,
  place: Scene,
  { plan, body, caller }: ReturnType<typeof kinds>[number],
  identity: string,
): Promise<void> {
  const { callback_url: _, ...plain } = body as Record<string, unknown>
  const start = await place.balance(caller)
  const sync = await place.synchronous(caller, plan.operation, imageBody(plan.operation, plain))
  if (sync.status !== 200)
    throw new CannotJudge(`the synchronous request was answered ${seenStatus(sync)}: see submit.sync-default`)
  const middle = await place.balance(caller)
  const { jobId, exchange } = await place.submit(caller, plan.operation, body)
  await place.levers.clock.settle()
  trial.show(await caller.poll(jobId))
  const end = await place.balance(caller)
  const [inSync, inAsync] = [start.available - middle.available, middle.available - end.available]
  const expected = `${plan.name} to cost in async what it costs in sync, ${dollars(inSync)}, identity: ${identity}`
  trial.expect(exchange, inSync === inAsync, expected, dollars(inAsync))
  const spent = end.spent - middle.spent
  trial.expect(exchange, middle.spent - start.spent === spent, expected, `${dollars(spent)} spent`)
}

const AFFORDABLE = 3

const ASKED = 6

const parallel: Case = {
  id: 'bill.parallel',
  over: { operation: IMAGE_OPERATIONS },
  async run({ trial, scene }) {
    for (let round = 0; round < 2; round++) {
      for (const operation of IMAGE_OPERATIONS) {
        const place = await scene()
        const broke = place.broke as Caller
        const start = await place.balance()
        await place.submit(place.alice, operation)
        const floor = start.available - (await place.balance()).available
        if (floor <= 0) throw new CannotJudge('a submit reserves nothing: see bill.reserve')
        await place.deposit(broke, ((AFFORDABLE * floor) / 1e6).toFixed(6))
        const answers = await Promise.all(
          // Each asks for something else, so that none can be taken for another.
          Array.from({ length: ASKED }, (_, nth) => place.ask(broke, operation, { prompt: `number ${nth}` })),
        )
        const accepted = answers.filter(({ status }) => status < 300)
        const expected =
          `${AFFORDABLE} of ${ASKED} submits of ${operation} at once to be accepted, ` + `with money for ${AFFORDABLE}`
        const isRight = accepted.length === AFFORDABLE
        trial.expect(accepted.at(-1) ?? answers[0] ?? null, isRight, expected, `${accepted.length}`)
        const { available } = await place.balance(broke)
        trial.expect(null, available >= 0, 'never more reserved than there is', `${dollars(available)} available`)
        for (const answer of accepted) jobIdOf(answer)
        trial.mark({ operation })
      }
    }
  },
}

export const billing: readonly Case[] = [reserve, settle, release, insufficient, unpolled, parity, parallel, conserved]
