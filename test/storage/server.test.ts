import { createServer, type IncomingHttpHeaders } from 'node:http'
import type { AddressInfo } from 'node:net'
import { onTestFinished, test } from 'vitest'
import defaultWorld from '../../fixtures/worlds/default.ts'
import type { Control } from '../../src/control/control.ts'
import { connect } from '../../src/control/index.ts'
import { startServer } from '../../src/server/server.ts'
import type { ServerOptions } from '../../src/server/server-options.ts'
import { emptyFolder } from './keeping.ts'

const GENERATE = { prompt: 'a lighthouse', async: true, response_mode: 'urls' }

interface Run {
  url: string
  levers: Control
  close(): Promise<void>
}

async function start(data: string, options: ServerOptions = {}): Promise<Run> {
  const server = await startServer({ port: 0, clock: 'manual', contents: defaultWorld, data, ...options })
  let isClosed = false
  const close = async (): Promise<void> => {
    if (!isClosed) await server.close(100)
    isClosed = true
  }
  onTestFinished(close)
  return { url: server.url, levers: connect(server.url), close }
}

interface Answer {
  status: number
  body: { job_id: string; status: string; result: unknown; request_id?: string }
  requestId: string | null
}

async function ask(url: string, path: string, body?: object, key = 'test-key-alice'): Promise<Answer> {
  const response = await fetch(`${url}/v1/phota${path}`, {
    headers: { 'X-API-Key': key, 'Content-Type': 'application/json' },
    ...(body && { method: 'POST', body: JSON.stringify(body) }),
  })
  return {
    status: response.status,
    body: (await response.json()) as Answer['body'],
    requestId: response.headers.get('x-request-id'),
  }
}

