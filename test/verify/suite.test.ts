import { expect, test, vi } from 'vitest'
import { startServer } from '../../src/server/index.ts'
import { criteria } from '../../src/verify/criteria.ts'
import { planOf } from '../../src/verify/plan.ts'
import { runCases } from '../../src/verify/run-cases.ts'
import { Session } from '../../src/verify/session.ts'
import { resolveOptions, type VerifyOptions } from '../../src/verify/settings.ts'
import type { Finding } from '../../src/verify/verdict.ts'
import { told } from './mutant.ts'
import { sampleOf } from './sample.ts'
import { startTarget, TARGET_KEYS } from './target/target.ts'
import { findings, PATIENCE } from './try-defect.ts'

// Seen from outside, time takes its time.
vi.setConfig({ testTimeout: 90_000 })

/** Ids by verdict, those that passed, or hold in part, left out. */
function others(found: readonly Finding[]): Record<string, string[]> {
  const grouped = Map.groupBy(
    found.filter(({ verdict }) => verdict !== 'passed' && verdict !== 'partial'),
    ({ verdict }) => verdict,
  )
  return Object.fromEntries([...grouped].map(([verdict, group]) => [verdict, group.map(({ id }) => id).sort()]))
}

/** What is said to be broken, or could not be judged, with the reason. */
function blamed(found: readonly Finding[]): string[] {
  return found.filter(({ verdict }) => verdict === 'failed' || verdict === 'error').map(told)
}

const WITHOUT_LEVERS = [
  ...['charged-once', 'broke-replay', 'retry-after-402', 'after-expiry'].map((name) => `idem.${name}`),
  ...['reserve', 'settle', 'release', 'parity', 'parallel', 'conserved'].map((name) => `bill.${name}`),
  ...['submit.longer-budget', 'submit.no-trace', 'poll.no-effect'],
].sort()

const PHASES = { pendingMs: 200, runningMs: 500, retentionMs: 20_000 }
const KEYS = { key: TARGET_KEYS.alice, otherKey: TARGET_KEYS.bob, brokeKey: TARGET_KEYS.broke }
const BLACK_BOX = { ...PATIENCE, control: 'none', retentionMs: 20_000, callbackWaitMs: 2_500 } as const

/** On a machine that is busy, a look before the expiry may come after it: then it judges nothing. */
function isInTime({ id, verdict }: Finding): boolean {
  return verdict !== 'skipped' || !['poll.retained', 'result.expiry'].includes(id)
}

async function verifyServer(options: Partial<VerifyOptions>, world: object): Promise<Finding[]> {
  const { default: contents } = await import('../../fixtures/worlds/default.ts')
  const server = await startServer({ port: 0, host: '127.0.0.1', clock: 'real', contents, world })
  try {
    const session = await Session.open(resolveOptions({ url: server.publicUrl, ...options }))
    try {
      return await runCases(session)
    } finally {
      await session.close()
    }
  } finally {
    await server.close()
  }
}

test('A run in real money costs less than $12 by its plan, and a quick one less than $3', () => {
  const options = { url: 'http://127.0.0.1:9', control: 'none', ...KEYS }
  expect(planOf(resolveOptions(options)).total).toBeLessThan(12_000_000)
  expect(planOf(resolveOptions({ ...options, depth: 'quick' })).total).toBeLessThan(3_000_000)
})

test.concurrent('Every rule holds on the server, and none is left out', async () => {
  const found = await verifyServer({}, {})
  expect(found.map(({ id }) => id).sort()).toEqual(criteria.map(({ id }) => id).sort())
  expect(others(found)).toEqual({})
  expect(found.filter(({ verdict }) => verdict === 'partial')).toEqual([])
})

test.concurrent('Every rule holds on the independent implementation, also one at a time', async () => {
  expect(others(await findings({}, { ...PATIENCE, concurrency: 1 }))).toEqual({})
})

test.concurrent('A server that answers as FastAPI does breaks nothing', async () => {
  expect(blamed(await findings({ dialect: 'fastapi' }, PATIENCE))).toEqual([])
})

