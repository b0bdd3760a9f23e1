import { test as base, expect } from 'vitest'
import defaultWorld from '../../fixtures/worlds/default.ts'
import { type RunningServer, startServer } from '../../src/server/server.ts'
import { operations } from '../spec/control/operations.ts'

interface Answer {
  status: number
  // biome-ignore lint/suspicious/noExplicitAny: tests look into bodies of every shape.
  body: any
}

interface Fixtures {
  server: RunningServer
  control: (method: string, path: string, body?: unknown, headers?: Record<string, string>) => Promise<Answer>
}

const test = base.extend<Fixtures>({
  // biome-ignore lint/correctness/noEmptyPattern: vitest reads the fixtures a fixture needs from this pattern.
  server: async ({}, use) => {
    const server = await startServer({ port: 0, clock: 'manual', contents: defaultWorld, checkResponses: true })
    await use(server)
    await server.close(100)
  },
  control: async ({ server }, use) => {
    await use(async (method, path, body, headers = {}) => {
      const response = await fetch(`${server.url}/_mock${path}`, {
        method,
        headers: { ...(body !== undefined && { 'Content-Type': 'application/json' }), ...headers },
        ...(body !== undefined && { body: JSON.stringify(body) }),
      })
      const text = await response.text()
      return { status: response.status, body: text === '' ? null : JSON.parse(text) }
    })
  },
})

async function submit({ url }: RunningServer, key: string): Promise<Answer> {
  const response = await fetch(`${url}/v1/phota/generate`, {
    method: 'POST',
    headers: { 'X-API-Key': key, 'Content-Type': 'application/json' },
    body: JSON.stringify({ prompt: 'a lighthouse', async: true, response_mode: 'urls' }),
  })
  return { status: response.status, body: await response.json() }
}

async function poll({ url }: RunningServer, key: string, id: string): Promise<Answer> {
  const response = await fetch(`${url}/v1/phota/jobs/${id}`, { headers: { 'X-API-Key': key } })
  return { status: response.status, body: await response.json() }
}

test('a day passes in one call, and then the job is 410', async ({ server, control }) => {
  const { body: handle } = await submit(server, 'test-key-alice')
  const { status, body } = await control('POST', '/worlds/default/clock/advance', { by: '25h' })
  expect(status).toBe(200)
  expect(body.counts).toEqual({ 'job.running': 1, 'job.succeeded': 1, 'ledger.booked': 1, 'job.expired': 1 })
  expect(body.events[0]).toEqual({
    at: expect.stringMatching(/Z$/),
    kind: 'job.running',
    account: 'alice',
    id: handle.job_id,
    detail: '',
  })
  expect((await poll(server, 'test-key-alice', handle.job_id)).status).toBe(410)
})

test('the clock is read, set, settled, sped up, frozen and resumed', async ({ server, control }) => {
  await submit(server, 'test-key-alice')
  const { body: before } = await control('GET', '/worlds/default/clock')
  expect(before).toEqual({ now: expect.any(String), mode: 'manual', speed: 1, frozen: false, open_requests: 0 })
  expect((await control('POST', '/worlds/default/clock/settle')).body).toMatchObject({
    counts: { 'job.succeeded': 1 },
    stuck: [],
  })
  const later = new Date(Date.parse(before.now) + 3_600_000).toISOString()
  expect((await control('POST', '/worlds/default/clock/set', { to: later })).status).toBe(200)
  expect((await control('PATCH', '/worlds/default/clock', { mode: 'real', speed: 60 })).body).toMatchObject({
    mode: 'real',
    speed: 60,
  })
  const frozen = await control('PATCH', '/worlds/default/clock', { frozen: true })
  expect((await control('GET', '/worlds/default/clock')).body).toEqual(frozen.body)
  expect((await control('PATCH', '/worlds/default/clock', { frozen: false })).body).toMatchObject({
    mode: 'real',
    frozen: false,
  })
})