/** A receiver that answers with the next of these statuses each time, and hangs where there is none. */
async function receiver(statuses: (number | null)[]): Promise<{ url: string; received: Received[] }> {
  const received: Received[] = []
  const server = createServer((request, response) => {
    let body = ''
    request.setEncoding('utf8').on('data', (text: string) => {
      body += text
    })
    request.on('end', () => {
      received.push({ body, headers: request.headers })
      const status = statuses.length > 1 ? statuses.shift() : statuses[0]
      if (typeof status === 'number') response.writeHead(status).end()
    })
  })
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve)
  })
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`, received }
}

interface Received {
  body: string
  headers: IncomingHttpHeaders
}

test('Worlds, what a reset leads back to, and removals are kept', async ({ expect }) => {
  const folder = emptyFolder()
  let { url, levers, close } = await start(folder)
  const { id } = await levers.worlds.create({ accounts: [{ id: 'carol', deposit: '5.00' }] })
  const other = await levers.worlds.create({ accounts: [{ id: 'dave' }] })
  await levers.worlds.get(id).accounts.deposit('carol', '1.00')
  await ask(url, '/generate', GENERATE)
  await levers.worlds.get('default').reset()
  await ask(url, '/generate', { ...GENERATE, client_request_id: 'after' })
  await levers.worlds.get(other.id).remove()
  const before = await levers.worlds.list()
  await close()
  ;({ url, levers, close } = await start(folder, { contents: { accounts: [{ id: 'nobody' }] } }))
  expect(await levers.worlds.list()).toEqual(before)
  expect(before.map((world) => world.id)).toEqual([id, 'default'])
  expect((await levers.worlds.get('default').jobs.list()).length).toBe(1)
  // The id of one that is gone is not given out again.
  expect((await levers.worlds.create({})).id).not.toBe(other.id)
  const again = await levers.worlds.get(id).reset()
  expect(again.accounts).toEqual([expect.objectContaining({ id: 'carol', deposited_micro_usd: 5_000_000 })])
  expect((await levers.worlds.get('default').reset()).accounts).toHaveLength(3)
  await close()
  ;({ levers } = await start(folder))
  expect(await levers.worlds.get('default').jobs.list()).toEqual([])
})

test('a restored World is kept in the place of the one before', async ({ expect }) => {
  const [from, to] = [emptyFolder(), emptyFolder()]
  const source = await start(from)
  const handle = (await ask(source.url, '/generate', { ...GENERATE, client_request_id: 'moved' })).body
  await source.levers.worlds.get('default').clock.advance('1h')
  const snapshot = await source.levers.worlds.get('default').snapshot()
  let target = await start(to)
  await target.levers.worlds.get('default').restore(snapshot)
  await target.close()
  target = await start(to)
  const poll = await ask(target.url, `/jobs/${handle.job_id}`)
  expect(poll.body).toMatchObject({ job_id: handle.job_id, status: 'succeeded' })
  const { clock, ...moved } = await target.levers.worlds.get('default').snapshot()
  expect({ ...moved, journal: [], options: { ...moved.options, cdnBaseUrl: '' }, drawn: {} }).toEqual({
    ...snapshot,
    clock: undefined,
    journal: [],
    options: { ...snapshot.options, cdnBaseUrl: '' },
    drawn: {},
  })
  expect(clock.mode).toBe('manual')
})

test('wall time goes by while the server is down, in order and with its callbacks', async ({ expect }) => {
  const folder = emptyFolder()
  const { url: callbackUrl, received } = await receiver([200])
  const speed = 1000
  let run = await start(folder, { clock: 'real', speed, world: { pendingMs: 400_000, runningMs: 400_000 } })
  const first = await ask(run.url, '/generate', { ...GENERATE, callback_url: callbackUrl })
  const second = await ask(run.url, '/generate', { ...GENERATE, callback_url: callbackUrl })
  expect([first.body.status, received]).toEqual(['pending', []])
  await run.close()
  await new Promise((resolve) => setTimeout(resolve, 1_000))
  expect(received).toEqual([])
  run = await start(folder)
  await expect.poll(() => received.length).toBe(2)
  expect(received.map(({ body }) => (JSON.parse(body) as { job_id: string }).job_id)).toEqual([
    first.body.job_id,
    second.body.job_id,
  ])
  const { job } = await run.levers.worlds.get('default').jobs.get(first.body.job_id)
  expect(Date.parse(job.completed_at ?? '') - Date.parse(job.created_at)).toBe(800_000)
  expect((await run.levers.worlds.get('default').clock.read()).mode).toBe('real')
})

test('a manual clock stands while the server is down', async ({ expect }) => {
  const folder = emptyFolder()
  let run = await start(folder)
  await run.levers.worlds.get('default').clock.advance('90m')
  const { now } = await run.levers.worlds.get('default').clock.read()
  await run.close()
  run = await start(folder, { clock: 'real' })
  expect(await run.levers.worlds.get('default').clock.read()).toMatchObject({ now, mode: 'manual' })
})

test('an attempt without an answer is made again, with the same bytes and signature', async ({ expect }) => {
  const folder = emptyFolder()
  const { url: callbackUrl, received } = await receiver([500, null, 200])
  let run = await start(folder, { callbackGraceMs: 60_000 })
  await ask(run.url, '/generate', { ...GENERATE, callback_url: callbackUrl })
  const levers = run.levers.worlds.get('default')
  const moving = levers.clock.advance('1h').catch(() => undefined)
  await expect.poll(() => received.length).toBe(2)
  await levers.accounts.rotateWebhookSecret('alice')
  await run.close()
  await moving
  run = await start(folder)
  await expect.poll(() => received.length).toBe(3)
  const [one, two, three] = received
  expect([two?.body, three?.body]).toEqual([one?.body, one?.body])
  const signature = 'x-phota-signature'
  expect(one?.headers[signature]).toMatch(/^sha256=/)
  expect([two?.headers[signature], three?.headers[signature]]).toEqual([
    one?.headers[signature],
    one?.headers[signature],
  ])
  await expect
    .poll(async () => (await run.levers.worlds.get('default').deliveries.list()).map(({ state }) => state))
    .toEqual(['delivered'])
})

test('no id comes twice, whatever was answered since something was last written', async ({ expect }) => {
  const folder = emptyFolder()
  const seen = new Set<string>()
  const note = (id: string | null | undefined): void => {
    expect(id).toEqual(expect.stringMatching(/^[0-9a-f]{32}$/))
    expect(seen).not.toContain(id)
    seen.add(id as string)
  }
  for (let i = 0; i < 2; i++) {
    const run = await start(folder)
    for (let j = 0; j < 3; j++) {
      note((await ask(run.url, '/profiles/ids')).requestId)
      note((await ask(run.url, '/generate', GENERATE)).body.job_id)
    }
    await run.close()
  }
})

test('a scenario that only code can give is refused', async ({ expect }) => {
  const scenarios = [{ id: 'odd', match: { prompt: /x/ }, effect: { running: '1m' } }]
  await expect(start(emptyFolder(), { scenarios })).rejects.toThrow(
    "data: the scenario 'odd' matches by a RegExp, which cannot be kept; match by a text, or leave data out",
  )
})

test('scenarios go on with their counters', async ({ expect }) => {
  const folder = emptyFolder()
  let run = await start(folder)
  await run.levers.worlds.get('default').scenarios.add({ effect: { fail: 'TIMEOUT' }, times: 2 })
  await ask(run.url, '/generate', GENERATE)
  await run.close()
  run = await start(folder)
  const [scenario] = await run.levers.worlds.get('default').scenarios.list()
  expect(scenario).toMatchObject({ times_left: 1 })
})

test('a folder of another shard is refused', async ({ expect }) => {
  const folder = emptyFolder()
  await (await start(folder, { shard: 's1' })).close()
  await expect(start(folder, { shard: 's2' })).rejects.toThrow(
    `the data folder ${folder}: requests for the World 's1-default' go to another shard`,
  )
})

test('pictures that a fixture brought are kept, and come back with a reset', async ({ expect }) => {
  const folder = emptyFolder()
  const picture = Buffer.from('a picture')
  const contents = {
    accounts: [{ id: 'alice', keys: ['test-key-alice'], deposit: '5.00' }],
    profiles: [{ account: 'alice', profile_id: 'p-1' }],
    jobs: [
      {
        account: 'alice',
        job_id: '0'.repeat(32),
        status: 'succeeded' as const,
        pictures: [picture.toString('base64')],
      },
    ],
  }
  const bytes = async ({ url }: Run): Promise<Buffer> => {
    const { body } = await ask(url, `/jobs/${'0'.repeat(32)}`)
    const { download_urls } = body.result as { download_urls: string[] }
    return Buffer.from(await (await fetch(download_urls[0] as string)).arrayBuffer())
  }
  let run = await start(folder, { contents })
  expect(await bytes(run)).toEqual(picture)
  await run.close()
  run = await start(folder)
  expect(await bytes(run)).toEqual(picture)
  await run.levers.worlds.get('default').reset()
  expect(await bytes(run)).toEqual(picture)
  await run.close()
  run = await start(folder)
  expect(await bytes(run)).toEqual(picture)
})
