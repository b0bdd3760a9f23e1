import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Account } from '../../src/engine/account.ts'
import type { AttemptOutcome } from '../../src/engine/delivery.ts'
import type { WorldEvent } from '../../src/engine/events.ts'
import { Phota } from '../../src/fixture/phota.ts'
import type { Receiver } from '../../src/fixture/receiver.ts'
import { signBody } from '../../src/phota/signature.ts'
import { World } from '../../src/phota/world.ts'
import { attempt, type Course, course, courseEffect, holds, imageRequest, LIMITS, OPERATIONS, step } from './support.ts'

/** A status for each attempt in turn; the last goes on. */
const answers = fc.array(
  fc.oneof(
    { weight: 3, arbitrary: fc.constant(200) },
    { weight: 4, arbitrary: fc.constantFrom(500, 302, 404) },
    { weight: 1, arbitrary: fc.constantFrom('hang' as const, 'throw' as const) },
  ),
  { minLength: 1, maxLength: 3 },
)

const retries = fc.array(fc.constantFrom(0, 1, 500, 1000, 5000, 25_000), { maxLength: 3 })

const phase = fc.record({
  submits: fc.array(
    fc.record({
      operation: fc.constantFrom(...OPERATIONS),
      outputs: fc.integer({ min: 1, max: 4 }),
      course,
      receiver: fc.option(fc.nat({ max: 2 }), { freq: 4 }),
    }),
    { maxLength: 4 },
  ),
  trainings: fc.array(fc.constantFrom('fast' as const, 'standard' as const), { maxLength: 1 }),
  forMs: fc.oneof(step, fc.constantFrom(180_000, 600_000)),
  /**
   * Where the time of this phase is cut, as shares of it; where two are alike, the clock is told to move by nothing.
   */
  cuts: fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 5 }),
})
const life = fc.record({
  receivers: fc.tuple(answers, answers, answers),
  callbackRetryMs: retries,
  callbackTimeoutMs: fc.constantFrom(1, 1000, 10_000),
  phases: fc.array(phase, { minLength: 1, maxLength: 4 }),
})
type Life = typeof life extends fc.Arbitrary<infer Value> ? Value : never
type Phase = Life['phases'][number]

/** Lives it, each phase's time in the steps that `steps` says, and writes down all there is to see. */
async function live({ receivers: scripts, phases, ...options }: Life, steps: (phase: Phase) => number[]) {
  const phota = new Phota({ ...LIMITS, ...options, callbackGraceMs: 1 })
  const receivers = scripts.map((script) => openReceiver(phota, script))
  const account = phota.world.accounts.get('tester') as Account
  const jobs: string[] = []
  const events: WorldEvent[] = []
  const polled: string[][] = []
  for (const phase of phases) {
    for (const { operation, outputs, course, receiver } of phase.submits) {
      const callbackUrl = receiver === null ? null : (receivers[receiver]?.url ?? null)
      jobs.push(submit(phota.world, account, course, { operation, outputs, callbackUrl }))
    }
    for (const training_tier of phase.trainings)
      phota.world.profiles.add(account, { image_urls: ['https://example.com/1.jpg'], training_tier, tag: null })
    let answers: string[] = []
    for (const byMs of steps(phase)) {
      events.push(...(await phota.clock.advance(byMs)).events)
      // More pieces, more polls, and no difference from that either.
      answers = jobs.map((id) => poll(phota.world, account, id))
    }
    polled.push(answers)
  }
  await phota.close()
  return {
    nowMs: phota.clock.now.getTime(),
    polled,
    events,
    received: receivers.map(({ received }) => received.map(({ rawBody, headers }) => ({ rawBody, headers }))),
    deliveries: Array.from(
      phota.world.outbox.all(),
      ({ id, jobId, url, body, secret, createdMs, state, attempts }) => ({
        ...{ id, jobId, url, body, secret, createdMs, state },
        // The wall's time, that of people, is the one thing that may differ.
        attempts: attempts.map(({ n, atMs, status, error, durationMs }) => ({ n, atMs, status, error, durationMs })),
      }),
    ),
    ledger: phota.account.ledger,
    secret: phota.account.webhookSecret,
  }
}

