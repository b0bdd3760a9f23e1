import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Account } from '../../src/engine/account.ts'
import { Phota } from '../../src/fixture/phota.ts'
import type { ImageRequest } from '../../src/phota/image-request.ts'
import { World } from '../../src/phota/world.ts'
import { attempt, course, courseEffect, courseOf, holds, imageRequest, LIMITS, OPERATIONS, step } from './support.ts'

const CENT = 10_000

/** Any amount, often a whole number of cents, as all prices are: enough to the micro-dollar for this or that. */
const amount = (max: number) =>
  fc.oneof(
    fc.nat({ max }),
    fc.nat({ max: 40 }).map((cents) => cents * CENT),
  )

const submit = fc.record({
  do: fc.constant('submit' as const),
  account: fc.nat({ max: 1 }),
  mode: fc.constantFrom('async' as const, 'async' as const, 'sync' as const),
  key: fc.constantFrom(null, 'a', 'b'),
  work: fc.record({
    operation: fc.constantFrom(...OPERATIONS),
    model: fc.constantFrom('nb2', 'qwen-image-2', 'flux-2', 'reve', 'gpt-image-2'),
    resolution: fc.constantFrom('1K' as const, '2K' as const, '4K' as const),
    quality: fc.constantFrom('auto' as const, 'low' as const, 'medium' as const, 'high' as const),
    outputs: fc.integer({ min: 1, max: 4 }),
  }),
  /** Names the nth profile of all, whoever owns it and whether or not it is trained. */
  profile: fc.option(fc.nat({ max: 5 }), { freq: 2 }),
  named: fc.constantFrom('in the prompt' as const, 'in the list' as const),
  course,
  /** Says in how many outputs somebody appears, instead of the profiles. */
  appears: fc.option(fc.nat({ max: 6 }), { freq: 8 }),
  /** Charged instead of the price. */
  settle_micro_usd: fc.option(fc.oneof(fc.constantFrom(0, 1), fc.nat({ max: 6_000_000 })), { freq: 4 }),
})

const command = fc.oneof(
  { weight: 8, arbitrary: submit },
  {
    weight: 5,
    arbitrary: fc.record({ do: fc.constant('advance' as const), byMs: fc.oneof(step, fc.constant(480_000)) }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('deposit' as const),
      account: fc.nat({ max: 1 }),
      microUsd: amount(4_000_000),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('train' as const),
      account: fc.nat({ max: 1 }),
      tier: fc.constantFrom('standard' as const, 'fast' as const),
      end: fc.constantFrom(
        'READY' as const,
        'READY' as const,
        'INACTIVE' as const,
        'ERROR' as const,
        'unreadable' as const,
      ),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('delete' as const), profile: fc.nat({ max: 5 }) }) },
)
type Command = typeof command extends fc.Arbitrary<infer Value> ? Value : never
type Submit = Extract<Command, { do: 'submit' }>

const game = fc.record({
  deposits: fc.tuple(amount(4_000_000), amount(1_000_000)),
  keep: fc.constantFrom('everything' as const, { entries: 10, bytes: 100_000 }),
  commands: fc.array(command, { minLength: 1, maxLength: 30, size: 'max' }),
})
type Game = typeof game extends fc.Arbitrary<infer Value> ? Value : never

/** What is held for one piece of work or one training, and what becomes of it when. */
interface Held {
  amount: number
  endsMs: number
  /** `null`: given back. */
  charge: number | null
}

interface Books {
  deposited: number
  spent: number
  held: Map<string, Held>
}

/** The money of two accounts, kept without looking at the engine's ledger. */
class Model {
  nowMs: number
  readonly books: readonly Books[]
  readonly profiles: { id: string; account: number; endsMs: number; trains: boolean; gone: boolean }[]
  readonly keys = new Map<string, { id: string; expiresMs: number }>()
  readonly live = new Map<string, number>()

  constructor(nowMs: number, deposits: readonly number[]) {
    this.nowMs = nowMs
    this.books = deposits.map((deposited) => ({ deposited, spent: 0, held: new Map() }))
    // One that each account has from the beginning.
    this.profiles = deposits.map((_, i) => ({ id: `p${i}`, account: i, endsMs: nowMs, trains: true, gone: false }))
  }

  available(account: number): number {
    const { deposited, spent } = this.of(account)
    return deposited - spent - this.reserved(account)
  }

  reserved(account: number): number {
    return [...this.of(account).held.values()].reduce((sum, { amount }) => sum + amount, 0)
  }

