import type { Chance } from './chance.ts'
import type { Control, ControlScenario } from './doors.ts'
import type { Known } from './requests.ts'

type WorldControl = ReturnType<Control['worlds']['get']>

/** A call of the control interface, with the words by which a recording names it. */
export interface Lever {
  readonly what: string
  readonly given?: unknown
  pull(world: WorldControl): Promise<unknown>
}

const SCENARIOS: readonly ControlScenario[] = [
  { match: { prompt: 'doomed' }, effect: { fail: 'GENERATION_FAILED', message: 'It was doomed.' }, times: 6 },
  { match: { prompt: 'moderate' }, effect: { fail: 'CONTENT_MODERATION' } },
  { match: { prompt: 'snail' }, effect: { pending: '30s', running: '12m' }, times: 5 },
  { match: { prompt: 'stuck' }, effect: { stuck: 'until-limit' }, times: 3 },
  { match: { prompt: 'stuck forever' }, effect: { stuck: 'forever' }, times: 2 },
  { match: { prompt: 'twice' }, effect: { callback: { fault: 'duplicate' } } },
  { match: { prompt: 'forged' }, effect: { callback: { fault: 'wrong-signature' } } },
  { match: { prompt: 'never told' }, effect: { callback: { fault: 'never' } } },
  { match: { prompt: 'late' }, effect: { callback: { delay: '10m' } } },
  { match: { prompt: 'cheap' }, effect: { settle_micro_usd: 1 } },
  { match: { prompt: 'known', operation: 'edit' }, effect: { known_subjects: { abc123: 1, other: 2 } } },
  { match: { prompt: 'busy' }, effect: { fault: { when: 'before', answer: 503, retry_after: 2 } }, times: 3 },
  { match: { prompt: 'lost' }, effect: { fault: { when: 'after', answer: 'drop' } }, times: 2 },
  { match: { prompt: 'halved' }, effect: { fault: { answer: 'truncate' } }, times: 2 },
  { match: { operation: 'getJob', nth: 4 }, effect: { fault: { answer: 500 } }, times: 1 },
  {
    match: { operation: 'listProfiles' },
    effect: { fault: { when: 'before', answer: 429, retry_after: 0 } },
    times: 1,
  },
  { match: { account: 'bob', probability: 0.5 }, effect: { running: '1m' }, times: 10 },
  { match: { client_request_id: 'order-3' }, effect: { fail: 'INTERNAL' }, times: 1 },
  { match: { operation: 'addProfile' }, effect: { profile_status: 'ERROR' }, times: 1 },
  { id: 'named', match: { prompt: 'lighthouse' }, effect: { running: 5000, pending: '1.5s' }, times: 4 },
  { effect: { fail: 'INPUT_UNREACHABLE', running: '0s' }, times: 1 },
]
const BAD_SCENARIOS: readonly object[] = [
  {},
  { effect: {} },
  { effect: { fail: 'NO_SUCH' } },
  { effect: { running: 'soon' } },
  { effect: { message: 'alone' } },
  { effect: { fault: { answer: 200 } } },
  { effect: { fault: { answer: 503 }, fail: 'TIMEOUT' } },
  { effect: { fault: { retry_after: 3 } } },
  { effect: { fault: { latency: '30d' } } },
  { effect: { fail: 'TIMEOUT' }, times: 0 },
  { effect: { fail: 'TIMEOUT' }, match: { operation: 'fly' } },
  { effect: { fail: 'TIMEOUT' }, match: { promt: 'x' } },
  { effect: { fail: 'TIMEOUT' }, match: { probability: 2 } },
  { effect: { callback: {} } },
  { effect: { knownSubjects: {} } },
  { effect: { settle_micro_usd: 1e13 } },
]

const ACCOUNTS = ['alice', 'alice', 'bob', 'carol', 'broke']

/** A move of the clock. */
export function move(chance: Chance): Lever {
  const by = chance.weighted<string | number>([
    [3, '0s'],
    [6, '500ms'],
    [10, '1s'],
    [12, '2s'],
    [12, 3_000],
    [12, '7s'],
    [10, '16s'],
    [10, '20s'],
    [6, '1m'],
    [3, '10m'],
    [2, '31m'],
    [1.2, '1h30m'],
    [0.5, '6h'],
    [0.7, '24h'],
    [0.4, '25h'],
  ])
  return { what: 'advanceClock', given: { by }, pull: (world) => world.clock.advance(by) }
}