test.concurrent('A server that answers as FastAPI does breaks nothing that can be seen from outside', async () => {
  const found = await findings(
    { ...PHASES, control: false, dialect: 'fastapi' },
    { ...BLACK_BOX, ...KEYS, without: ['profiles'] },
  )
  expect(blamed(found)).toEqual([])
})

const SERVER_KEYS = { key: 'test-key-alice', otherKey: 'test-key-bob', brokeKey: 'test-key-broke' }

test.concurrent('Seen from outside, the server breaks nothing, and what cannot be seen is skipped', async () => {
  const found = await verifyServer({ ...BLACK_BOX, ...SERVER_KEYS }, PHASES)
  expect(others(found.filter(isInTime))).toEqual({ skipped: WITHOUT_LEVERS })
  for (const { verdict, reason } of found.filter(isInTime))
    if (verdict === 'skipped') expect(reason).toContain('--control')
})

test.concurrent('Seen from outside, the independent implementation breaks nothing, and costs what the plan says', async () => {
  const target = await startTarget({ ...PHASES, control: false })
  const options = { url: target.url, ...BLACK_BOX, ...KEYS }
  const { total } = planOf(resolveOptions(options))
  const session = await Session.open(resolveOptions({ ...options, maxSpendMicroUsd: total }))
  const found = await runCases(session)
  await session.close()
  await target.close()
  expect(others(found.filter(isInTime))).toEqual({ skipped: WITHOUT_LEVERS })
  const { spent } = session.target.budget
  expect(spent).toBeLessThanOrEqual(total)
  expect(spent).toBeGreaterThan(0.9 * total)
})

/** Only who looks for an expiry waits for one. */
const WITHOUT_EXPIRY = { skip: ['poll.retained', 'poll.expired', 'poll.expired-scoped', 'result.expiry'] }
const WITH_EXPIRY = ['expired-404', 'expired-leaks']

const SEEN_FROM_OUTSIDE: readonly (readonly [defect: string, verdict: 'failed' | 'error', mayBe: string[]])[] = [
  ['foreign-job-403', 'failed', ['poll.scoped']],
  ['expired-404', 'failed', ['poll.expired']],
  ['expired-leaks', 'failed', ['poll.expired-scoped']],
  // How far apart attempts lie is open, so that what did not come is no failure.
  ['no-retry', 'error', ['callback.retry']],
  ['delivers-twice', 'failed', ['callback.stops']],
  ['check-then-act', 'failed', ['idem.parallel']],
  ['callback-at-submit', 'failed', ['callback.not-before', 'callback.payload', 'callback.stops', 'shape.jobFinished']],
  ['remix-waits', 'failed', ['submit.accepted']],
]

// Each waits half a minute: some of them, others each time.
const TRIED = sampleOf(SEEN_FROM_OUTSIDE, process.env['CI'] ? 4 : 2)

test.concurrent.each(TRIED)('Without any lever %s is found all the same: %s', async (defect, verdict, mayBe) => {
  const phases = defect === 'remix-waits' ? { ...PHASES, pendingMs: 500, runningMs: 2_500 } : PHASES
  const found = await findings(
    { ...phases, control: false, defect },
    {
      ...BLACK_BOX,
      ...KEYS,
      ...(WITH_EXPIRY.includes(defect) ? {} : WITHOUT_EXPIRY),
      callbackWaitMs: 2_500,
      jobTimeoutMs: 10_000,
      timeoutMs: 10_000,
    },
  )
  const { failed = [], error = [] } = others(found)
  const named = verdict === 'failed' ? failed : error
  expect(named).not.toEqual([])
  expect([...failed, ...error].filter((id) => !mayBe.includes(id))).toEqual([])
})

test.concurrent('Nothing that costs is sent beyond the limit', async () => {
  const found = await findings({ ...PHASES, control: false }, { ...BLACK_BOX, key: KEYS.key, maxSpendMicroUsd: 0 })
  const skipped = found.filter(({ reason }) => reason?.includes('--max-spend'))
  expect(skipped.length).toBeGreaterThan(20)
  for (const { exchanges } of found) {
    for (const { operation, response } of exchanges) {
      if (['edit', 'generate', 'enhance', 'remix'].includes(operation))
        expect(response?.status).toBeGreaterThanOrEqual(400)
    }
  }
})
