import { type Control, controlBasePath, controlOperations, type Door, openServer } from './doors.ts'
import type { Asked, Exchange, SentBody } from './exchange.ts'
import { Recorder } from './recorder.ts'

type OperationName = keyof typeof controlOperations

const WORLD = 'swept'
/** Of the fixture: a pending, a running and a succeeded job. */
const [PENDING, RUNNING, SUCCEEDED] = [1, 2, 3].map((n) =>
  `${String(n).repeat(8)}4000480008000000000000000`.slice(0, 32),
) as [string, string, string]

/** What each operation can be asked, besides what all are asked; the first one makes sense. */
interface Asking {
  readonly ids?: readonly string[]
  readonly bodies?: readonly object[]
  readonly queries?: readonly string[]
}

const ENTRIES = [
  'limit=2',
  'status=4xx&account=alice',
  'search=x&method=GET&operation=getJob&subject=abc123',
  'status=6xx',
  'limit=0',
  'limit=1&limit=x',
]
const ASKING: Readonly<Record<Exclude<OperationName, 'streamEvents'>, Asking>> = {
  getHealth: { queries: ['x=1'] },
  listWorlds: { queries: ['world=swept'] },
  createWorld: {
    bodies: [
      {
        id: 'made',
        seed: 's',
        start: '2026-06-22T12:00:00.5+02:00',
        clock: { mode: 'manual' },
        accounts: [{ id: 'a' }],
      },
      { id: 'made', start: '2026-06-22T12:00:00Z', clock: { mode: 'manual' } },
      { id: 'Made!', pending: '2', running: -1, retention: '1.5s', start: 'now' },
      { id: 'later', start: '2026-02-30T12:00:00Z' },
      { id: 'later', retention: '1500ms', start: '2026-06-22T12:00:00Z' },
      { fixture: 'nothing', accounts: [{}], allow_callback_hosts: 'x', callback_grace: [] },
      { id: 'later', allow_callback_hosts: ['http://x'] },
      { id: 'later', contents: { jobs: [{ account: 'nobody' }], colour: 'red' } },
      { id: 'later', contents: { jobs: [{ status: 'odd', account: 'a' }] }, accounts: [{ id: 'a' }] },
      { id: 'later', contents: { accounts: [{ id: 'a', deposit: 'much' }] } },
      { id: 'later', accounts: [{ id: 'a', keys: ['swept.alice'] }] },
      { id: 'later', clock: { speed: 0, mode: 'warp' } },
      { clock: { mode: 'manual' }, start: '2026-06-22T12:00:00Z', fixture: 'default' },
    ],
  },
  getWorld: {},
  deleteWorld: {},
  resetWorld: {},
  takeSnapshot: {},
  restoreSnapshot: { bodies: [{ format: 'phota-mock-snapshot/0' }] },
  getClock: {},
  updateClock: {
    bodies: [{ frozen: true }, { mode: 'manual', frozen: false }, {}, { mode: 'system' }, { speed: -1, frozen: 'no' }],
  },
  advanceClock: { bodies: [{ by: '1m' }, { by: 250 }, { by: 'soon' }, { by: '9999999d' }, { by: -1 }, { by: '' }, {}] },
  setClock: {
    bodies: [
      { to: '2026-06-22T13:00:00Z' },
      { to: '2026-06-22T12:00:00Z' },
      { to: '2026-02-31T00:00:00Z' },
      { to: '12:00' },
      { to: 5 },
    ],
  },
  settleClock: {},
  createAccount: {
    bodies: [
      { id: 'carol', deposit: '5.00' },
      { id: 'carol' },
      { id: 'dan', keys: ['swept.alice'] },
      { id: '' },
      { keys: [] },
    ],
  },
  getAccount: { ids: ['alice'] },
  deposit: { ids: ['alice'], bodies: [{ amount: '5.00' }, { amount: 5 }, { amount: '-5' }, { amount: '1.1234567' }] },
  getLedger: { ids: ['alice'] },
  rotateWebhookSecret: { ids: ['alice'] },
  listJobs: {
    queries: ['account=alice&status=failed', 'operation=edit', 'client_request_id=x', 'status=odd', 'account='],
  },
  getControlJob: { ids: [SUCCEEDED] },
  stepJob: { ids: [PENDING] },
  failJob: {
    ids: [RUNNING],
    bodies: [{ code: 'TIMEOUT', message: 'm' }, { code: 'NONE' }, { code: 'TIMEOUT', message: '' }],
  },
  hangJob: { ids: [RUNNING] },
  injectDelivery: {
    ids: [SUCCEEDED],
    bodies: [
      { url: 'https://hooks.example.com/x' },
      {},
      { url: 'x:y' },
      { fault: 'never', delay: 'late', url: '' },
      { delay: '9999999999d', url: 'https://hooks.example.com/x' },
    ],
  },
  getTimeline: { queries: ['limit=2', 'limit=0', 'limit=1000000'] },
  listDeliveries: {
    queries: ['limit=5', 'state=refused', 'state=lost', 'job=x&account=alice&search=hooks', 'search='],
  },
  redeliver: { ids: ['{delivery}'] },
  listControlProfiles: { queries: ['account=alice', 'account=', 'tag=family'] },
  listScenarios: {},
  addScenario: {
    bodies: [
      { match: { prompt: 'doomed' }, effect: { fail: 'GENERATION_FAILED' } },
      { id: 'one', effect: { running: '11m' }, times: 2 },
      { id: 'one', effect: { running: '11m' } },
      { effect: { fail: 'TIMEOUT', fault: { answer: 503 } } },
      { effect: { fault: { answer: 600, when: 'during', latency: '25d' } } },
      { effect: { settle_micro_usd: 9e15, known_subjects: { a: -1 }, profile_status: 'READY' } },
      { match: { operation: 'fly', nth: 0, probability: 2, colour: 'red' }, effect: {} },
    ],
  },
  removeScenario: { ids: ['{scenario}'] },
  listJournal: { queries: ENTRIES },
  exportJournal: { queries: ENTRIES },
}