export const settle: Lever = { what: 'settleClock', pull: (world) => world.clock.settle() }

/** Anything else that can be done to a World and leaves it live. */
export function lever(chance: Chance, { jobs, receiverPort }: Known): Lever {
  const at = chance.fraction()
  const job = jobs.at(-1 - Math.floor(at * Math.min(12, jobs.length)))?.id ?? 'none'
  const id = chance.is(0.08) ? chance.pick(['none', 'f'.repeat(32), '']) : job
  const account = chance.is(0.08) ? 'nobody' : chance.pick(ACCOUNTS)
  const scenario = chance.pick(SCENARIOS)
  const bad = chance.pick(BAD_SCENARIOS)
  const amount = chance.pick(['1.00', '25', '0.000001', '-1', 'much', '1e3', '99999999999', '0'])
  const failure = chance.pick([
    { code: 'GENERATION_FAILED' },
    { code: 'TIMEOUT', message: 'By hand.' },
    { code: 'INTERNAL' },
    { code: 'NO_SUCH' },
    { code: 'INTERNAL', message: '' },
    {},
  ])
  const delivery = chance.pick<object>([
    {},
    { fault: 'duplicate', url: `http://127.0.0.1:${receiverPort}/ok` },
    { fault: 'wrong-signature', url: `http://127.0.0.1:${receiverPort}/accepted` },
    { delay: '5s', url: `http://127.0.0.1:${receiverPort}/ok` },
    { url: 'ftp://example.com' },
    { fault: 'never' },
    { delay: 'later' },
  ])
  const which = chance.fraction()
  return chance.weighted<Lever>([
    [14, { what: 'addScenario', given: scenario, pull: (world) => world.scenarios.add(scenario) }],
    [3, { what: 'addScenario', given: bad, pull: (world) => world.scenarios.add(bad as never) }],
    [4, { what: 'removeScenario', given: which, pull: (world) => removeOne(world, which) }],
    [1, { what: 'removeScenario', given: 'none', pull: (world) => world.scenarios.remove('none') }],
    [8, { what: 'stepJob', given: id, pull: (world) => world.jobs.step(id) }],
    [5, { what: 'failJob', given: [id, failure], pull: (world) => world.jobs.fail(id, failure as never) }],
    [3, { what: 'hangJob', given: id, pull: (world) => world.jobs.hang(id) }],
    [6, { what: 'getControlJob', given: id, pull: (world) => world.jobs.get(id) }],
    [6, { what: 'injectDelivery', given: [id, delivery], pull: (world) => world.deliveries.inject(id, delivery) }],
    [6, { what: 'redeliver', given: which, pull: (world) => redeliverOne(world, which) }],
    [1, { what: 'redeliver', given: 'none', pull: (world) => world.deliveries.redeliver('none') }],
    [4, { what: 'deposit', given: [account, amount], pull: (world) => world.accounts.deposit(account, amount) }],
    [2, { what: 'rotateWebhookSecret', given: account, pull: (world) => world.accounts.rotateWebhookSecret(account) }],
    [3, { what: 'getAccount', given: account, pull: (world) => world.accounts.get(account) }],
    [2, { what: 'getLedger', given: account, pull: (world) => world.accounts.ledger(account) }],
    [3, newAccount(chance)],
    [3, search(chance)],
    [2, badMove(chance)],
    [4, settle],
  ])
}

function newAccount(chance: Chance): Lever {
  const account = chance.pick<object>([
    { id: 'alice' },
    { id: `guest-${chance.below(50)}` },
    { id: `guest-${chance.below(50)}`, deposit: '3.50', keys: [`key-guest-${chance.below(50)}`] },
    { id: 'thief', keys: ['key-carol'] },
    { id: '' },
    { id: 'rich', deposit: 5 },
    { id: 'odd', keys: [] },
    { id: 'odd', keys: ['a b'] },
    { name: 'x' },
  ])
  return { what: 'createAccount', given: account, pull: (world) => world.accounts.create(account as never) }
}