function openReceiver(phota: Phota, script: Life['receivers'][number]): Receiver {
  let n = 0
  return phota.receiver(() => {
    const answer = script[Math.min(n++, script.length - 1)] ?? 200
    if (answer === 'throw') throw new Error('out of order')
    return answer === 'hang' ? new Promise(() => {}) : answer
  })
}

function poll(world: World, account: Account, id: string): string {
  const answer = attempt(() => world.jobs.body(world.jobs.poll(account, id)))
  return 'value' in answer ? answer.value : String(answer.refused.status)
}

function submit(world: World, account: Account, course: Course, request: Parameters<typeof imageRequest>[0]): string {
  const scenario = world.scenario({ effect: courseEffect(course) })
  const inputProblem = course.end === 'bad-input' ? 'Input image 1 could not be read.' : null
  const { job } = world.submit(account, imageRequest({ ...request, inputProblem }), 'async')
  world.scenarios.remove(scenario)
  return job.id
}

/** The phase's time in pieces that add up to it. */
function pieces({ forMs, cuts }: Phase): number[] {
  const at = [0, ...cuts.map((share) => Math.floor(share * forMs)).toSorted((a, b) => a - b), forMs]
  return at.slice(1).map((ms, i) => ms - (at[i] as number))
}

test('time that passes at once and time that passes in any pieces leave the same bytes: polls, callbacks, signatures, attempts, ledger (callback.retry, callback.signature, poll.no-effect)', async () => {
  await holds(
    fc.asyncProperty(life, async (life) => {
      const atOnce = await live(life, ({ forMs }) => [forMs])
      const inPieces = await live(life, pieces)
      expect(inPieces).toEqual(atOnce)
      expect(JSON.stringify(inPieces)).toBe(JSON.stringify(atOnce))
    }),
  )
})

test('every attempt comes when the one before ended and its wait is over, with the same body and signature, and none after a 2xx (callback.retry, callback.stops, callback.not-before, callback.signature)', async () => {
  await holds(
    fc.asyncProperty(life, async (life) => {
      const { deliveries, received, polled, nowMs, secret } = await live(life, pieces)
      for (const { rawBody, headers } of received.flat())
        expect(headers).toMatchObject({ 'x-phota-signature': signBody(secret, rawBody) })
      for (const { body, createdMs, state, attempts } of deliveries) {
        const job = JSON.parse(body)
        expect(['succeeded', 'failed']).toContain(job.status)
        expect(job.completed_at).toBe(`${new Date(createdMs).toISOString().slice(0, 19)}Z`)
        // While the job is there to be polled, its callback said just that.
        const answer = polled.at(-1)?.find((text) => text.includes(`"job_id":"${job.job_id}"`))
        if (answer !== undefined) expect(answer).toBe(body)
        let dueMs = createdMs
        for (const [i, { n, atMs, status, error, durationMs }] of attempts.entries()) {
          expect({ n, atMs }).toEqual({ n: i + 1, atMs: dueMs })
          const succeeded = status !== null && status < 300
          if (succeeded) expect(i).toBe(attempts.length - 1)
          if (durationMs === null) {
            // Nobody has noticed yet that there is no answer.
            expect(state).toBe('in-flight')
            expect(atMs + life.callbackTimeoutMs).toBeGreaterThan(nowMs)
            continue
          }
          expect(durationMs).toBe(error?.startsWith('no answer') ? life.callbackTimeoutMs : 0)
          dueMs = atMs + durationMs + (life.callbackRetryMs[i] ?? Number.POSITIVE_INFINITY)
          if (i === attempts.length - 1) {
            expect(state).toBe(succeeded ? 'delivered' : dueMs === Number.POSITIVE_INFINITY ? 'exhausted' : 'waiting')
            if (state === 'waiting') expect(dueMs).toBeGreaterThan(nowMs)
          }
        }
      }
    }),
  )
})

