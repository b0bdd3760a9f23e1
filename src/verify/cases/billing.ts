import type { Case } from '../case.ts'
import { type Exchange, fieldOf, jsonOf } from '../http/exchange.ts'
import type { Mailbox } from '../http/receiver.ts'
import { dollars, highestPrice, publishedFloor } from '../prices.ts'
import { imageBody } from '../requests.ts'
import { type Balance, isTerminal, jobIdOf, type Scene, type Submitted } from '../scene.ts'
import type { Caller } from '../target.ts'
import { seenStatus, show, type Trial } from '../trial.ts'
import { CannotJudge } from '../verdict.ts'

const ONE_IMAGE = highestPrice('generate', {})

/** What is set aside for a submit, by what the balance shows. */
async function reservedBy(place: Scene, submit: () => Promise<Submitted>) {
  const before = await place.balance()
  const { exchange, wasHeldOpen } = await submit()
  if (wasHeldOpen) throw new CannotJudge('a submit was answered only when its job was over: see submit.accepted')
  const after = await place.balance()
  return {
    exchange,
    before,
    after,
    reserved: after.reserved - before.reserved,
    taken: before.available - after.available,
  }
}

const reserve: Case = {
  id: 'bill.reserve',
  async run({ trial, scene }) {
    const place = await scene()
    const floors = new Map<string, number>()
    for (const operation of ['enhance', 'remix', 'generate', 'edit'] as const) {
      for (const outputs of [1, 3]) {
        const { exchange, reserved, taken } = await reservedBy(place, () =>
          place.submit(place.alice, operation, { num_output_images: outputs }),
        )
        const what = `for ${outputs} of ${operation}`
        trial.expect(exchange, taken > 0, `less to be available at once, ${what}`, `${dollars(taken)} less`)
        trial.expect(
          exchange,
          reserved === taken,
          `as much reserved as is taken from what is available, ${what}`,
          `${dollars(reserved)} and ${dollars(taken)}`,
        )
        const published = publishedFloor(operation, outputs)
        if (published !== null) {
          trial.expect(
            exchange,
            reserved === published,
            `the published floor, ${dollars(published)}, ${what}`,
            dollars(reserved),
          )
        }
        const one = floors.get(operation)
        if (one === undefined) floors.set(operation, reserved)
        else
          trial.expect(
            exchange,
            reserved === outputs * one,
            `${outputs} times the floor of one, ${dollars(outputs * one)}, ${what}`,
            dollars(reserved),
          )
      }
    }
  },
}

const settle: Case = {
  id: 'bill.settle',
  async run({ trial, scene }) {
    for (const finalMicroUsd of [70_000, 120_000, 155_001]) {
      const place = await scene()
      await place.levers.scenarios.add({ effect: { settle_micro_usd: finalMicroUsd } })
      const before = await place.balance()
      const { jobId } = await place.submit(place.alice, 'enhance')
      await place.levers.clock.settle()
      const after = await place.balance()
      const poll = await place.alice.poll(jobId)
      const final = dollars(finalMicroUsd)
      trial.expect(
        poll,
        after.reserved === before.reserved,
        'the reservation to be gone once the job succeeded',
        `${dollars(after.reserved)} reserved`,
      )
      const spent = after.spent - before.spent
      trial.expect(poll, spent === finalMicroUsd, `the final amount, ${final}, to be spent`, dollars(spent))
      const taken = before.available - after.available
      trial.expect(
        poll,
        taken === finalMicroUsd,
        `the final amount, ${final}, to be taken from what is available`,
        dollars(taken),
      )
    }
  },
}

const release: Case = {
  id: 'bill.release',
  async run({ trial, scene }) {
    const place = await scene()
    await place.levers.scenarios.add({ match: { prompt: 'doomed' }, effect: { fail: 'GENERATION_FAILED' } })
    const before = await place.balance()
    const { jobId } = await place.submit(place.alice, 'generate', { prompt: 'doomed', num_output_images: 2 })
    await place.levers.clock.settle()
    const after = await place.balance()
    trial.equal(await place.alice.poll(jobId), after, before, 'the balance after a failed job')
    await place.levers.scenarios.add({ match: { prompt: 'stuck' }, effect: { stuck: 'until-limit' } })
    const stuck = await place.submit(place.alice, 'generate', { prompt: 'stuck' })
    await place.levers.clock.settle()
    trial.equal(
      await place.alice.poll(stuck.jobId),
      await place.balance(),
      before,
      'the balance after a job that ran out of time',
    )
  },
}