test('a World made over HTTP is found by its keys and shares nothing with others', async ({ server, control }) => {
  const made = await control('POST', '/worlds', {
    clock: { mode: 'manual' },
    accounts: [
      { id: 'carol', deposit: '1.00' },
      { id: 'dave', keys: ['key-dave'] },
    ],
  })
  expect(made.status).toBe(201)
  const [carol] = made.body.accounts
  const { status, body: handle } = await submit(server, carol.keys[0])
  expect(status).toBe(202)
  expect((await submit(server, 'key-dave')).status).toBe(402)
  await control('POST', `/worlds/${made.body.id}/clock/advance`, { by: '18s' })
  const { body: job } = await poll(server, carol.keys[0], handle.job_id)
  expect((await fetch(job.result.download_urls[0])).status).toBe(200)
  expect((await poll(server, 'test-key-alice', handle.job_id)).status).toBe(404)
  expect((await control('GET', '/worlds')).body.worlds.map(({ id }: { id: string }) => id)).toEqual([
    'default',
    made.body.id,
  ])
  expect((await control('DELETE', `/worlds/${made.body.id}`)).status).toBe(204)
  expect(await poll(server, carol.keys[0], handle.job_id)).toMatchObject({
    status: 401,
    body: { detail: `The API key is unknown. It was of the World '${made.body.id}', which was removed.` },
  })
})

test('an account that is refused leaves no key behind', async ({ server, control }) => {
  const { body: world } = await control('POST', '/worlds', { accounts: [] })
  const account = { id: 'ghost', keys: ['ghost-key', 'test-key-alice'] }
  expect((await control('POST', `/worlds/${world.id}/accounts`, account)).status).toBe(409)
  expect((await submit(server, 'ghost-key')).status).toBe(401)
  expect((await control('POST', '/worlds/default/accounts', { id: 'heir', keys: ['ghost-key'] })).status).toBe(201)
})

test('a World that is removed answers its open synchronous requests', async ({ server, control }) => {
  const { body: world } = await control('POST', '/worlds', {
    clock: { mode: 'manual' },
    accounts: [{ id: 'carol', keys: ['key-carol'], deposit: '1.00' }],
  })
  const open = fetch(`${server.url}/v1/phota/generate`, {
    method: 'POST',
    headers: { 'X-API-Key': 'key-carol', 'Content-Type': 'application/json' },
    body: JSON.stringify({ prompt: 'a lighthouse' }),
  })
  await expect.poll(async () => (await control('GET', `/worlds/${world.id}/clock`)).body.open_requests).toBe(1)
  await control('DELETE', `/worlds/${world.id}`)
  const response = await open
  expect(response.status).toBe(503)
  expect(await response.json()).toMatchObject({ code: 'SERVICE_UNAVAILABLE' })
})

test('money is added and the ledger read', async ({ server, control }) => {
  expect((await submit(server, 'test-key-broke')).status).toBe(402)
  const { body: account } = await control('POST', '/worlds/default/accounts/broke/deposit', { amount: '0.10' })
  expect(account).toMatchObject({
    deposited_micro_usd: 100_000,
    available_micro_usd: 100_000,
    reserved_micro_usd: 0,
    spent_micro_usd: 0,
  })
  await submit(server, 'test-key-broke')
  const { body: ledger } = await control('GET', '/worlds/default/accounts/broke/ledger')
  expect(ledger.entries.map(({ kind, amount_micro_usd }: never) => [kind, amount_micro_usd])).toEqual([
    ['deposit', 100_000],
    ['reservation', 90_000],
  ])
  expect((await control('POST', '/worlds/default/accounts', { id: 'erin' })).body).toMatchObject({
    id: 'erin',
    keys: [expect.any(String)],
  })
})

test('a scenario decides what becomes of requests until it is removed', async ({ server, control }) => {
  const { body: scenario } = await control('POST', '/worlds/default/scenarios', {
    match: { prompt: 'lighthouse' },
    effect: { fail: 'GENERATION_FAILED', message: 'Too much fog.' },
  })
  const outcome = async () => {
    const { body } = await submit(server, 'test-key-alice')
    await control('POST', '/worlds/default/clock/settle')
    return (await poll(server, 'test-key-alice', body.job_id)).body
  }
  expect((await outcome()).error).toEqual({ code: 'GENERATION_FAILED', message: 'Too much fog.' })
  expect((await control('DELETE', `/worlds/default/scenarios/${scenario.id}`)).status).toBe(204)
  expect((await outcome()).status).toBe('succeeded')
})