const command = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('submit' as const),
      mode: fc.constantFrom('async' as const, 'async' as const, 'sync' as const),
      course,
      callback: fc.boolean(),
    }),
  },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('advance' as const), byMs: step }) },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant('go back' as const), byMs: fc.integer({ min: 1, max: 100_000 }) }),
  },
  {
    weight: 3,
    // Outcomes may come at any time, for the oldest or the newest of the attempts on their way.
    arbitrary: fc.record({
      do: fc.constant('record' as const),
      oldest: fc.boolean(),
      outcome: fc.constantFrom<AttemptOutcome>(
        { kind: 'answered', status: 200, wallMs: 0 },
        { kind: 'answered', status: 500, wallMs: 0 },
        { kind: 'failed', error: 'ECONNREFUSED', wallMs: 0 },
        { kind: 'timed-out', wallMs: 0 },
      ),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('train' as const),
      tier: fc.constantFrom('fast' as const, 'standard' as const),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('delete' as const) }) },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('load' as const),
      status: fc.constantFrom('pending' as const, 'running' as const, 'succeeded' as const, 'failed' as const),
      submitted_ago: fc.integer({ min: 59_000, max: 100_000 }),
      finished_ago: fc.nat({ max: 59_000 }),
      ends_in: fc.integer({ min: 1, max: 60_000 }),
    }),
  },
)
type Command = typeof command extends fc.Arbitrary<infer Value> ? Value : never

test('time never goes back: nothing happens earlier than what happened before it, nor at another time than its own', async () => {
  await holds(
    fc.property(
      retries,
      fc.array(command, { minLength: 1, maxLength: 25, size: 'max' }),
      (callbackRetryMs, commands) => {
        const world = new World({ ...LIMITS, callbackRetryMs, keep: 'everything' })
        const account = world.createAccount({ id: 'a', depositMicroUsd: 1_000_000_000 })
        const onTheirWay: ReturnType<typeof world.outbox.takeDue> = []
        let lastMs = world.clock.nowMs
        world.events.on('change', ({ atMs }) => {
          expect(atMs).toBeGreaterThanOrEqual(lastMs)
          expect(atMs).toBe(world.clock.nowMs)
          lastMs = atMs
        })
        for (const command of commands) {
          const beforeMs = world.clock.nowMs
          perform(world, account, onTheirWay, command)
          onTheirWay.push(...world.outbox.takeDue())
          expect(world.clock.nowMs).toBe(command.do === 'advance' ? beforeMs + command.byMs : beforeMs)
          // Nothing is left behind that should have happened already.
          expect(world.nextDueMs() ?? world.clock.nowMs).toBeGreaterThanOrEqual(world.clock.nowMs)
          lastMs = world.clock.nowMs
        }
      },
    ),
  )
})

function perform(
  world: World,
  account: Account,
  onTheirWay: ReturnType<World['outbox']['takeDue']>,
  command: Command,
): void {
  switch (command.do) {
    case 'advance':
      world.runUntil(world.clock.nowMs + command.byMs)
      break
    case 'go back': {
      const toMs = world.clock.nowMs - command.byMs
      world.runUntil(toMs)
      expect(() => world.clock.moveTo(toMs)).toThrow(/time does not run backwards/)
      break
    }
    case 'submit': {
      const { mode, course, callback } = command
      const scenario = world.scenario({ effect: courseEffect(course) })
      const callbackUrl = callback ? 'https://localhost/callback' : null
      world.submit(account, imageRequest({ callbackUrl }), mode)
      world.scenarios.remove(scenario)
      break
    }
    case 'record': {
      const due = command.oldest ? onTheirWay.shift() : onTheirWay.pop()
      if (due) world.outbox.conclude(due, command.outcome)
      break
    }
    case 'train':
      world.profiles.add(account, { image_urls: ['https://example.com/1.jpg'], training_tier: command.tier, tag: null })
      break
    case 'delete': {
      const [profile] = world.profiles.list(account, null)
      if (profile) world.profiles.delete(account, profile.id)
      break
    }
    case 'load': {
      const { status, submitted_ago, finished_ago, ends_in } = command
      const end = status === 'pending' || status === 'running' ? { ends_in } : { finished_ago }
      const job = { account: account.id, status, submitted_ago, ...end }
      world.load({ jobs: [{ ...job, callback_url: 'https://localhost/callback' }] })
    }
  }
}
