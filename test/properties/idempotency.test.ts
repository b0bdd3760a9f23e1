import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Account } from '../../src/engine/account.ts'
import type { WorldEvent } from '../../src/engine/events.ts'
import { World } from '../../src/phota/world.ts'
import { attempt, course, courseEffect, courseOf, holds, imageRequest, LIMITS, OPERATIONS, step } from './support.ts'

const command = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('submit' as const),
      account: fc.nat({ max: 1 }),
      key: fc.constantFrom('a', 'b', null),
      // A replay may well ask for something else: the original job is the answer.
      operation: fc.constantFrom(...OPERATIONS),
      outputs: fc.integer({ min: 1, max: 4 }),
      course,
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant('submit synchronously' as const), key: fc.constantFrom('a', 'b') }),
  },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('advance' as const), byMs: step }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('deposit' as const), microUsd: fc.nat({ max: 500_000 }) }) },
)

const commands = fc.array(command, { minLength: 1, maxLength: 30, size: 'max' })

test('however submits, replays and time interleave, one key makes one job until that job is expired, and then a new one (idem.same-job, idem.scoped, idem.absent, idem.after-terminal, idem.broke-replay, idem.other-body, idem.after-expiry, idem.retry-after-402)', async () => {
  await holds(
    fc.property(fc.nat({ max: 1_000_000 }), commands, (depositMicroUsd, commands) => {
      const { world, accounts } = open(depositMicroUsd)
      const made = new Set<string>()
      const originals = new Map<string, { id: string; expiresMs: number }>()
      for (const command of commands) {
        if (command.do !== 'submit') {
          perform(world, accounts, command)
          for (const [key, { expiresMs }] of originals) if (expiresMs <= world.clock.nowMs) originals.delete(key)
          continue
        }
        const { account: i, key } = command
        const account = accounts[i] as Account
        const before = money(account)
        const original = key === null ? undefined : originals.get(`${i} ${key}`)
        const answer = submit(world, account, command)
        if ('refused' in answer) {
          expect(answer.refused.status).toBe(402)
          expect(original).toBe(undefined)
          expect(money(account)).toEqual(before)
          continue
        }
        const { job, replayed } = answer.value
        expect(replayed).toBe(original !== undefined)
        if (original) {
          expect(job.id).toBe(original.id)
          expect(money(account)).toEqual(before)
          continue
        }
        expect(made.has(job.id)).toBe(false)
        made.add(job.id)
        const { endsMs } = courseOf(command.course, world.clock.nowMs, LIMITS.asyncLimitMs)
        const expiresMs = Math.floor(endsMs / 1000) * 1000 + LIMITS.retentionMs
        if (key !== null) originals.set(`${i} ${key}`, { id: job.id, expiresMs })
      }
    }),
  )
})

test('every job is created once, reserved once, and settled or released at most once, however often it is replayed (idem.charged-once, idem.same-job)', async () => {
  await holds(
    fc.property(fc.nat({ max: 1_000_000 }), commands, (depositMicroUsd, commands) => {
      const { world, accounts } = open(depositMicroUsd)
      const events: WorldEvent[] = []
      world.events.on('change', (event) => events.push(event))
      const answered = new Set<string>()
      for (const command of commands) {
        if (command.do !== 'submit') {
          perform(world, accounts, command)
          continue
        }
        const answer = submit(world, accounts[command.account] as Account, command)
        if ('value' in answer) answered.add(answer.value.job.id)
      }
      const ofKind = (kind: string) => events.filter((event) => event.kind === kind && answered.has(event.id ?? ''))
      expect(ofKind('job.created').map(({ id }) => id)).toEqual([...answered])
      const ended = [...ofKind('job.succeeded'), ...ofKind('job.failed')].map(({ id }) => id)
      expect(new Set(ended).size).toBe(ended.length)
      const booked = accounts.flatMap(({ entries }) => [...entries])
      for (const id of answered) {
        expect(booked.filter(({ subject }) => subject === id).map(({ kind }) => kind === 'reservation')).toEqual(
          ended.includes(id) ? [true, false] : [true],
        )
      }
    }),
  )
})

type Command = typeof command extends fc.Arbitrary<infer Value> ? Value : never
type Submit = Extract<Command, { do: 'submit' }>

function open(depositMicroUsd: number): { world: World; accounts: readonly [Account, Account] } {
  const world = new World({ ...LIMITS, keep: 'everything' })
  return {
    world,
    accounts: [world.createAccount({ id: 'a', depositMicroUsd }), world.createAccount({ id: 'b', depositMicroUsd })],
  }
}

function money({ deposited, available, reserved, spent, entries }: Account): object {
  return { deposited, available, reserved, spent, entries: entries.size }
}

function submit(world: World, account: Account, { key, operation, outputs, course }: Submit) {
  const scenario = world.scenario({ effect: courseEffect(course) })
  const inputProblem = course.end === 'bad-input' ? 'Input image 1 could not be read.' : null
  const request = imageRequest({ operation, outputs, clientRequestId: key, inputProblem })
  const answer = attempt(() => world.submit(account, request, 'async'))
  world.scenarios.remove(scenario)
  return answer
}

function perform(world: World, [account]: readonly [Account, Account], command: Exclude<Command, Submit>): void {
  if (command.do === 'advance') world.runUntil(world.clock.nowMs + command.byMs)
  else if (command.do === 'deposit') world.deposit(account, command.microUsd)
  // A synchronous request's key means nothing, and does not stand in the way of an async one.
  else attempt(() => world.submit(account, imageRequest({ clientRequestId: command.key }), 'sync'))
}