const JSON_TYPE = { 'content-type': 'application/json' }
const BAD_BODIES: readonly { body: SentBody; headers?: Record<string, string> }[] = [
  { body: '' },
  { body: '{' },
  { body: 'null' },
  { body: '[]' },
  { body: '"text"' },
  { body: '{}' },
  { body: '{"colour":"red","__proto__":{}}' },
  { body: Buffer.from([0xff]) },
  { body: '{}', headers: { 'content-type': 'text/plain' } },
  { body: '{}', headers: { ...JSON_TYPE, 'content-encoding': 'gzip' } },
  { body: `${'{"a":'.repeat(70)}1${'}'.repeat(70)}` },
]

/** Asks each operation of the control API over HTTP what makes sense and what does not, each in a World of its own. */
export async function sweepControl(door: Door, write: (exchange: Exchange) => void): Promise<void> {
  const recorder = new Recorder(door, write)
  for (const path of [
    '/',
    '/openapi.yaml',
    '/openapi.json',
    '/_mock/openapi.yaml',
    '/_mock/openapi.json',
    '/_mock/none',
  ])
    await recorder.askControl('describe', { method: 'GET', path, headers: { accept: 'application/json' } })
  for (const accept of ['text/html', 'text/plain'])
    await recorder.askControl('describe', { method: 'GET', path: '/', headers: { accept } })
  await recorder.askControl('describe', { method: 'POST', path: '/', headers: {} })
  for (const [name, asking] of Object.entries(ASKING)) {
    const given = await prepare(door.control)
    await sweep(recorder, name as keyof typeof ASKING, asking, given)
    await door.control.worlds
      .get(WORLD)
      .remove()
      .catch(() => undefined)
  }
}

interface Given {
  readonly delivery: string
  readonly scenario: string
  readonly snapshot: string
}

async function prepare(control: Control): Promise<Given> {
  const start = '2026-06-22T12:00:00Z'
  const world = await control.worlds.create({
    id: WORLD,
    seed: 's',
    start,
    fixture: 'every-state',
    clock: { mode: 'manual' },
  })
  const scenario = await world.scenarios.add({ id: 'first', effect: { running: '1m' } })
  const { id: delivery } = await world.deliveries.inject(SUCCEEDED, { url: 'https://hooks.example.com/phota' })
  return { scenario, delivery, snapshot: JSON.stringify(await world.snapshot()) }
}

