import type { JobOperation } from '../../spec/index.ts'
import { dollars } from '../../text/dollars.ts'
import type { Case, Stage } from '../case.ts'
import { type Exchange, fieldOf, jsonOf } from '../http/exchange.ts'
import type { Mailbox } from '../http/receiver.ts'
import { highestPrice, publishedFloor } from '../prices.ts'
import { IMAGE_OPERATIONS, imageBody } from '../requests.ts'
import { isTerminal, jobIdOf, type Scene } from '../scene.ts'
import { RETENTION_WITH_CLOCK_MS } from '../session.ts'
import { ACCOUNTS, CALLBACK, kindsOf, OUTPUTS, pointOf, type StoryPlan } from '../story-plan.ts'
import type { Caller } from '../target.ts'
import { seenStatus, show, type Trial } from '../trial.ts'
import { CannotJudge, NotTried } from '../verdict.ts'
import { conserved } from './billing-conserved.ts'

const ONE_IMAGE = highestPrice('generate', {})
const OVER = { operation: IMAGE_OPERATIONS, account: ACCOUNTS, outputs: OUTPUTS, callback: CALLBACK } as const

/** All kinds of jobs, each with what to ask for. Money is read from a ledger, so they are in nobody's. */
function kinds({ session, trial }: Stage, place: Scene) {
  return kindsOf(session.stories.plans, true).map((plan) => {
    const mailbox = plan.callback === 'with' ? session.receiver.open([204], trial.show) : null
    const body = { ...plan.body, ...(mailbox && { callback_url: mailbox.url }) }
    return { plan, body, caller: plan.account === 'first' ? place.alice : place.other }
  })
}

/** Of both accounts together. */
async function together(place: Scene): Promise<{ available: number; reserved: number; spent: number }> {
  const [one, two] = [await place.balance(place.alice), await place.balance(place.other)]
  return {
    available: one.available + two.available,
    reserved: one.reserved + two.reserved,
    spent: one.spent + two.spent,
  }
}

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

/** Final amounts below and above every floor, and one that is no whole cent. Micro-dollars. */
const FINAL_AMOUNTS = [70_000, 555_001]

const settle: Case = {
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

/** One after the other, so that two mistakes cannot make up for each other. */
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

const release: Case = {
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
  // That it reserves at all is bill.reserve's to say.
  if (floor <= 1) return
  trial.show(exchange)
  await place.deposit(broke, ((floor - 1) / 1e6).toFixed(6))
  const when = `on ${operation}, with ${dollars(floor - 1)} for ${dollars(floor)}`
  trial.status(await place.ask(broke, operation), 402, when)
  await place.deposit(broke, '0.000001')
  const exact = await place.ask(broke, operation)
  trial.expect(exact, exact.status < 300, `a job of ${operation} with exactly ${dollars(floor)}`, seenStatus(exact))
}

const unpolled: Case = {
  id: 'bill.unpolled',
  over: { operation: IMAGE_OPERATIONS },
  looksAt: ({ name }) => name.startsWith('1:'),
  cost: () => ONE_IMAGE,
  async run(stage) {
    const { trial, scene, session } = stage
    const place = await scene()
    if (place.world === null) {
      await unpolledByWall(stage, place)
      return
    }
    const made: { operation: JobOperation; exchange: Exchange; jobId: string; mailbox: Mailbox | null }[] = []
    for (const operation of IMAGE_OPERATIONS) {
      const mailbox = session.hasReceiver ? session.receiver.open([204], trial.show) : null
      const before = await place.balance()
      const body = mailbox ? { callback_url: mailbox.url } : {}
      const { exchange, jobId } = await place.submit(place.alice, operation, body)
      await place.world.clock.settle()
      const { spent } = await place.balance()
      const expected = `the job of ${operation} to be paid for, though nobody polled`
      trial.expect(exchange, spent > before.spent, expected, `${dollars(spent - before.spent)} spent`)
      const told = mailbox === null || mailbox.count > 0
      trial.expect(exchange, told, `a callback of ${operation}, though nobody polled`, 'none')
      made.push({ operation, exchange, jobId, mailbox })
    }
    const settled = await place.balance()
    const again = await place.submit(place.alice, 'generate')
    await place.pass(RETENTION_WITH_CLOCK_MS + 10_000)
    const { spent } = await place.balance()
    trial.expect(again.exchange, spent > settled.spent, 'work that nobody polled to stay paid for', dollars(spent))
    for (const { operation, jobId } of made) {
      const poll = await place.alice.poll(jobId)
      // Long after its retention, how it is told is poll.expired's to say.
      const isOver = poll.status !== 200 || isTerminal(poll)
      trial.expect(poll, isOver, `the job of ${operation} to have ended, though nobody polled`, show(jsonOf(poll)))
      trial.mark({ operation })
    }
  },
}

/** Without a ledger, that it called back shows that it ran. What does not come in time is no failure. */
async function unpolledByWall({ trial, session, story }: Stage, place: Scene): Promise<void> {
  if (!session.hasReceiver) throw new NotTried(`it needs ${session.lacks('receiver')}`)
  const mailbox = session.receiver.open([204], trial.show)
  const { exchange, jobId } = await place.submit(place.alice, 'generate', { callback_url: mailbox.url })
  const { callbackWaitMs } = session.settings
  const [plan] = session.stories.plans
  const told = plan && (await story(plan))
  const workMs = told ? told.terminal.at - told.submit.at : 0
  const waitMs = callbackWaitMs + 2 * workMs
  if (!(await hasEnd(mailbox, waitMs))) {
    throw new CannotJudge(
      `no callback came within ${Math.round(waitMs / 1000)} s, by which an unpolled job would show that it ran`,
    )
  }
  const poll = await place.alice.poll(jobId)
  const isOver = poll.status === 410 || isTerminal(poll)
  trial.expect(poll, isOver, 'the job to have ended, though nobody polled', show(jsonOf(poll)))
  trial.show(exchange)
  trial.mark({ operation: 'generate' })
}

/** A callback that tells of an end; one that came too early is callback.not-before's to judge. */
async function hasEnd(mailbox: Mailbox, withinMs: number): Promise<boolean> {
  const deadline = performance.now() + withinMs
  for (let count = 1; ; count++) {
    const arrival = (await mailbox.wait(count, Math.max(0, deadline - performance.now())))[count - 1]
    if (!arrival) return mailbox.count > 0
    const status = fieldOf(jsonOf(arrival), 'status')
    if (status !== 'pending' && status !== 'running') return true
  }
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
