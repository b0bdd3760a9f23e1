import { once } from 'node:events'
import { createServer, request as httpRequest } from 'node:http'
import type { AddressInfo } from 'node:net'
import { networkInterfaces } from 'node:os'
import { expect, test } from 'vitest'
import defaultWorld from '../../fixtures/worlds/default.ts'
import { connect } from '../../src/control/index.ts'
import { denyName } from '../../src/server/guard.ts'
import { type RunningServer, startServer } from '../../src/server/server.ts'
import type { ServerOptions } from '../../src/server/server-options.ts'

const CONTROL = '/_mock/worlds/default/clock/advance'

async function withServer(options: ServerOptions, run: (server: RunningServer) => Promise<void>): Promise<void> {
  const server = await startServer({ port: 0, clock: 'manual', ...options })
  try {
    await run(server)
  } finally {
    await server.close(100)
  }
}

/** Tries to move the clock, with headers that `fetch` would not let one set. */
function advance(
  server: RunningServer,
  headers: Record<string, string> = {},
  to = '127.0.0.1',
): Promise<[number, string]> {
  return new Promise((resolve, reject) => {
    const { port } = new URL(server.url)
    const request = httpRequest(
      { port, host: to, method: 'POST', path: CONTROL, headers: { Host: `127.0.0.1:${port}`, ...headers } },
      async (response) => {
        let text = ''
        for await (const chunk of response) text += chunk
        resolve([
          response.statusCode ?? 0,
          text === '' ? '' : (JSON.parse(text).message ?? JSON.parse(text).detail ?? ''),
        ])
      },
    )
    request.on('error', reject)
    request.end('{"by":"1h"}')
  })
}

test('only loopback names reach the control API, so that no DNS can be rebound to it', () =>
  withServer({}, async (server) => {
    const { port } = new URL(server.url)
    const start = server.drive.nowMs()
    for (const host of [
      `rebound.example:${port}`,
      `127.0.0.1.example:${port}`,
      'localhost.example',
      '0.0.0.0:1',
      'a b',
    ])
      expect(await advance(server, { Host: host })).toEqual([
        403,
        `The control API answers to loopback names only, such as 127.0.0.1; this request is for '${host}'. ` +
          'Another name is let in by --allow-control-host and --control-token.',
      ])
    expect(server.drive.nowMs()).toBe(start)
    for (const host of [`localhost:${port}`, `[::1]:${port}`, `app.localhost:${port}`, '127.0.0.1'])
      expect((await advance(server, { Host: host }))[0]).toBe(200)
  }))

const FROM_AFAR =
  'The control API answers to this machine only; this request comes from 10.0.0.7. Other machines are let in by ' +
  "the name they ask for, here 'localhost', with --allow-control-host and --control-token."

for (const [remoteAddress, host, hosts, message] of [
  ['127.0.0.1', 'localhost:4010', [], undefined],
  ['127.8.9.10', 'localhost:4010', [], undefined],
  ['::1', '[::1]:4010', [], undefined],
  ['::ffff:127.0.0.1', 'localhost:4010', [], undefined],
  ['10.0.0.7', 'localhost:4010', [], FROM_AFAR],
  ['::ffff:10.0.0.7', 'localhost:4010', [], expect.stringContaining('comes from ::ffff:10.0.0.7')],
  ['fe80::127.0.0.1', '127.0.0.1', [], expect.stringContaining('this machine only')],
  [undefined, '127.0.0.1', [], expect.stringContaining('this machine only')],
  ['10.0.0.7', 'localhost:4010', ['phota.internal'], FROM_AFAR],
  ['10.0.0.7', 'phota.internal:4010', ['phota.internal'], undefined],
  ['10.0.0.7', 'localhost:4010', ['localhost'], undefined],
] as const) {
  test(`a control request of ${remoteAddress} for ${host} is ${message === undefined ? 'let in' : 'refused'} where ${hosts.join() || 'no name'} is let in`, () => {
    const denial = denyName({ headers: { host }, socket: { remoteAddress } }, { hosts, token: 'open-sesame' })
    expect(denial?.message).toEqual(message)
  })
}

const outside = Object.values(networkInterfaces())
  .flat()
  .find((one) => one !== undefined && !one.internal && one.family === 'IPv4')?.address

test.skipIf(outside === undefined)('whoever comes from outside does not reach the control API as localhost', () =>
  withServer({ host: '0.0.0.0' }, async (server) => {
    expect(await advance(server, {}, outside)).toEqual([403, expect.stringContaining(`comes from ${outside}`)])
    expect((await advance(server))[0]).toBe(200)
  }),
)