  of(account: number): Books {
    return this.books[account] as Books
  }

  advance(byMs: number): void {
    this.nowMs += byMs
    for (const books of this.books) {
      for (const [id, { endsMs, charge }] of books.held) {
        if (endsMs > this.nowMs) continue
        books.held.delete(id)
        books.spent += charge ?? 0
      }
    }
    for (const [key, { expiresMs }] of this.keys) if (expiresMs <= this.nowMs) this.keys.delete(key)
    for (const [id, expiresMs] of this.live) if (expiresMs <= this.nowMs) this.live.delete(id)
  }

  isReady(profile: number, account: number): boolean {
    const known = this.profiles[profile]
    return known !== undefined && known.account === account && known.trains && !known.gone && known.endsMs <= this.nowMs
  }
}

/** What one output costs, without and with a known subject: the published table, told again. */
function outputPrice({ operation, model, resolution }: Submit['work']): { plain: number; identity: number } {
  if (operation === 'enhance' || operation === 'remix') return { plain: 12 * CENT, identity: 15 * CENT }
  if (model !== 'nb2') return { plain: 5 * CENT, identity: 8 * CENT }
  const plain = { '1K': 9 * CENT, '2K': 12 * CENT, '4K': 18 * CENT }[resolution]
  return { plain, identity: plain + 3 * CENT }
}

function costsTokens({ operation, model }: Submit['work']): boolean {
  return model === 'gpt-image-2' && (operation === 'edit' || operation === 'generate')
}

/** 30 micro-dollars a token; the floor is that of the low tier. */
function tokenBounds({ quality, resolution, outputs }: Submit['work']): { floor: number; least: number; most: number } {
  const size = { '1K': 1, '2K': 2, '4K': 4 }[resolution] * 30 * outputs
  const tokens = { low: 1000, medium: 2500, auto: 2500, high: 6000 }[quality]
  return { floor: 1000 * size, least: tokens * size, most: Math.ceil(tokens * 1.1) * size }
}

/** Plays the commands in a World and in the model, and compares the two after each. */
function play({ deposits, keep, commands }: Game): readonly Account[] {
  const world = new World({ ...LIMITS, keep })
  const accounts = deposits.map((depositMicroUsd, i) => world.createAccount({ id: `account-${i}`, depositMicroUsd }))
  const model = new Model(world.clock.nowMs, deposits)
  world.load({ profiles: model.profiles.map(({ id, account }) => ({ profile_id: id, account: `account-${account}` })) })
  for (const command of commands) {
    perform(world, accounts, model, command)
    for (const [i, { deposited, available, reserved, spent }] of accounts.entries()) {
      expect({ deposited, available, reserved, spent }).toEqual({
        deposited: model.of(i).deposited,
        available: model.available(i),
        reserved: model.reserved(i),
        spent: model.of(i).spent,
      })
      expect(available + reserved + spent).toBe(deposited)
      expect(reserved).toBeGreaterThanOrEqual(0)
    }
    expect(world.jobs.unfinishedCount + world.profiles.trainingCount).toBe(
      model.books.reduce((sum, { held }) => sum + held.size, 0),
    )
    expect(Array.from(world.jobs.live(), ({ id }) => id)).toEqual([...model.live.keys()])
  }
  return accounts
}

function perform(world: World, accounts: readonly Account[], model: Model, command: Command): void {
  switch (command.do) {
    case 'advance':
      world.runUntil(world.clock.nowMs + command.byMs)
      model.advance(command.byMs)
      break
    case 'deposit':
      world.deposit(accounts[command.account] as Account, command.microUsd)
      model.of(command.account).deposited += command.microUsd
      break
    case 'train':
      train(world, accounts[command.account] as Account, model, command)
      break
    case 'delete': {
      const profile = model.profiles[command.profile]
      if (!profile || profile.gone) return
      world.profiles.delete(accounts[profile.account] as Account, profile.id)
      profile.gone = true
      model.of(profile.account).held.delete(profile.id)
      break
    }
    case 'submit':
      takeOn(world, accounts[command.account] as Account, model, command)
  }
}