const REFUSED = [
  [
    'POST',
    '/worlds/default/clock/advance',
    { by: 'soon' },
    400,
    /^advanceClock: by expects a duration such as .*, received "soon"/,
  ],
  ['POST', '/worlds/default/clock/advance', {}, 400, /^advanceClock: by is missing; expects a duration/],
  ['POST', '/worlds/default/clock/set', { to: '2001-01-01T00:00:00Z' }, 400, /time does not run backwards/],
  ['POST', '/worlds/default/clock/set', { to: 'noon' }, 400, /^to expects an RFC 3339 moment/],
  ['POST', '/worlds/default/clock/advance', { by: '100000000d' }, 400, /^clock\.advance expects .*0000 to 9999/],
  ['POST', '/worlds/default/clock/advance', { by: 1e300 }, 400, /^clock\.advance expects .*0000 to 9999/],
  ['POST', '/worlds/default/clock/set', { to: '+010000-01-01T00:00:00Z' }, 400, /^to expects an RFC 3339 moment/],
  ['PATCH', '/worlds/default/clock', { speed: 0 }, 400, /^updateClock: speed expects a number above 0/],
  ['PATCH', '/worlds/default/clock', { speed: 1e308 }, 400, /^updateClock: speed expects .*, up to 1000000/],
  ['GET', '/worlds/nowhere/clock', undefined, 404, "There is no World 'nowhere'; there are: default."],
  [
    'GET',
    '/worlds/default/accounts/nobody',
    undefined,
    404,
    "There is no account 'nobody'; there are: alice, bob, broke.",
  ],
  ['DELETE', '/worlds/default/scenarios/x', undefined, 404, "There is no scenario 'x'; there are none."],
  ['POST', '/worlds/default/accounts', { id: 'alice' }, 409, "createAccount: the account 'alice' exists already"],
  ['POST', '/worlds', { accounts: [{ id: 'a', keys: ['test-key-alice'] }] }, 409, /test-key-alice/],
  ['POST', '/worlds', { id: 'default' }, 409, "A World 'default' is already live."],
  ['POST', '/worlds', { start: 'yesterday' }, 400, /^start expects/],
  ['POST', '/worlds', { allow_callback_hosts: ['http://a.test'] }, 400, /allowCallbackHosts expects a list of hosts/],
  ['POST', '/worlds', { start: '1' }, 400, /^start expects an RFC 3339 moment .*received '1'/],
  ['POST', '/worlds', { start: '2026-02-31T00:00:00Z' }, 400, /^start expects/],
  [
    'POST',
    '/worlds/default/accounts',
    { id: 'x', deposit: '99999999999999' },
    400,
    /^createAccount: deposit expects US dollars .* below a billion/,
  ],
  ['POST', '/worlds/default/accounts', { id: 'x', keys: ['a b'] }, 400, /^a key is printable ASCII/],
  [
    'POST',
    '/worlds',
    { accounts: [{ id: 'x', keys: ['a b'] }] },
    400,
    /^createWorld: accounts\[0\]: a key is printable ASCII/,
  ],
  [
    'POST',
    '/worlds/default/accounts/alice/deposit',
    { amount: '-1' },
    400,
    /^deposit: amount expects US dollars as a text such as '5\.00'/,
  ],
  ['DELETE', '/worlds/default', undefined, 400, 'The default World stays; delete others.'],
  ['PUT', '/worlds', undefined, 405, 'PUT is not allowed here; allowed: GET, POST.'],
  ['GET', '/nothing', undefined, 404, 'There is no /_mock/nothing in the control API.'],
] as const

for (const [method, path, body, status, message] of REFUSED) {
  test(`${method} ${path} ${body ? JSON.stringify(body) : ''} is ${status} with one sentence, and changes nothing`, async ({
    control,
  }) => {
    const before = await control('GET', '/worlds')
    expect(await control(method, path, body)).toEqual({
      status,
      body: { message: typeof message === 'string' ? message : expect.stringMatching(message) },
    })
    expect(await control('GET', '/worlds')).toEqual(before)
  })
}