test('no page of another site reaches the control API', () =>
  withServer({}, async (server) => {
    for (const headers of [
      { Origin: 'https://evil.example' },
      { Origin: 'null' },
      { 'Sec-Fetch-Site': 'cross-site' },
      { Origin: server.url, 'Sec-Fetch-Site': 'cross-site' },
    ])
      expect((await advance(server, headers as Record<string, string>))[0]).toBe(403)
    expect((await advance(server, { Origin: server.url, 'Sec-Fetch-Site': 'same-origin' }))[0]).toBe(200)
  }))

test('a callback does not reach the control API, however its address is spelled', async () => {
  const world = { pendingMs: 0, runningMs: 1, callbackRetryMs: [] }
  await withServer({ host: '::', callbackGraceMs: 5000, world, contents: defaultWorld }, async (server) => {
    const { port } = new URL(server.url)
    const redirecting = createServer((_, response) =>
      response.writeHead(307, { location: `http://127.0.0.1:${port}/_mock/worlds/default/reset` }).end(),
    )
    await once(redirecting.listen(0, '127.0.0.1'), 'listening')
    const hosts = [
      '127.0.0.1',
      '127.1',
      '2130706433',
      '0x7f.0.0.1',
      '[::1]',
      'localhost',
      'LOCALHOST',
      'mock.localhost',
    ]
    const urls = [
      ...hosts.map((host) => `http://${host}:${port}/_mock/worlds/default/reset`),
      `http://127.0.0.1:${port}/v1/../_mock/worlds/default/reset`,
      `http://127.0.0.1:${(redirecting.address() as AddressInfo).port}/`,
    ]
    for (const callback_url of urls) {
      const response = await fetch(`${server.url}/v1/phota/generate`, {
        method: 'POST',
        headers: { 'X-API-Key': 'test-key-alice', 'Content-Type': 'application/json' },
        body: JSON.stringify({ prompt: 'x', async: true, response_mode: 'urls', callback_url }),
      })
      expect([callback_url, response.status]).toEqual([callback_url, 202])
    }
    await server.drive.settle()
    const deliveries = [...server.world.outbox.all()]
    expect(deliveries.map(({ attempts: [attempt] }) => attempt?.status ?? attempt?.error)).toEqual([
      ...urls.slice(0, -1).map(() => 403),
      307,
    ])
    redirecting.close()
  })
})

test('another name is let in by its own permission, and then with the token alone', () =>
  withServer({ control: { hosts: ['Phota.Internal'], token: 'open-sesame' } }, async (server) => {
    const host = 'phota.internal:4010'
    const [status, message] = await advance(server, { Host: host })
    expect([status, message]).toEqual([
      401,
      "The control API expects the token of --control-token as 'Authorization: Bearer …'; the request has none.",
    ])
    expect(await advance(server, { Host: host, Authorization: 'Bearer open-sesam' })).toEqual([
      401,
      expect.stringContaining('the request has another.'),
    ])
    // Of this machine too.
    expect((await advance(server))[0]).toBe(401)
    expect((await advance(server, { Host: 'other.internal', Authorization: 'Bearer open-sesame' }))[0]).toBe(403)
    const evil = { Host: host, Authorization: 'Bearer open-sesame', Origin: 'https://evil.example' }
    expect((await advance(server, evil))[0]).toBe(403)
    const start = server.drive.nowMs()
    expect((await advance(server, { Host: host, Authorization: 'Bearer open-sesame' }))[0]).toBe(200)
    expect(server.drive.nowMs()).toBe(start + 3_600_000)
    const levers = connect(server.url, { token: 'open-sesame' })
    expect((await levers.worlds.list()).map(({ id }) => id)).toEqual(['default'])
    await expect(connect(server.url).worlds.list()).rejects.toMatchObject({ status: 401 })
    const events = connect(server.url).worlds.get('default').events() as AsyncGenerator
    await expect(events.next()).rejects.toMatchObject({ status: 401 })
  }))

test('names without a token are refused at the start', async () => {
  await expect(startServer({ port: 0, control: { hosts: ['phota.internal'] } })).rejects.toThrow(
    'control: whoever reaches phota.internal could do anything here; expects a token too (--control-token)',
  )
})

test('without a control API its paths are as unknown as any', () =>
  withServer({ control: false }, async (server) => {
    expect(await advance(server)).toEqual([404, `No such endpoint: ${CONTROL}`])
    expect((await fetch(`${server.url}/_mock/`)).status).toBe(404)
    expect((await fetch(`${server.url}/v1/phota/webhook-secret`)).status).toBe(403)
  }))
