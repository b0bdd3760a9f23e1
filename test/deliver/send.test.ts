import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createInterface } from 'node:readline'
import { describe, expect, onTestFinished } from 'vitest'
import type { Delivery } from '../../src/engine/delivery.ts'
import type { Outbox } from '../../src/engine/outbox.ts'
import { Phota } from '../../src/index.ts'
import type { RunningServer } from '../../src/server/server.ts'
import type { ServerOptions } from '../../src/server/server-options.ts'
import { freePort } from '../cli/cli.ts'
import { ask, test } from '../server/serving.ts'

const BURST = process.env['CI'] ? 500 : 100
const MODES: [string, ServerOptions][] = [
  ['manual', { clock: 'manual' }],
  ['auto', { clock: 'auto' }],
  ['real, 60 times as fast', { clock: 'real', speed: 60 }],
]

async function submitTo(server: RunningServer, callbackUrl: string, count = 1): Promise<void> {
  const body = JSON.stringify({ prompt: 'x', async: true, response_mode: 'urls', callback_url: callbackUrl })
  for (let i = 0; i < count; i++) expect((await ask(server.url, '/generate', body)).status).toBe(202)
}

/** Until nothing is to be delivered any more. */
async function delivered(server: RunningServer): Promise<Delivery[]> {
  if (server.drive.mode === 'manual') await server.drive.advance('1h')
  await expect.poll(() => open(server.world.outbox).length + server.world.jobs.unfinishedCount).toBe(0)
  return [...server.world.outbox.all()]
}

function open(outbox: Outbox): Delivery[] {
  return Array.from(outbox.all()).filter(({ state }) => state === 'waiting' || state === 'in-flight')
}

async function receiver(answer: RequestListener, port = 0): Promise<string> {
  const server = createServer(answer)
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve))
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`
}

function openPhota(): Phota {
  const phota = new Phota()
  onTestFinished(() => phota.close())
  return phota
}

async function submitHere(phota: Phota, callbackUrl: string): Promise<void> {
  const { status } = await phota.fetch(`${phota.baseUrl}/generate`, {
    method: 'POST',
    headers: { 'X-API-Key': phota.account.apiKey, 'Content-Type': 'application/json' },
    body: JSON.stringify({ prompt: 'x', async: true, response_mode: 'urls', callback_url: callbackUrl }),
  })
  expect(status).toBe(202)
}

describe.each(MODES)('Under a clock that is %s', (_, options) => {
  test('callbacks of many jobs that end at one instant arrive once each, at a receiver that takes one at a time', async ({
    start,
  }) => {
    const server = await start(options)
    const { webhookSecret } = server.world.accounts.get('alice') as { webhookSecret: string }
    const port = await freePort()
    const child = spawn('python3', ['-B', 'examples/verify_callback.py', webhookSecret, String(port)])
    onTestFinished(() => {
      child.kill()
    })
    const lines: string[] = []
    const reader = createInterface({ input: child.stdout }).on('line', (line) => lines.push(line))
    await once(reader, 'line')
    server.drive.freeze()
    await submitTo(server, `http://127.0.0.1:${port}/`, BURST)
    server.drive.resume()
    const deliveries = await delivered(server)
    expect(deliveries.map(({ state, attempts }) => [state, attempts.length])).toEqual(
      Array(BURST).fill(['delivered', 1]),
    )
    await expect.poll(() => lines.filter((line) => line.startsWith('genuine')).length).toBe(BURST)
    expect(lines).toHaveLength(1 + BURST)
  })
})

test('a receiver that hangs costs one grace, however many callbacks it is sent', async ({ start }) => {
  const server = await start({ clock: 'manual', callbackGraceMs: 1_000 })
  let openNow = 0
  let mostOpen = 0
  const url = await receiver((_, response) => {
    mostOpen = Math.max(mostOpen, ++openNow)
    response.on('close', () => openNow--)
  })
  await submitTo(server, url, 60)
  await server.drive.advance('18s')
  expect(mostOpen).toBe(60)
})

test('what a busy process could not hear yet is no silence', async ({ start }) => {
  const server = await start({ clock: 'manual' })
  const url = await receiver((_, response) => {
    // Longer than the grace, in the process that waits for the answer.
    const untilMs = performance.now() + 600
    while (performance.now() < untilMs);
    response.writeHead(204).end()
  })
  await submitTo(server, url)
  await server.drive.advance('18s')
  expect([...server.world.outbox.all()].map(({ state }) => state)).toEqual(['delivered'])
})

test('an attempt without an answer tells how long was waited, also while the clock follows the wall', async ({
  start,
}) => {
  const server = await start({ clock: 'real', speed: 600, callbackGraceMs: 70 })
  await submitTo(server, await receiver(() => undefined))
  const [delivery] = await delivered(server)
  expect(delivery?.attempts[0]?.error).toBe(
    "no answer within 70 ms of wall time, which count as 10000 ms of the World's",
  )
})

test('user and password of a callback URL are sent as Basic authentication', async ({ start }) => {
  const server = await start()
  const seen: (string | undefined)[] = []
  const url = await receiver(({ headers }, response) => {
    seen.push(headers.authorization)
    response.writeHead(204).end()
  })
  await submitTo(server, url.replace('//', '//ann:p%C3%A4ss%3A%25@'))
  await delivered(server)
  expect(seen).toEqual([`Basic ${Buffer.from('ann:päss:%').toString('base64')}`])
})

test.for(['server', 'this process'])(
  'a port that browsers refuse is called all the same, and a name below localhost without asking for it (%s)',
  async (door, { start }) => {
    const seen: (string | undefined)[] = []
    await receiver(({ headers }, response) => {
      seen.push(headers.host)
      response.writeHead(204).end()
    }, 10_080)
    const url = 'http://hooks.localhost:10080/'
    if (door === 'server') {
      const server = await start()
      await submitTo(server, url)
      await delivered(server)
    } else {
      const phota = openPhota()
      await submitHere(phota, url)
      await phota.clock.settle()
    }
    expect(seen).toEqual(['hooks.localhost:10080'])
  },
)

test('a receiver that has answered may start what moves the clock', async () => {
  const phota = openPhota()
  const moved = Promise.withResolvers<unknown>()
  const own = phota.receiver(() => {
    setTimeout(() => phota.clock.advance('1m').then(moved.resolve, moved.reject), 20)
    return 204
  })
  await submitHere(phota, own.url)
  await phota.clock.settle()
  await moved.promise
})