const insufficient: Case = {
  id: 'bill.insufficient',
  async run(stage) {
    const { trial, scene, session } = stage
    const place = await scene()
    const broke = place.broke as Caller
    const mailbox = session.hasReceiver ? session.receiver.open([204], trial.show) : null
    const refused = await place.ask(broke, 'generate')
    trial.status(refused, 402, 'without money')
    if (mailbox !== null) {
      const called = await place.ask(broke, 'generate', { callback_url: mailbox.url })
      // An implementation that wants https says so before it looks at the money.
      if (called.status !== 422) trial.status(called, 402, 'without money')
    }
    if (place.world !== null) await holdExactly(trial, place, broke)
    if (mailbox === null) return
    await place.world?.clock.settle()
    await mailbox.wait(
      1,
      place.world === null ? session.settings.callbackWaitMs : Math.min(100, session.settings.callbackWaitMs),
    )
    const [stray] = mailbox.arrivals
    trial.expect(stray ?? refused, stray === undefined, 'no job to be made by a 402', 'its callback')
  },
}

/** Money for exactly one job is enough for one, and a micro-dollar less is not. */
async function holdExactly(trial: Trial, place: Scene, broke: Caller): Promise<void> {
  // Its published floor is known without asking.
  const floor = publishedFloor('enhance', 1) as number
  await place.deposit(broke, ((floor - 1) / 1e6).toFixed(6))
  trial.status(await place.ask(broke, 'enhance'), 402, `with ${dollars(floor - 1)} for ${dollars(floor)}`)
  await place.deposit(broke, '0.000001')
  const exact = await place.ask(broke, 'enhance')
  trial.expect(exact, exact.status < 300, `a job with exactly ${dollars(floor)}`, seenStatus(exact))
}

const unpolled: Case = {
  id: 'bill.unpolled',
  cost: ONE_IMAGE,
  async run(stage) {
    const { trial, scene, session } = stage
    const place = await scene()
    const before = place.world === null ? null : await place.balance()
    const mailbox = session.hasReceiver ? session.receiver.open([204], trial.show) : null
    const { exchange, jobId } = await place.submit(
      place.alice,
      'generate',
      mailbox ? { callback_url: mailbox.url } : {},
    )
    if (before !== null) {
      await place.levers.clock.settle()
      const after = await place.balance()
      trial.expect(
        exchange,
        after.spent > before.spent,
        'the job to be paid for',
        `${dollars(after.spent - before.spent)} spent`,
      )
    }
    if (mailbox !== null) {
      const waitMs = place.world === null ? place.alice.jobTimeoutMs : session.settings.callbackWaitMs
      const told = (await firstOfEnd(mailbox, waitMs)) ?? mailbox.arrivals[0]
      trial.expect(
        told ?? exchange,
        told !== undefined,
        'a callback, though nobody polled',
        `nothing within ${waitMs / 1000} s`,
      )
    }
    const poll = await place.alice.poll(jobId)
    trial.expect(poll, isTerminal(poll), 'the job to have ended, though nobody polled', show(jsonOf(poll)))
  },
}

/** The first callback that tells of an end; one that came too early is callback.not-before's to judge. @returns `null` if none came */
async function firstOfEnd(mailbox: Mailbox, withinMs: number): Promise<Exchange | null> {
  const deadline = performance.now() + withinMs
  for (let count = 1; ; count++) {
    const arrival = (await mailbox.wait(count, Math.max(0, deadline - performance.now())))[count - 1]
    if (!arrival) return null
    const status = fieldOf(jsonOf(arrival), 'status')
    if (status !== 'pending' && status !== 'running') return arrival
  }
}

