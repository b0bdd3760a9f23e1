import { createHmac } from 'node:crypto'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, test } from 'vitest'
import { type Control, ControlFailure, connect } from '../../src/control/index.ts'
import { startServer } from '../../src/server/server.ts'

async function withServer(run: (control: Control, url: string) => Promise<void>): Promise<void> {
  const server = await startServer({ port: 0, clock: 'manual', checkResponses: true })
  try {
    await run(connect(server.url), server.url)
  } finally {
    await server.close(100)
  }
}

test('a client makes a World, moves its clock, fills its accounts and reads its ledger', () =>
  withServer(async (control, url) => {
    const world = await control.worlds.create({ clock: { mode: 'manual' }, start: '2026-06-22T12:00:00Z' })
    const account = await world.accounts.create({ id: 'carol', deposit: '1.00' })
    await world.scenarios.remove(await world.scenarios.add({ effect: { stuck: 'forever' } }))
    const response = await fetch(`${url}/v1/phota/generate`, {
      method: 'POST',
      headers: { 'X-API-Key': account.keys[0] as string, 'Content-Type': 'application/json' },
      body: JSON.stringify({ async: true, response_mode: 'urls' }),
    })
    expect(response.status).toBe(202)
    expect((await world.clock.advance('18s')).now).toBe('2026-06-22T12:00:18Z')
    expect((await world.clock.set(new Date('2026-06-22T13:00:00Z'))).now).toBe('2026-06-22T13:00:00Z')
    expect((await world.clock.settle()).stuck).toEqual([])
    expect((await world.clock.update({ mode: 'real', speed: 2 })).speed).toBe(2)
    expect((await world.clock.read()).mode).toBe('real')
    expect((await world.accounts.ledger('carol')).entries.map(({ kind }) => kind)).toEqual([
      'deposit',
      'reservation',
      'settlement',
    ])
    expect(await world.accounts.deposit('carol', '2')).toMatchObject({
      deposited_micro_usd: 3_000_000,
      spent_micro_usd: 90_000,
    })
    expect((await control.worlds.list()).map(({ id }) => id)).toEqual(['default', world.id])
    expect((await control.worlds.get('default').describe()).id).toBe('default')
    await world.remove()
    await expect(world.describe()).rejects.toThrow(`getWorld: There is no World '${world.id}'; there are: default.`)
  }))

test('a refusal is the server’s sentence with its status, and a server that is not there is told as such', async () => {
  await withServer(async (control) => {
    const refusal = control.worlds.get('default').clock.advance('soon')
    await expect(refusal).rejects.toThrow(/^advanceClock: by expects /)
    await expect(refusal).rejects.toMatchObject({ status: 400 })
  })
  const failure = await connect('http://127.0.0.1:1')
    .worlds.list()
    .catch((error) => error)
  expect(failure).toBeInstanceOf(ControlFailure)
  expect(failure).toMatchObject({
    status: null,
    message:
      'listWorlds: http://127.0.0.1:1/_mock/worlds could not be reached (fetch refuses this ' +
      'port, as browsers do; use another, such as 4010)',
  })
})

test.each<[string, Record<string, string>, number, string]>([
  ['redirects', { location: 'https://login.example/' }, 302, 'is redirected to https://login.example/; name'],
  ['answers HTML', { 'content-type': 'text/html' }, 200, 'answered 200 with something that is not JSON'],
])('a server that %s is told as such', async (_, headers, status, sentence) => {
  const server = createServer((_request, response) => void response.writeHead(status, headers).end('<p>Log in</p>'))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const failure = await connect(`http://127.0.0.1:${port}`)
    .worlds.list()
    .catch((error) => error)
  expect(failure).toBeInstanceOf(ControlFailure)
  expect(failure.message).toContain(sentence)
  await new Promise((resolve) => server.close(resolve))
})

test('what the fetch of the caller throws comes out as it is', async () => {
  const error = new Error('it took too long')
  const control = connect('http://127.0.0.1:9', { fetch: () => Promise.reject(error) })
  await expect(control.worlds.list()).rejects.toBe(error)
})