function train(
  world: World,
  account: Account,
  model: Model,
  { account: i, tier, end }: Extract<Command, { do: 'train' }>,
): void {
  const price = tier === 'fast' ? 149 * CENT : 290 * CENT
  const scenario = world.scenario({
    effect: end === 'ERROR' || end === 'INACTIVE' ? { profile_status: end } : { running: 0 },
  })
  const image_urls = [`https://${end === 'unreadable' ? 'nowhere.invalid' : 'example.com'}/1.jpg`]
  const answer = attempt(() => world.profiles.add(account, { image_urls, training_tier: tier, tag: null }))
  world.scenarios.remove(scenario)
  if (price > model.available(i)) {
    expect(answer).toMatchObject({ refused: { status: 402 } })
    return
  }
  if ('refused' in answer) throw new Error(answer.refused.detail)
  const endsMs = model.nowMs + (end === 'unreadable' ? 20_000 : tier === 'fast' ? 180_000 : 480_000)
  model.profiles.push({ id: answer.value.id, account: i, endsMs, trains: end === 'READY', gone: false })
  model.of(i).held.set(answer.value.id, {
    amount: price,
    endsMs,
    charge: end === 'READY' || end === 'INACTIVE' ? price : null,
  })
}

function takeOn(world: World, account: Account, model: Model, command: Submit): void {
  const { account: i, mode, key, work, appears, settle_micro_usd } = command
  const subject = command.profile === null ? undefined : model.profiles[command.profile]
  const request: ImageRequest = imageRequest({
    ...work,
    prompt: subject && command.named === 'in the prompt' ? `a photo of [[${subject.id}]]` : 'a photo',
    profileIds: subject && command.named === 'in the list' ? [subject.id] : [],
    clientRequestId: key,
    inputProblem: command.course.end === 'bad-input' ? 'Input image 1 could not be read.' : null,
  })
  const scenario = world.scenario({
    effect: {
      ...courseEffect(command.course),
      ...(appears !== null && { known_subjects: { somebody: appears } }),
      ...(settle_micro_usd !== null && { settle_micro_usd }),
    },
  })
  const answer = attempt(() => world.submit(account, request, mode))
  world.scenarios.remove(scenario)

  const original = mode === 'async' && key !== null ? model.keys.get(`${i} ${key}`) : undefined
  if (original) {
    expect(answer).toMatchObject({ value: { replayed: true, job: { id: original.id } } })
    return
  }
  const price = outputPrice(work)
  const floor = costsTokens(work) ? tokenBounds(work).floor : price.plain * work.outputs
  if (floor > model.available(i)) {
    expect(answer).toMatchObject({ refused: { status: 402 } })
    return
  }
  if ('refused' in answer) throw new Error(answer.refused.detail)
  const { job, replayed } = answer.value
  expect(replayed).toBe(false)
  const ready = command.profile !== null && model.isReady(command.profile, i)
  const withIdentity = appears === null ? (ready ? work.outputs : 0) : Math.min(appears, work.outputs)
  const final = () =>
    costsTokens(work)
      ? assertNear(job.work.finalMicroUsd, work, withIdentity)
      : price.plain * (work.outputs - withIdentity) + price.identity * withIdentity
  const ends = courseOf(command.course, model.nowMs, mode === 'async' ? LIMITS.asyncLimitMs : LIMITS.syncLimitMs)
  model.of(i).held.set(job.id, {
    amount: floor,
    endsMs: ends.endsMs,
    charge: ends.succeeds ? (settle_micro_usd ?? final()) : null,
  })
  if (mode === 'sync') return
  const expiresMs = Math.floor(ends.endsMs / 1000) * 1000 + LIMITS.retentionMs
  model.live.set(job.id, expiresMs)
  if (key !== null) model.keys.set(`${i} ${key}`, { id: job.id, expiresMs })
}

/** How many tokens an output took is the World's own affair; only that it is near is known, so its word is taken. */
function assertNear(quoted: number, work: Submit['work'], withIdentity: number): number {
  const { least, most } = tokenBounds(work)
  expect(quoted).toBeGreaterThanOrEqual(least + withIdentity * 3 * CENT)
  expect(quoted).toBeLessThanOrEqual(most + withIdentity * 3 * CENT)
  return quoted
}

test('after every command the balances are what an independent model says, and deposits = available + reserved + spent to the micro-dollar (bill.conserved, bill.reserve, bill.settle, bill.release, bill.insufficient)', async () => {
  await holds(
    fc.property(game, (game) => {
      play(game)
    }),
  )
})