const parity: Case = {
  id: 'bill.parity',
  async run({ trial, scene }) {
    for (const [operation, more] of [
      ['generate', { num_output_images: 2 }],
      ['enhance', {}],
    ] as const) {
      const place = await scene()
      const start = await place.balance()
      const sync = await place.synchronous(place.alice, operation, imageBody(operation, more))
      if (sync.status !== 200)
        throw new CannotJudge(`the synchronous request was answered ${seenStatus(sync)}: see submit.sync-default`)
      const middle = await place.balance()
      const { jobId } = await place.submit(place.alice, operation, more)
      await place.finish(place.alice, jobId)
      const end = await place.balance()
      const [inSync, inAsync] = [start.available - middle.available, middle.available - end.available]
      const what = `${operation} to cost in async what it costs in sync, ${dollars(inSync)}`
      trial.expect(null, inSync === inAsync, what, dollars(inAsync))
      trial.expect(
        null,
        middle.spent - start.spent === end.spent - middle.spent,
        what,
        `${dollars(end.spent - middle.spent)} spent`,
      )
    }
  },
}

const AFFORDABLE = 3
const ASKED = 12

const parallel: Case = {
  id: 'bill.parallel',
  async run({ trial, scene }) {
    for (let round = 0; round < 3; round++) {
      const place = await scene()
      const broke = place.broke as Caller
      const floor = publishedFloor('remix', 1) as number
      await place.deposit(broke, ((AFFORDABLE * floor) / 1e6).toFixed(6))
      const answers = await Promise.all(
        // Each asks for something else, so that none can be taken for another.
        Array.from({ length: ASKED }, (_, nth) => place.ask(broke, 'remix', { prompt: `number ${nth}` })),
      )
      const accepted = answers.filter(({ status }) => status < 300)
      trial.expect(
        accepted.at(-1) ?? answers[0] ?? null,
        accepted.length === AFFORDABLE,
        `${AFFORDABLE} of ${ASKED} submits at once to be accepted, with money for ${AFFORDABLE}`,
        `${accepted.length}`,
      )
      const { available } = await place.balance(broke)
      trial.expect(null, available >= 0, 'never more reserved than there is', `${dollars(available)} available`)
      for (const answer of accepted) jobIdOf(answer)
    }
  },
}

const conserved: Case = {
  id: 'bill.conserved',
  async run({ trial, scene }) {
    const place = await scene()
    const { alice, levers } = place
    const id = { client_request_id: 'conserved' }
    const look = async (when: string): Promise<void> => holdConserved(trial, await place.balance(), when)
    await levers.scenarios.add({ match: { prompt: 'doomed' }, effect: { fail: 'GENERATION_FAILED' } })
    await levers.scenarios.add({ match: { prompt: 'dear' }, effect: { settle_micro_usd: 123_457 } })
    await look('at first')
    await place.submit(alice, 'generate', { num_output_images: 3, ...id })
    await look('after a submit')
    await place.submit(alice, 'generate', { prompt: 'doomed' })
    await place.submit(alice, 'edit', { prompt: 'dear' })
    await place.ask(alice, 'generate', id, true)
    await look('after more submits and a replay')
    await levers.clock.advance('3s')
    await look('while jobs run')
    await place.deposit(alice, '1.234567')
    await look('after a deposit')
    await levers.clock.advance('15s')
    await look('after success and failure')
    await levers.clock.settle()
    await look('once all is settled')
    const { entries } = await levers.accounts.ledger(alice.identity.account as string)
    let deposited = 0
    for (const entry of entries) {
      if (entry.kind === 'deposit') deposited += entry.amount_micro_usd
      holdConserved(
        trial,
        {
          deposited,
          available: entry.available_micro_usd,
          reserved: entry.reserved_micro_usd,
          spent: entry.spent_micro_usd,
        },
        `in entry ${entry.seq} of the ledger, a ${entry.kind}`,
      )
    }
  },
}

function holdConserved(trial: Trial, { deposited, available, reserved, spent }: Balance, when: string): void {
  trial.expect(
    null,
    deposited === available + reserved + spent,
    `deposits = available + reserved + spent, ${when}`,
    `${dollars(deposited)} = ${dollars(available)} + ${dollars(reserved)} + ${dollars(spent)}`,
  )
}

export const billing: readonly Case[] = [reserve, settle, release, insufficient, unpolled, parity, parallel, conserved]