function search(chance: Chance): Lever {
  const jobs = chance.pick<object>([{ status: 'failed' }, { operation: 'remix', account: 'bob' }, { status: 'odd' }])
  const deliveries = chance.pick<object>([
    { state: 'exhausted', limit: 20 },
    { search: '/FLAKY', limit: 20 },
    { account: 'bob' },
    { state: 'lost' },
    { limit: 0 },
  ])
  const entries = chance.pick<object>([
    { status: '4xx', limit: 10 },
    { status: 404, limit: 5 },
    { search: 'lighthouse', limit: 5 },
    { operation: 'getJob', account: 'bob', limit: 5 },
    { method: 'DELETE', limit: 5 },
    { status: '6xx' },
    { limit: 'many' },
    { colour: 'red' },
  ])
  const timeline = chance.pick<object>([{ limit: 3 }, { limit: 0 }, { limits: 3 }])
  return chance.pick<Lever>([
    { what: 'listJobs', given: jobs, pull: (world) => world.jobs.list(jobs) },
    { what: 'listDeliveries', given: deliveries, pull: (world) => world.deliveries.list(deliveries) },
    { what: 'listJournal', given: entries, pull: (world) => world.journal.list(entries) },
    { what: 'exportJournal', given: entries, pull: (world) => world.journal.export(entries) },
    { what: 'getTimeline', given: timeline, pull: (world) => world.jobs.timeline(timeline) },
    { what: 'listControlProfiles', given: 'bob', pull: (world) => world.profiles.list({ account: 'bob' }) },
  ])
}

function badMove(chance: Chance): Lever {
  const by = chance.pick<string | number>(['soon', -5, 1.5, '', '99999999d', '1 h'])
  const to = chance.pick([
    'yesterday',
    '2026-02-31T00:00:00Z',
    '2020-01-01T00:00:00Z',
    '2026-06-22',
    '9999-12-31T23:59:60Z',
  ])
  const change = chance.pick<object>([
    {},
    { mode: 'system' },
    { speed: 0 },
    { mode: 'manual', speed: 2e9 },
    { frozen: 1 },
  ])
  return chance.pick<Lever>([
    { what: 'advanceClock', given: by, pull: (world) => world.clock.advance(by) },
    { what: 'setClock', given: to, pull: (world) => world.clock.set(to) },
    { what: 'updateClock', given: change, pull: (world) => world.clock.update(change) },
    { what: 'updateClock', given: { frozen: true }, pull: (world) => world.clock.update({ frozen: true }) },
    { what: 'updateClock', given: { frozen: false }, pull: (world) => world.clock.update({ frozen: false }) },
  ])
}

async function removeOne(world: WorldControl, which: number): Promise<unknown> {
  const scenarios = await world.scenarios.list()
  const { id = 'none' } = scenarios[Math.floor(which * scenarios.length)] ?? {}
  await world.scenarios.remove(id)
  return { removed: id }
}

async function redeliverOne(world: WorldControl, which: number): Promise<unknown> {
  const deliveries = await world.deliveries.list({ limit: 20 })
  return await world.deliveries.redeliver(deliveries[Math.floor(which * deliveries.length)]?.id ?? 'none')
}

/** All that a World shows of itself, of its journal the newest `entries`. */
export function looks(entries: number): readonly Lever[] {
  return [
    { what: 'getWorld', pull: (world) => world.describe() },
    { what: 'getClock', pull: (world) => world.clock.read() },
    { what: 'listJobs', pull: (world) => world.jobs.list() },
    { what: 'getTimeline', pull: (world) => world.jobs.timeline() },
    { what: 'listDeliveries', pull: (world) => world.deliveries.list({ limit: entries }) },
    { what: 'listControlProfiles', pull: (world) => world.profiles.list() },
    { what: 'listScenarios', pull: (world) => world.scenarios.list() },
    ...['alice', 'bob', 'carol', 'broke'].flatMap((account): Lever[] => [
      { what: 'getAccount', given: account, pull: (world) => world.accounts.get(account) },
      { what: 'getLedger', given: account, pull: (world) => world.accounts.ledger(account) },
    ]),
    { what: 'listJournal', given: entries, pull: (world) => world.journal.list({ limit: entries }) },
    { what: 'exportJournal', given: entries, pull: (world) => world.journal.export({ limit: entries }) },
  ]
}