test('a clock at the end of time answers on, and nothing falls due beyond it', async ({ server, control }) => {
  await submit(server, 'test-key-alice')
  const end = '9999-12-31T23:59:59.999Z'
  expect((await control('POST', '/worlds/default/clock/set', { to: end })).status).toBe(200)
  const { body: handle } = await submit(server, 'test-key-alice')
  await control('PATCH', '/worlds/default/clock', { mode: 'real', speed: 1_000_000 })
  await control('PATCH', '/worlds/default/clock', { mode: 'auto' })
  expect((await poll(server, 'test-key-alice', handle.job_id)).body.status).toBe('pending')
  expect((await control('POST', '/worlds/default/clock/settle')).status).toBe(200)
  expect((await control('GET', '/worlds')).body.worlds[0].clock.now).toBe(end)
})

test('ids and keys that are derived are such as are free', async ({ control }) => {
  expect((await control('POST', '/worlds', { id: 'w1' })).status).toBe(201)
  expect((await control('POST', '/worlds', {})).body.id).toBe('w2')
  const scenario = (id?: string) =>
    control('POST', '/worlds/w1/scenarios', { ...(id && { id }), effect: { fail: 'TIMEOUT' } })
  await scenario('scenario-1')
  expect((await scenario()).body.id).toBe('scenario-2')
  expect((await scenario('scenario-1')).status).toBe(409)
  await control('POST', '/worlds', { id: 'c', accounts: [{ id: 'd-e' }] })
  expect((await control('POST', '/worlds', { id: 'c-d', accounts: [{ id: 'e' }] })).status).toBe(201)
  for (const id of ['a', 'b']) {
    const made = await control('POST', '/worlds', { id, seed: 'same', accounts: [{ id: 'Mary Ann' }] })
    expect(made.status).toBe(201)
    expect((await control('POST', `/worlds/${id}/accounts`, { id: 'Zoë' })).status).toBe(201)
  }
})

test('what a change of the clock leaves out stays', async ({ control }) => {
  await control('PATCH', '/worlds/default/clock', { mode: 'real', speed: 60 })
  expect((await control('PATCH', '/worlds/default/clock', { mode: 'real' })).body).toMatchObject({ speed: 60 })
  await control('PATCH', '/worlds/default/clock', { frozen: true })
  expect((await control('PATCH', '/worlds/default/clock', { speed: 2 })).body).toMatchObject({
    mode: 'real',
    speed: 2,
    frozen: true,
  })
})

test('the moment that a result ends at can be set', async ({ control }) => {
  await control('POST', '/worlds', { id: 'w', start: '2026-06-22T12:00:00.250+00:00', clock: { mode: 'manual' } })
  const { body } = await control('POST', '/worlds/w/clock/settle')
  expect(body.now).toBe('2026-06-22T12:00:00.250Z')
  expect((await control('POST', '/worlds/w/clock/set', { to: body.now })).status).toBe(200)
})

test('every answer is as control.yaml says', async ({ control }) => {
  const answers = [
    ['listWorlds', await control('GET', '/worlds')],
    ['createWorld', await control('POST', '/worlds', { accounts: [{ id: 'a' }] })],
    ['getClock', await control('GET', '/worlds/default/clock')],
    ['settleClock', await control('POST', '/worlds/default/clock/settle')],
    ['getAccount', await control('GET', '/worlds/default/accounts/alice')],
    ['getLedger', await control('GET', '/worlds/default/accounts/alice/ledger')],
    ['getAccount', await control('GET', '/worlds/default/accounts/nobody')],
    ['addScenario', await control('POST', '/worlds/default/scenarios', { effect: { stuck: 'forever' } })],
  ] as const
  for (const [operationId, { status, body }] of answers) {
    const validate = operations[operationId].responses[status]?.validate
    validate?.(body)
    expect(validate, `${operationId} ${status}`).toBeTypeOf('function')
    expect(validate?.errors ?? null, `${operationId} ${status}`).toBeNull()
  }
})
