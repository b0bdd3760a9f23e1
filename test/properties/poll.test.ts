import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Account } from '../../src/engine/account.ts'
import type { JobData } from '../../src/phota/load.ts'
import { World } from '../../src/phota/world.ts'
import { attempt, course, courseEffect, courseOf, holds, imageRequest, LIMITS, OPERATIONS, step } from './support.ts'

const NEVER_ISSUED = 'f'.repeat(32)
const RANK = { pending: 0, running: 1, succeeded: 2, failed: 2 }

const command = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('submit' as const),
      account: fc.nat({ max: 1 }),
      operation: fc.constantFrom(...OPERATIONS),
      outputs: fc.integer({ min: 1, max: 4 }),
      course,
    }),
  },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('advance' as const), byMs: step }) },
)
const commands = fc.array(command, { minLength: 1, maxLength: 14, size: 'max' })

/** A job that a fixture brings, at any point of its life. */
const brought = fc.oneof(
  fc.record(
    {
      status: fc.constantFrom('pending' as const, 'running' as const),
      operation: fc.constantFrom(...OPERATIONS),
      submitted_ago: fc.integer({ min: 60_000, max: 100_000 }),
      ends_in: fc.integer({ min: 1, max: 60_000 }),
      num_output_images: fc.integer({ min: 1, max: 4 }),
    },
    { requiredKeys: ['status'] },
  ),
  fc.record(
    {
      status: fc.constantFrom('succeeded' as const, 'failed' as const, 'expired' as const),
      operation: fc.constantFrom(...OPERATIONS),
      submitted_ago: fc.integer({ min: 60_000, max: 100_000 }),
      finished_ago: fc.nat({ max: 59_000 }),
      num_output_images: fc.integer({ min: 1, max: 4 }),
    },
    { requiredKeys: ['status'] },
  ),
) satisfies fc.Arbitrary<Omit<JobData, 'account'>>

interface Answer {
  status: number
  text: string
}

/** What a poll answers, as far as it depends on the job. */
function poll(world: World, account: Account, id: string): Answer {
  const answer = attempt(() => world.jobs.body(world.jobs.poll(account, id)))
  return 'value' in answer
    ? { status: 200, text: answer.value }
    : { status: answer.refused.status, text: `${answer.refused.code} ${answer.refused.detail}` }
}

function open(startMs: number): { world: World; accounts: readonly [Account, Account] } {
  const world = new World({ ...LIMITS, startMs })
  const deposit = { depositMicroUsd: 100_000_000 }
  const accounts = [world.createAccount({ id: 'a', ...deposit }), world.createAccount({ id: 'b', ...deposit })] as const
  return { world, accounts }
}

/** Not always on a whole second, as retention is counted from the second that `completed_at` shows. */
const startMs = fc.integer({ min: 1_782_129_600_000, max: 1_782_129_602_000 })

test('a poll answers what the course of the job says, at every moment, until it is 410 (poll.monotonic, poll.retained, poll.expired)', async () => {
  await holds(
    fc.property(startMs, commands, (startMs, commands) => {
      const { world, accounts } = open(startMs)
      const jobs: { id: string; account: Account; startsMs: number; endsMs: number; succeeds: boolean }[] = []
      for (const command of commands) {
        if (command.do === 'advance') world.runUntil(world.clock.nowMs + command.byMs)
        else jobs.push(submit(world, accounts, command))
        // As every request does first: what falls due now has happened.
        world.runUntil(world.clock.nowMs)
        for (const { id, account, startsMs, endsMs, succeeds } of jobs) {
          const nowMs = world.clock.nowMs
          const { status, text } = poll(world, account, id)
          if (nowMs >= Math.floor(endsMs / 1000) * 1000 + LIMITS.retentionMs) {
            expect(status).toBe(410)
            continue
          }
          expect(status).toBe(200)
          const job = JSON.parse(text)
          const ended = nowMs >= endsMs
          expect(job.status).toBe(
            ended ? (succeeds ? 'succeeded' : 'failed') : nowMs >= startsMs ? 'running' : 'pending',
          )
          expect(job.completed_at).toBe(ended ? `${new Date(endsMs).toISOString().slice(0, 19)}Z` : null)
        }
      }
    }),
  )
})

test('a status never steps back, the body of a terminal job never changes until 410, and 410 is for good (poll.monotonic, poll.expired)', async () => {
  await holds(
    fc.property(startMs, fc.array(brought, { maxLength: 4 }), commands, (startMs, brought, commands) => {
      const { world, accounts } = open(startMs)
      const last = new Map<string, Answer>()
      const ids: string[] = []
      for (const [i, job] of brought.entries()) {
        const id = i.toString(16).padStart(32, '0')
        world.load({ jobs: [{ ...job, account: 'a', job_id: id }] })
        ids.push(id)
      }
      const look = () => {
        for (const id of ids) {
          const now = poll(world, accounts[0], id)
          const before = last.get(id)
          last.set(id, now)
          expect([200, 410]).toContain(now.status)
          if (before?.status === 410) expect(now).toEqual(before)
          else if (before === undefined || now.status === 410) continue
          else if (rank(before) === 2) expect(now.text).toBe(before.text)
          else expect(rank(now)).toBeGreaterThanOrEqual(rank(before))
        }
      }
      // After each single thing that happens, and after each command.
      world.events.on('change', look)
      for (const command of commands) {
        if (command.do === 'advance') world.runUntil(world.clock.nowMs + command.byMs)
        else ids.push(submit(world, [accounts[0], accounts[0]], command).id)
        look()
      }
    }),
  )
})

test('to every other account a job is at every moment the 404 of an id that was never issued (poll.scoped, poll.expired-scoped, poll.unknown)', async () => {
  await holds(
    fc.property(fc.array(brought, { maxLength: 4 }), commands, (brought, commands) => {
      const { world, accounts } = open(1_782_129_600_000)
      const [a, b] = accounts
      const stranger = world.createAccount({ id: 'c' })
      world.load({ jobs: brought.map((job) => ({ ...job, account: 'a' })) })
      const jobs = Array.from(world.jobs.live(), ({ id, account }) => ({ id, account }))
      for (const command of commands) {
        if (command.do === 'advance') world.runUntil(world.clock.nowMs + command.byMs)
        else jobs.push(submit(world, accounts, command))
        for (const { id, account } of jobs) {
          for (const other of [account === a ? b : a, stranger]) {
            const answer = poll(world, other, id)
            expect(answer.status).toBe(404)
            expect(answer).toEqual(poll(world, other, NEVER_ISSUED))
          }
          expect(poll(world, account, id).status).not.toBe(404)
        }
      }
    }),
  )
})

type Submit = Extract<typeof command extends fc.Arbitrary<infer Value> ? Value : never, { do: 'submit' }>

function submit(
  world: World,
  accounts: readonly [Account, Account],
  { account: i, operation, outputs, course }: Submit,
): { id: string; account: Account; startsMs: number; endsMs: number; succeeds: boolean } {
  const account = accounts[i] as Account
  const scenario = world.scenario({ effect: courseEffect(course) })
  const inputProblem = course.end === 'bad-input' ? 'Input image 1 could not be read.' : null
  const { job } = world.submit(account, imageRequest({ operation, outputs, inputProblem }), 'async')
  world.scenarios.remove(scenario)
  return { id: job.id, account, ...courseOf(course, world.clock.nowMs, LIMITS.asyncLimitMs) }
}

function rank({ text }: Answer): number {
  return RANK[JSON.parse(text).status as keyof typeof RANK]
}
