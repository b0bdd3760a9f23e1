import { createHmac } from 'node:crypto'
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, expect, test } from 'vitest'
import { startTarget, TARGET_KEYS, type Target, type TargetOptions } from './target.ts'

interface Reply {
  status: number
  headers: Headers
  // biome-ignore lint/suspicious/noExplicitAny: whatever JSON came back
  body: any
}

const opened: { close(): Promise<void> }[] = []
afterEach(async () => {
  for (const one of opened.splice(0)) await one.close()
})

async function target(options: TargetOptions = {}): Promise<Target> {
  const started = await startTarget(options)
  opened.push(started)
  return started
}

async function call(url: string, method: string, key: string | null, body?: unknown): Promise<Reply> {
  const response = await fetch(url, {
    method,
    headers: { ...(key !== null && { 'x-api-key': key }), 'content-type': 'application/json' },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  })
  const text = await response.text()
  const isJson = response.headers.get('content-type') === 'application/json'
  return { status: response.status, headers: response.headers, body: isJson ? JSON.parse(text) : text }
}

/** A world with a clock that stands still, and calls with its keys. */
async function world(options: TargetOptions = {}, deposit = '10.00') {
  const { url } = await target(options)
  const mock = async (method: string, path: string, body?: unknown): Promise<Reply> =>
    await call(`${url}/_mock/worlds/w${path}`, method, null, body)
  const created = await call(`${url}/_mock/worlds`, 'POST', null, {
    id: 'w',
    start: '2026-06-22T12:00:00Z',
    clock: { mode: 'manual' },
    accounts: [{ id: 'ann', keys: ['ann'], deposit }, { id: 'ben' }],
  })
  expect(created.status).toBe(201)
  const money = async (): Promise<number[]> => {
    const { body } = await mock('GET', '/accounts/ann')
    return [body.available_micro_usd, body.reserved_micro_usd, body.spent_micro_usd]
  }
  const advance = (by: string): Promise<Reply> => mock('POST', '/clock/advance', { by })
  const post = (path: string, body: unknown, key = 'ann'): Promise<Reply> =>
    call(`${url}/v1/phota${path}`, 'POST', key, body)
  const get = (path: string, key: string | null = 'ann'): Promise<Reply> => call(`${url}/v1/phota${path}`, 'GET', key)
  return { url, created: created.body, mock, money, advance, post, get }
}