test('a client sees jobs, deliveries with every attempt, and scenarios; it redelivers, and rotates secrets', () =>
  withServer(async (control, url) => {
    const received: { signature: string; body: string }[] = []
    const answers = [500, 500, 500, 500, 204]
    const receiver = createServer(async (request, response) => {
      let body = ''
      for await (const chunk of request) body += chunk
      received.push({ body, signature: String(request.headers['x-phota-signature']) })
      response.writeHead(answers[received.length - 1] ?? 204).end()
    })
    await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve))
    const callbackUrl = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/hook`
    const world = await control.worlds.create({
      clock: { mode: 'manual' },
      start: '2026-06-22T12:00:00Z',
      callback_grace: '5s',
      accounts: [{ id: 'ann', keys: ['ann-key'], deposit: '9' }],
    })
    const submit = async (body: object): Promise<Response> =>
      await fetch(`${url}/v1/phota/generate`, {
        method: 'POST',
        headers: { 'X-API-Key': 'ann-key', 'Content-Type': 'application/json' },
        body: JSON.stringify({ prompt: 'x', async: true, response_mode: 'urls', ...body }),
      })

    await submit({ callback_url: callbackUrl, client_request_id: 'one' })
    await submit({ prompt: 'y' })
    expect(await world.jobs.list({ client_request_id: 'one', status: 'pending', account: 'ann' })).toMatchObject([
      { status: 'pending', operation: 'generate', callback_url: callbackUrl, prompt: 'x' },
    ])
    await world.clock.settle()
    expect(await world.jobs.list({ status: 'succeeded' })).toHaveLength(2)
    expect(await world.jobs.list({ operation: 'edit' })).toEqual([])

    const [failed] = await world.deliveries.list()
    expect(failed).toMatchObject({ state: 'exhausted', url: callbackUrl, next_attempt_at: null })
    expect(failed?.attempts.map(({ n, at, status }) => [n, at, status])).toEqual([
      [1, '2026-06-22T12:00:18Z', 500],
      [2, '2026-06-22T12:00:19Z', 500],
      [3, '2026-06-22T12:00:24Z', 500],
      [4, '2026-06-22T12:00:49Z', 500],
    ])
    const before = (await world.accounts.get('ann')).webhook_signing_secret
    expect((await world.accounts.rotateWebhookSecret('ann')).webhook_signing_secret).not.toBe(before)
    const again = await world.deliveries.redeliver(failed?.id ?? '')
    await world.clock.settle()
    expect(await world.deliveries.list({ job: again.job_id })).toMatchObject([
      { id: failed?.id },
      { state: 'delivered' },
    ])
    expect(new Set(received.map(({ body, signature }) => `${signature} ${body}`)).size).toBe(1)
    await submit({ callback_url: callbackUrl, prompt: 'z' })
    await world.clock.settle()
    const secret = (await world.accounts.get('ann')).webhook_signing_secret
    const last = received.at(-1)
    expect(last?.signature).toBe(
      `sha256=${createHmac('sha256', secret)
        .update(last?.body ?? '')
        .digest('hex')}`,
    )

    await world.scenarios.add({
      id: 'doom',
      match: { client_request_id: 'd' },
      effect: { fail: 'TIMEOUT', message: 'Too slow.' },
    })
    await world.scenarios.add({
      id: 'lost',
      effect: { fault: { when: 'before', answer: 429, retry_after: 2 } },
      times: 1,
    })
    expect(await world.scenarios.list()).toEqual([
      { id: 'lost', match: {}, effect: { fault: { when: 'before', answer: 429, retry_after: 2 } }, times_left: 1 },
      {
        id: 'doom',
        match: { client_request_id: 'd' },
        effect: { fail: 'TIMEOUT', message: 'Too slow.' },
        times_left: null,
      },
    ])
    expect((await submit({})).status).toBe(429)
    expect((await submit({})).status).toBe(202)
    await expect(
      world.scenarios.add({ effect: { fault: { when: 'before', answer: 'trickle' } } }),
    ).rejects.toMatchObject({ status: 400 })
    await expect(world.deliveries.redeliver('nope')).rejects.toThrow(/There is no delivery 'nope'/)
    await expect(world.jobs.list({ status: 'done' as never })).rejects.toThrow(
      /listJobs: status expects one of 'pending', 'running', /,
    )
    await expect(world.jobs.list({ colour: 'red' } as never)).rejects.toThrow(
      /listJobs: colour is no parameter; there are account/,
    )
    receiver.close()
  }))

test.each(['http://127.0.0.1:4010', ' HTTP://127.0.0.1:4010// ', 'http://127.0.0.1:4010/_mock/'])(
  'connect to %s finds the control API',
  async (url) => {
    const asked: string[] = []
    const control = connect(url, {
      fetch: async (at) => {
        asked.push(at)
        return Response.json({ worlds: [] })
      },
    })
    await control.worlds.list()
    expect(asked).toEqual(['http://127.0.0.1:4010/_mock/worlds'])
  },
)

test.each(['foo', 'localhost:4010', 'http://ann:secret@x', 'http://x/?a=b', undefined as never])(
  'connect to %s is refused at once, in a sentence',
  (url) => {
    expect(() => connect(url)).toThrow(ControlFailure)
    expect(() => connect(url)).toThrow(/^connect expects (an http or https URL|a URL without).* Example: http:/)
  },
)