test('the available balance falls below zero only by a settlement above its reservation, and the entries add up to the balances (bill.conserved, bill.settle)', async () => {
  await holds(
    fc.property(game, (game) => {
      for (const account of play({ ...game, keep: 'everything' })) {
        const held = new Map<string | null, number>()
        let last = { availableMicroUsd: 0, reservedMicroUsd: 0, spentMicroUsd: 0 }
        for (const entry of account.entries) {
          const { kind, amountMicroUsd: amount, subject, availableMicroUsd, reservedMicroUsd, spentMicroUsd } = entry
          const before = held.get(subject) ?? 0
          expect({ availableMicroUsd, reservedMicroUsd, spentMicroUsd }).toEqual({
            availableMicroUsd:
              last.availableMicroUsd +
              { deposit: amount, reservation: -amount, release: amount, settlement: before - amount }[kind],
            reservedMicroUsd:
              last.reservedMicroUsd + { deposit: 0, reservation: amount, release: -amount, settlement: -before }[kind],
            spentMicroUsd: last.spentMicroUsd + (kind === 'settlement' ? amount : 0),
          })
          if (kind === 'reservation') {
            expect(availableMicroUsd).toBeGreaterThanOrEqual(0)
            expect(held.has(subject)).toBe(false)
            held.set(subject, amount)
          } else if (kind !== 'deposit') {
            expect(held.delete(subject)).toBe(true)
          }
          if (availableMicroUsd < 0 && availableMicroUsd < last.availableMicroUsd) {
            expect(kind).toBe('settlement')
            expect(amount).toBeGreaterThan(before)
          }
          last = entry
        }
        expect({ availableMicroUsd: account.available, reservedMicroUsd: account.reserved }).toMatchObject({
          availableMicroUsd: last.availableMicroUsd,
          reservedMicroUsd: last.reservedMicroUsd,
        })
        expect([...held.values()].reduce((sum, amount) => sum + amount, 0)).toBe(account.reserved)
      }
    }),
  )
})

test('the same request costs the same, async or sync, now or later (bill.parity)', async () => {
  const order = fc.record({ mode: fc.constantFrom('async' as const, 'sync' as const), byMs: step, course })
  await holds(
    fc.property(submit, fc.array(order, { minLength: 2, maxLength: 4 }), ({ work, profile }, orders) => {
      const world = new World(LIMITS)
      const account = world.createAccount({ id: 'a', depositMicroUsd: 1_000_000_000 })
      world.load({ profiles: [{ profile_id: 'p0', account: 'a' }] })
      const costs = orders.map(({ mode, byMs, course: { pendingMs, runningMs } }) => {
        world.runUntil(world.clock.nowMs + byMs)
        const before = account.spent
        const scenario = world.scenario({ effect: { pending: pendingMs, running: Math.min(runningMs, 20_000) } })
        world.submit(account, imageRequest({ ...work, prompt: `[[p${profile}]]` }), mode)
        world.scenarios.remove(scenario)
        const reserved = account.reserved
        world.runUntil(world.clock.nowMs + LIMITS.syncLimitMs)
        return { reserved, spent: account.spent - before }
      })
      expect(costs).toEqual(costs.map(() => costs[0]))
      expect(costs[0]?.spent).toBeGreaterThan(0)
    }),
  )
})

test('with money for N jobs, exactly N of M parallel submits get 202, and the others 402 (bill.parallel)', async () => {
  await holds(
    fc.asyncProperty(
      fc.nat({ max: 6 }),
      fc.nat({ max: 89_999 }),
      fc.integer({ min: 1, max: 6 }),
      async (affordable, rest, submits) => {
        const phota = new Phota({ deposit: '0' })
        phota.world.deposit(phota.world.accounts.get('tester') as Account, affordable * 90_000 + rest)
        const answers = await Promise.all(
          Array.from({ length: submits }, () =>
            phota.fetch(`${phota.baseUrl}/generate`, {
              method: 'POST',
              headers: { 'X-API-Key': phota.account.apiKey, 'Content-Type': 'application/json' },
              body: '{"prompt":"a lighthouse","async":true,"response_mode":"urls"}',
            }),
          ),
        )
        await phota.close()
        const paid = Math.min(affordable, submits)
        expect(answers.map(({ status }) => status).toSorted()).toEqual([
          ...Array.from({ length: paid }, () => 202),
          ...Array.from({ length: submits - paid }, () => 402),
        ])
        expect(phota.account.reservedMicroUsd).toBe(paid * 90_000)
        expect(phota.account.availableMicroUsd).toBe((affordable - paid) * 90_000 + rest)
      },
    ),
  )
})