async function sweep(recorder: Recorder, name: keyof typeof ASKING, asking: Asking, given: Given): Promise<void> {
  const { method, path, requestBody } = controlOperations[name]
  const { ids = [], bodies = [], queries = [] } = asking
  const at = (world: string, others: readonly string[]): string => {
    const values = [world, ...others].values()
    const filled = path.replace(/\{[^}]+\}/g, () => values.next().value ?? 'none')
    return controlBasePath + filled.replace('{delivery}', given.delivery).replace('{scenario}', given.scenario)
  }
  const here = at(
    WORLD,
    ids.map((id) => id.replace('{delivery}', given.delivery).replace('{scenario}', given.scenario)),
  )
  const hasBody = requestBody !== null
  const secret = name === 'takeSnapshot' ? 'answer' : null
  const ask = (asked: Partial<Asked>, hidden: typeof secret | 'body' = secret) =>
    recorder.askControl(name, { method, path: here, headers: hasBody ? JSON_TYPE : {}, ...asked }, hidden)
  const good = bodies[0] ?? {}
  const json = hasBody ? { body: JSON.stringify(good) } : {}
  // What is refused comes first, so that it finds the World as it was made.
  // Of nothing at all, `createWorld` makes a World that begins at the wall's present.
  const bad = BAD_BODIES.filter(({ body }) => name !== 'createWorld' || body !== '{}')
  if (hasBody) for (const one of bad) await ask(one)
  await ask({ method: method === 'PUT' ? 'POST' : 'PUT', ...json })
  await ask({ path: `${here}?colour=red`, ...json })
  if (path.includes('{world}')) {
    await ask({ path: at('nowhere', ids), ...json })
    await ask({ path: at('__proto__', ids), ...json })
  }
  if (ids.length > 0) for (const id of ['none', '%zz', '__proto__']) await ask({ path: at(WORLD, [id]), ...json })
  for (const headers of [
    { origin: 'https://evil.example' },
    { 'sec-fetch-site': 'cross-site' },
    { 'x-phota-signature': 'x' },
  ])
    await ask({ headers: { ...headers, ...(hasBody && JSON_TYPE) } as Record<string, string>, ...json })
  for (const query of queries) await ask({ path: `${here}?${query}` })
  for (const body of bodies) await ask({ body: JSON.stringify(body) })
  if (!hasBody) await ask({})
  if (name === 'restoreSnapshot') await ask({ body: given.snapshot }, 'body')
  await recorder.askControl('getWorld', { method: 'GET', path: `${controlBasePath}/worlds/${WORLD}`, headers: {} })
}

/** A server with a token, pages of another origin, a shard's name, and a stricter World. */
export async function playGuarded(write: (exchange: Exchange) => void): Promise<void> {
  const contents = { accounts: [{ id: 'alice', keys: ['key'], deposit: '5' }] }
  const world = { seed: 'strict', startMs: 0, strictProfiles: true, httpsCallbacksOnly: true, retentionMs: 1000 }
  const control = { token: 'secret', hosts: ['mock.test'] }
  const options = {
    contents,
    world,
    control,
    cors: 'https://page.test',
    shard: 'b',
    scenarios: [{ effect: { running: '1m' } }],
  }
  const door = await openServer('guarded', options)
  try {
    const recorder = new Recorder(door, write)
    const key = { 'x-api-key': 'b-key', 'content-type': 'application/json' }
    const submit = { async: true, response_mode: 'urls', prompt: 'x' }
    const generate = (body: object): Asked => ({
      method: 'POST',
      path: '/v1/phota/generate',
      headers: { ...key, origin: 'https://page.test' },
      body: JSON.stringify({ ...submit, ...body }),
    })
    await recorder.ask('submit', generate({}))
    await recorder.ask('submit', generate({ prompt: '[[nobody]]' }))
    await recorder.ask('submit', generate({ callback_url: `http://127.0.0.1:${door.receiver.port}/ok` }))
    await recorder.ask('odd', {
      method: 'OPTIONS',
      path: '/v1/phota/generate',
      headers: { 'access-control-request-method': 'POST' },
    })
    await recorder.ask('odd', { method: 'GET', path: '/v1/phota/webhook-secret', headers: { 'x-api-key': 'key' } })
    const path = `${controlBasePath}/worlds/b-default`
    const token = { authorization: 'Bearer secret', ...JSON_TYPE }
    await recorder.askControl('getWorld', { method: 'GET', path, headers: {} })
    await recorder.askControl('getWorld', { method: 'GET', path, headers: { authorization: 'Bearer guess' } })
    await recorder.askControl('getWorld', { method: 'GET', path, headers: token })
    await recorder.askControl('deleteWorld', { method: 'DELETE', path, headers: token })
    const body = '{"id":"other","start":"2026-06-22T12:00:00Z"}'
    await recorder.askControl('createWorld', {
      method: 'POST',
      path: `${controlBasePath}/worlds`,
      headers: token,
      body,
    })
    for (const by of ['2m', '1s'])
      await recorder.askControl('advanceClock', {
        method: 'POST',
        path: `${path}/clock/advance`,
        headers: token,
        body: `{"by":"${by}"}`,
      })
    await recorder.askControl('listJobs', { method: 'GET', path: `${path}/jobs`, headers: token })
    await recorder.askControl('exportJournal', { method: 'GET', path: `${path}/journal.har`, headers: token })
  } finally {
    await door.close()
  }
}
