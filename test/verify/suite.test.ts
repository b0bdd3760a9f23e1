import { expect, test, vi } from 'vitest'
import { startServer } from '../../src/server/index.ts'
import { criteria } from '../../src/verify/criteria.ts'
import { planOf } from '../../src/verify/plan.ts'
import { runCases } from '../../src/verify/run-cases.ts'
import { Session } from '../../src/verify/session.ts'
import { settle, type VerifyOptions } from '../../src/verify/settings.ts'
import type { Finding } from '../../src/verify/verdict.ts'
import { TARGET_KEYS } from './target/target.ts'
import { findings } from './try-defect.ts'

// Seen from outside, time takes its time.
vi.setConfig({ testTimeout: 90_000 })

/** Ids by verdict, those that passed left out. */
function others(found: readonly Finding[]): Record<string, string[]> {
  const grouped = Map.groupBy(
    found.filter(({ verdict }) => verdict !== 'passed'),
    ({ verdict }) => verdict,
  )
  return Object.fromEntries([...grouped].map(([verdict, group]) => [verdict, group.map(({ id }) => id).sort()]))
}

const WITHOUT_LEVERS = [
  ...['charged-once', 'broke-replay', 'retry-after-402', 'after-expiry'].map((name) => `idem.${name}`),
  ...['reserve', 'settle', 'release', 'parity', 'parallel', 'conserved'].map((name) => `bill.${name}`),
  ...['submit.longer-budget', 'submit.no-trace', 'poll.no-effect'],
].sort()

const PHASES = { pendingMs: 200, runningMs: 500, retentionMs: 12_000 }
const BLACK_BOX = { control: 'none', retentionMs: 12_000, callbackWaitMs: 2_000 } as const

async function verifyServer(options: Partial<VerifyOptions>, world: object): Promise<Finding[]> {
  const { default: contents } = await import('../../fixtures/worlds/default.ts')
  const server = await startServer({ port: 0, host: '127.0.0.1', clock: 'real', contents, world })
  try {
    const session = await Session.open(settle({ url: server.publicUrl, ...options }))
    try {
      return await runCases(session)
    } finally {
      await session.close()
    }
  } finally {
    await server.close()
  }
}

test.concurrent('Every rule holds on the server, and none is left out', async () => {
  const found = await verifyServer({}, {})
  expect(found.map(({ id }) => id).sort()).toEqual(criteria.map(({ id }) => id).sort())
  expect(others(found)).toEqual({})
})

test.concurrent('Every rule holds on the independent implementation', async () => {
  expect(others(await findings({}))).toEqual({})
})

const SERVER_KEYS = { key: 'test-key-alice', otherKey: 'test-key-bob', brokeKey: 'test-key-broke' }

test.concurrent('Seen from outside, the server breaks nothing, and what cannot be seen is skipped', async () => {
  const found = await verifyServer({ ...BLACK_BOX, ...SERVER_KEYS }, PHASES)
  expect(others(found)).toEqual({ skipped: WITHOUT_LEVERS })
  for (const { verdict, reason } of found) if (verdict === 'skipped') expect(reason).toContain('--control')
})

test.concurrent('Seen from outside, the independent implementation breaks nothing', async () => {
  const { alice, bob, broke } = TARGET_KEYS
  const keys = { key: alice, otherKey: bob, brokeKey: broke }
  expect(others(await findings({ ...PHASES, control: false }, { ...BLACK_BOX, ...keys }))).toEqual({
    skipped: WITHOUT_LEVERS,
  })
})

/** Only who looks for an expiry waits for one. */
const LEFT_ALONE = { skip: ['poll.retained', 'poll.expired', 'poll.expired-scoped', 'result.expiry'] }
const EXPIRY: Readonly<Record<string, Partial<VerifyOptions>>> = Object.fromEntries(
  ['foreign-job-403', 'no-retry', 'delivers-twice', 'check-then-act', 'callback-at-submit', 'remix-waits'].map((id) => [
    id,
    LEFT_ALONE,
  ]),
)

test.concurrent.each([
  ['foreign-job-403', ['poll.scoped']],
  ['expired-404', ['poll.expired']],
  ['expired-leaks', ['poll.expired-scoped']],
  ['no-retry', ['callback.retry']],
  ['delivers-twice', ['callback.stops']],
  ['check-then-act', ['idem.parallel']],
  [
    'callback-at-submit',
    ['callback.delivered', 'callback.not-before', 'callback.payload', 'callback.stops', 'shape.jobFinished'],
  ],
  ['remix-waits', ['submit.accepted']],
])('Without any lever %s is found all the same', async (defect, mayFail) => {
  const { alice, bob, broke } = TARGET_KEYS
  const keys = { key: alice, otherKey: bob, brokeKey: broke }
  const phases = defect === 'remix-waits' ? { ...PHASES, pendingMs: 500, runningMs: 2_500 } : PHASES
  const found = await findings(
    { ...phases, control: false, defect },
    { ...BLACK_BOX, ...keys, ...EXPIRY[defect], callbackWaitMs: 1_500, jobTimeoutMs: 10_000, timeoutMs: 10_000 },
  )
  const { failed = [] } = others(found)
  expect(failed).not.toEqual([])
  expect(failed.filter((id) => !mayFail.includes(id))).toEqual([])
})

test('A run costs no more than its plan says', async () => {
  const { alice, bob, broke } = TARGET_KEYS
  const options = {
    control: 'none',
    key: alice,
    otherKey: bob,
    brokeKey: broke,
    retentionMs: 12_000,
    callbackWaitMs: 2_000,
  }
  const { startTarget } = await import('./target/target.ts')
  const target = await startTarget({ ...PHASES, control: false })
  const plan = planOf(settle({ url: target.url, ...options }))
  const limit = plan.total
  const session = await Session.open(settle({ url: target.url, ...options, maxSpendMicroUsd: limit }))
  const found = await runCases(session)
  await session.close()
  await target.close()
  expect(others(found)).toEqual({ skipped: WITHOUT_LEVERS })
  expect(session.target.budget.spent).toBeLessThanOrEqual(limit)
  expect(session.target.budget.spent).toBeGreaterThan(0.9 * plan.total)
})

test('Nothing that costs is sent beyond the limit', async () => {
  const { alice } = TARGET_KEYS
  const found = await findings({ ...PHASES, control: false }, { ...BLACK_BOX, key: alice, maxSpendMicroUsd: 0 })
  const skipped = found.filter(({ reason }) => reason?.includes('--max-spend'))
  expect(skipped.length).toBeGreaterThan(20)
  for (const { exchanges } of found) {
    for (const { operation, response } of exchanges) {
      if (['edit', 'generate', 'enhance', 'remix'].includes(operation))
        expect(response?.status).toBeGreaterThanOrEqual(400)
    }
  }
})