async function receiver(statuses: number[]) {
  const seen: { body: string; headers: IncomingHttpHeaders }[] = []
  const server: Server = createServer(async (request, response) => {
    let body = ''
    for await (const chunk of request) body += chunk
    seen.push({ body, headers: request.headers })
    const status = statuses[seen.length - 1] ?? 204
    if (status > 0) response.writeHead(status).end()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()))
  opened.push({
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  })
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`, seen }
}

const INPUT = 'https://example.com/a.jpg'
const BODIES = {
  edit: { prompt: 'x', images: [INPUT] },
  generate: { prompt: 'x' },
  enhance: { image: INPUT },
  remix: { input_image: INPUT, reference_image: INPUT },
}
const ASYNC = { async: true, response_mode: 'urls' }

test('Each image endpoint answers in both modes, and both cost the same', async () => {
  const { mock, post, get, money } = await world()
  for (const [operation, body] of Object.entries(BODIES)) {
    const before = await money()
    const sync = post(`/${operation}`, body)
    await expect.poll(async () => (await mock('GET', '/clock')).body.open_requests).toBe(1)
    await mock('POST', '/clock/settle')
    const { status, body: result } = await sync
    expect(status).toBe(200)
    expect(result).toEqual({
      images: [expect.stringMatching(/^\/9j\//)],
      download_urls: [],
      known_subjects: { counts: {} },
    })
    const between = await money()
    const handle = await post(`/${operation}`, { ...body, ...ASYNC, num_output_images: 2 })
    expect(handle.status).toBe(202)
    expect(handle.headers.get('x-request-id')).toMatch(/^[0-9a-f]{32}$/)
    const id = handle.body.job_id
    expect(handle.body).toEqual({ job_id: id, status: 'pending', poll_url: `/v1/phota/jobs/${id}` })
    await mock('POST', '/clock/settle')
    const job = (await get(`/jobs/${id}`)).body
    expect(job).toMatchObject({ job_id: id, status: 'succeeded', operation, error: null, result: { images: [] } })
    const after = await money()
    expect(after[1]).toBe(0)
    expect((after[2] ?? 0) - (between[2] ?? 0)).toBe(2 * ((between[2] ?? 0) - (before[2] ?? 0)))
    const urls: string[] = job.result.download_urls
    expect(new Set(urls).size).toBe(2)
    for (const url of urls) {
      const download = await fetch(url)
      expect([download.status, download.headers.get('content-type')]).toEqual([200, 'image/jpeg'])
      for (const forged of [url.replace(/token=./, 'token=z'), url.replace(/\d$/, 'x'), url.replace('.jpg', '1.jpg')]) {
        expect((await fetch(forged)).ok).toBe(false)
      }
    }
  }
})

test('A job moves on with the clock, is kept for 24 hours, and belongs to one account', async () => {
  const { advance, post, get, money } = await world()
  const id = (await post('/generate', { ...BODIES.generate, ...ASYNC })).body.job_id
  expect(await money()).toEqual([9_910_000, 90_000, 0])
  const unfinished = { result: null, error: null, completed_at: null, created_at: '2026-06-22T12:00:00Z' }
  expect((await get(`/jobs/${id}`)).body).toMatchObject({ status: 'pending', ...unfinished })
  await advance('2s')
  expect((await get(`/jobs/${id}`)).body).toMatchObject({ status: 'running', ...unfinished })
  await advance('16s')
  const done = (await get(`/jobs/${id}`)).body
  expect(done).toMatchObject({ status: 'succeeded', completed_at: '2026-06-22T12:00:18Z' })
  expect(await money()).toEqual([9_910_000, 0, 90_000])

  const without = ({ status, body }: Reply): unknown => ({ status, ...body, request_id: null })
  const unknown = await get('/jobs/0', 'w-ben-key')
  expect(without(await get(`/jobs/${id}`, 'w-ben-key'))).toEqual(without(unknown))
  await advance('86399s')
  expect((await get(`/jobs/${id}`)).body).toEqual(done)
  expect((await fetch(done.result.download_urls[0])).status).toBe(200)
  await advance('1s')
  expect((await get(`/jobs/${id}`)).body).toMatchObject({ code: 'JOB_EXPIRED' })
  expect((await get(`/jobs/${id}`)).status).toBe(410)
  expect((await get(`/jobs/${id}`, 'w-ben-key')).status).toBe(404)
  expect((await fetch(done.result.download_urls[0])).status).toBe(403)
})

test('Callbacks are signed, repeated until heard, and equal the poll', async () => {
  const { advance, post, get } = await world()
  const { url, seen } = await receiver([500, 0])
  const secret = (await get('/webhook-secret')).body.webhook_signing_secret
  const id = (await post('/generate', { ...BODIES.generate, ...ASYNC, callback_url: url })).body.job_id
  await advance('17999ms')
  expect(seen).toHaveLength(0)
  await advance('1ms')
  expect(seen).toHaveLength(1)
  await advance('1s')
  expect(seen).toHaveLength(2)
  await advance('14s')
  expect(seen).toHaveLength(2)
  await advance('25h')
  expect(seen).toHaveLength(3)
  for (const { body, headers } of seen) {
    expect(body).toBe(seen[0]?.body)
    expect(headers['content-type']).toBe('application/json')
    expect(headers['x-phota-signature']).toBe(`sha256=${createHmac('sha256', secret).update(body).digest('hex')}`)
  }
  expect(JSON.parse(seen[0]?.body ?? '')).toMatchObject({ job_id: id, status: 'succeeded' })
})

test('Scenarios fail, delay and price work; failure is refunded', async () => {
  const { mock, post, get, money } = await world()
  const scenario = (body: unknown): Promise<Reply> => mock('POST', '/scenarios', body)
  const { body: doomed } = await scenario({ match: { prompt: 'doomed' }, effect: { fail: 'GENERATION_FAILED' } })
  await scenario({ match: { prompt: 'slow' }, effect: { running: '11m' } })
  await scenario({ match: { prompt: 'dear' }, effect: { settle_micro_usd: 123, known_subjects: { p: 2 } } })
  await scenario({ match: { prompt: 'stuck' }, effect: { stuck: 'forever' } })
  const run = async (prompt: string): Promise<Record<string, unknown>> => {
    const { body } = await post('/generate', { prompt, ...ASYNC })
    await mock('POST', '/clock/settle')
    return (await get(`/jobs/${body.job_id}`)).body
  }
  expect(await run('doomed')).toMatchObject({ status: 'failed', result: null, error: { code: 'GENERATION_FAILED' } })
  expect(await run('slow')).toMatchObject({ status: 'succeeded' })
  expect(await run('dear')).toMatchObject({ result: { known_subjects: { counts: { p: 2 } } } })
  expect(await money()).toEqual([9_909_877, 0, 90_123])
  const stuck = await post('/generate', { prompt: 'stuck', ...ASYNC })
  expect((await mock('POST', '/clock/settle')).body.stuck).toEqual([stuck.body.job_id])
  const sync = post('/generate', { prompt: 'slow' })
  await expect.poll(async () => (await mock('GET', '/clock')).body.open_requests).toBe(1)
  await mock('POST', '/clock/settle')
  expect((await sync).status).toBe(504)
  expect((await mock('DELETE', `/scenarios/${doomed.id}`)).status).toBe(204)
  expect(await run('doomed')).toMatchObject({ status: 'succeeded' })
})

test('A client_request_id makes one job, and a 402 none', async () => {
  const { mock, post, money } = await world({}, '0.09')
  const submit = (id: string, more: object = {}): Promise<Reply> =>
    post('/generate', { prompt: 'x', ...ASYNC, client_request_id: id, ...more })
  const replies = await Promise.all(Array.from({ length: 8 }, () => submit('a')))
  expect(new Set(replies.map((reply) => reply.body.job_id)).size).toBe(1)
  expect(await money()).toEqual([0, 90_000, 0])
  expect((await submit('a', { prompt: 'y' })).body.job_id).toBe(replies[0]?.body.job_id)
  expect(await submit('b')).toMatchObject({ status: 402, body: { code: 'INSUFFICIENT_BALANCE' } })
  await mock('POST', '/accounts/ann/deposit', { amount: '0.09' })
  expect((await submit('b')).status).toBe(202)
  await mock('POST', '/clock/advance', { by: '25h' })
  await mock('POST', '/accounts/ann/deposit', { amount: '0.09' })
  expect((await submit('a')).body.job_id).not.toBe(replies[0]?.body.job_id)
  const kinds = (await mock('GET', '/accounts/ann/ledger')).body.entries.map((entry: { kind: string }) => entry.kind)
  expect(kinds.slice(0, 4)).toEqual(['deposit', 'reservation', 'deposit', 'reservation'])
})

test.each([
  [{ async: true }, 422, ['response_mode']],
  [{ async: true, response_mode: 'bytes' }, 422, ['response_mode']],
  [{ callback_url: 'https://example.com/' }, 422, ['callback_url']],
  [{ async: false, callback_url: 'https://example.com/' }, 422, ['callback_url']],
  [{ ...ASYNC, callback_url: 'http://example.com/' }, 422, ['callback_url']],
  [{ ...ASYNC, callback_url: 'nonsense' }, 422, ['callback_url']],
  [{ num_output_images: 5, output_format: 'gif' }, 422, ['num_output_images', 'output_format']],
  [{ base_model: 'reve', resolution: '4K' }, 400, []],
])('%j is %i', async (fields, status, named) => {
  const { url } = await target()
  const reply = await call(`${url}/v1/phota/generate`, 'POST', TARGET_KEYS.alice, { prompt: 'x', ...fields })
  expect(reply.status).toBe(status)
  expect(reply.body.request_id).toBe(reply.headers.get('x-request-id'))
  if (status === 422) expect(reply.body.detail.map((one: { loc: string[] }) => one.loc[1])).toEqual(named)
})

test('The default world runs by the wall, asks for keys, and can be served alone', async () => {
  const { url } = await target({ control: false, pendingMs: 20, runningMs: 30, retentionMs: 2500 })
  const generate = (key: string | null): Promise<Reply> =>
    call(`${url}/v1/phota/generate`, 'POST', key, { prompt: '[[abc123]]', ...ASYNC })
  expect((await generate(null)).status).toBe(403)
  expect((await generate('nobody')).status).toBe(401)
  expect((await generate(TARGET_KEYS.broke)).status).toBe(402)
  const { job_id: id } = (await generate(TARGET_KEYS.alice)).body
  const poll = (): Promise<Reply> => call(`${url}/v1/phota/jobs/${id}`, 'GET', TARGET_KEYS.alice)
  await expect
    .poll(async () => (await poll()).body)
    .toMatchObject({ status: 'succeeded', result: { known_subjects: { counts: { abc123: 1 } } } })
  await expect.poll(async () => (await poll()).status).toBe(410)
  expect((await call(`${url}/_mock/worlds`, 'GET', null)).status).toBe(404)
  expect((await call(`${url}/v1/phota/edit`, 'GET', TARGET_KEYS.alice)).status).toBe(405)
})

test('Profiles are trained, listed, shown and deleted', async () => {
  const { url, advance, post, get, money } = await world()
  const images = Array.from({ length: 5 }, (_, nth) => `https://example.com/${nth}.jpg`)
  expect((await post('/profiles/add', { image_urls: images })).status).toBe(422)
  const added = await post('/profiles/add', { image_urls: images, training_tier: 'fast', tag: 'me' })
  const id = added.body.profile_id
  expect((await get(`/profiles/${id}/status`)).body).toEqual({ profile_id: id, status: 'VALIDATING', message: '' })
  expect((await get(`/profiles/${id}/profile_picture`)).status).toBe(404)
  await advance('3m')
  expect(await money()).toEqual([8_510_000, 0, 1_490_000])
  expect((await get('/profiles/ids?tag=me')).body).toEqual({
    profiles: [{ profile_id: id, status: 'READY', tag: 'me' }],
  })
  const picture = await get(`/profiles/${id}/profile_picture`)
  expect([picture.status, picture.headers.get('content-type')]).toEqual([200, 'image/jpeg'])
  expect((await get(`/profiles/${id}/status`, 'w-ben-key')).status).toBe(404)
  const remove = (): Promise<Reply> => call(`${url}/v1/phota/profiles/${id}`, 'DELETE', 'ann')
  expect((await remove()).body).toEqual({ profile_id: id, status: 'ok' })
  expect((await remove()).status).toBe(404)
})

test('Worlds can be made and removed, and clocks changed', async () => {
  const { url, mock, created, get } = await world()
  expect(created.clock).toMatchObject({ now: '2026-06-22T12:00:00.000Z', mode: 'manual', open_requests: 0 })
  expect((await call(`${url}/_mock/worlds`, 'POST', null, { id: 'w' })).status).toBe(409)
  expect((await mock('POST', '/clock/set', { to: '2026-06-22T11:00:00Z' })).status).toBe(400)
  expect((await mock('POST', '/clock/set', { to: '2026-06-22T13:00:00Z' })).body.now).toBe('2026-06-22T13:00:00.000Z')
  expect((await mock('PATCH', '/clock', { mode: 'real', frozen: true })).body.frozen).toBe(true)
  expect((await mock('POST', '/accounts', { id: 'cat', keys: ['cat'] })).status).toBe(201)
  expect((await mock('GET', '/accounts/dan')).status).toBe(404)
  expect((await get('/webhook-secret', 'cat')).status).toBe(200)
  expect((await mock('DELETE', '')).status).toBe(204)
  expect((await get('/webhook-secret', 'cat')).status).toBe(401)
})
