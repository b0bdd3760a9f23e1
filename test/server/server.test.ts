import { execFile } from 'node:child_process'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { promisify } from 'node:util'
import { describe, expect } from 'vitest'
import { connect } from '../../src/control/index.ts'
import type { Attempt, Delivery } from '../../src/engine/delivery.ts'
import { createLogger } from '../../src/server/logger.ts'
import { type RunningServer, startServer } from '../../src/server/server.ts'
import { API, ASYNC, ask, SYNC, test, whileOpen } from './serving.ts'
import { get, post } from './wire.ts'

const run = promisify(execFile)
/** A grace longer than any test may take: what waited for it would never end here. */
const NEVER_MS = 600_000

async function downloadUrls(server: RunningServer): Promise<string[]> {
  const { body } = await ask(server.url, '/generate', JSON.stringify({ ...JSON.parse(ASYNC), num_output_images: 2 }))
  await server.drive.settle()
  return (await ask(server.url, `/jobs/${body.job_id}`)).body.result.download_urls
}

describe('an image', () => {
  test('is downloaded from the server’s own address, with nothing but its URL', async ({ server }) => {
    const urls = await downloadUrls(server)
    expect(urls.length).toBe(2)
    for (const url of urls) {
      expect(url.startsWith(`${server.url}/default/`)).toBe(true)
      const { stdout } = await run('curl', ['-sSf', '-w', '%{stderr}%{content_type}', url], {
        encoding: 'buffer',
      })
      expect(stdout.subarray(0, 3).toString('hex')).toBe('ffd8ff')
    }
  })

  test('is 403 with another token and once it expired, and 404 with another name', async ({ server }) => {
    const [url = ''] = await downloadUrls(server)
    expect((await fetch(url.replace(/token=../, 'token=zz'))).status).toBe(403)
    expect((await fetch(url.replace(/expires=\d/, 'expires=9'))).status).toBe(403)
    expect((await fetch(url.split('?')[0] as string)).status).toBe(403)
    expect((await fetch(url.replace(/generate-/, 'generate-x'))).status).toBe(404)
    expect((await fetch(url.replace('/default/', '/nobody/'))).status).toBe(404)
    await server.drive.advance('24h')
    const expired = await fetch(url)
    expect([expired.status, expired.headers.get('content-type')]).toEqual([403, 'text/plain; charset=utf-8'])
  })

  test('of a server behind a public URL is named by it', async ({ start }) => {
    const server = await start({ publicUrl: 'https://mock.example//phota//' })
    expect(server.publicUrl).toBe('https://mock.example/phota')
    for (const url of await downloadUrls(server)) {
      expect(url.startsWith('https://mock.example/phota/default/')).toBe(true)
      expect((await fetch(url.replace(server.publicUrl, server.url))).status).toBe(200)
    }
  })
})

describe('close', () => {
  test('lets an open request end, answers it, and does not wait any longer', async ({ start, open }) => {
    const server = await start({ clock: 'real', world: { pendingMs: 0, runningMs: 300 } })
    const wire = await open(server)
    await wire.write(post(`${API}/generate`, SYNC))
    await whileOpen(server)
    const closed = server.close(NEVER_MS)
    expect((await wire.next()).status).toBe(200)
    await wire.closed
    await closed
  })

  test('ends event streams at once', async ({ start }) => {
    const server = await start()
    const events = connect(server.url).worlds.get('default').events() as AsyncGenerator
    await events.next()
    const next = events.next()
    await server.close(NEVER_MS)
    expect(await next).toEqual({ done: true, value: undefined })
  })

  test('takes no new connection meanwhile', async ({ start, open }) => {
    const server = await start()
    const wire = await open(server)
    await wire.write(post(`${API}/generate`, SYNC))
    await whileOpen(server)
    const closed = server.close(10_000)
    await expect(open(server)).rejects.toThrow('ECONNREFUSED')
    await server.drive.advance('18s')
    expect((await wire.next()).status).toBe(200)
    wire.destroy()
    await closed
  })

  for (const [what, used] of [
    ['has been used', true],
    ['has never asked for anything', false],
  ] as const) {
    test(`ends a connection at once that is idle, and ${what}`, async ({ start, open }) => {
      const server = await start()
      const wire = await open(server)
      if (used) {
        await wire.write(get(`${API}/webhook-secret`))
        await wire.next()
      } else await ask(server.url, '/webhook-secret')
      await server.close(NEVER_MS)
      await wire.closed
    })
  }

  test('cuts off after the grace what cannot end, as under a clock that stands', async ({ start, open }) => {
    const server = await start()
    const wire = await open(server)
    await wire.write(post(`${API}/generate`, SYNC))
    await whileOpen(server)
    await server.close(50)
    await wire.closed
    expect(wire.hasMore).toBe(false)
  })

  test('may be called twice', async ({ start }) => {
    const server = await start()
    await Promise.all([server.close(), server.close()])
    await server.close()
  })
})

describe('servers', () => {
  test('stand side by side with the same keys, and share nothing', async ({ start }) => {
    const [a, b] = [await start(), await start({ world: { seed: 'another' } })]
    expect(a.url).not.toBe(b.url)
    const { body } = await ask(a.url, '/generate', ASYNC)
    expect((await ask(a.url, `/jobs/${body.job_id}`)).status).toBe(200)
    expect((await ask(b.url, `/jobs/${body.job_id}`)).status).toBe(404)
    await a.drive.advance('18s')
    expect((await ask(a.url, `/jobs/${body.job_id}`)).body.status).toBe('succeeded')
    expect(b.drive.nowMs() - b.world.options.startMs).toBe(0)
    expect(b.world.accounts.get('alice')).toMatchObject({ spent: 0, reserved: 0 })
    const [url = ''] = await downloadUrls(a)
    expect((await fetch(url.replace(a.url, b.url))).status).toBe(403)
    await a.close()
    expect((await ask(b.url, '/generate', ASYNC)).status).toBe(202)
  })

  test('with the same seed answer the same requests with the same ids', async ({ start }) => {
    const ids = []
    for (const server of [await start(), await start()])
      ids.push((await ask(server.url, '/generate', ASYNC)).body.job_id)
    expect(ids[0]).toBe(ids[1])
  })

  test('take hundreds of requests at once, each with an id of its own', async ({ server }) => {
    const answers = await Promise.all(Array.from({ length: 300 }, () => ask(server.url, '/generate', ASYNC)))
    expect(answers.every(({ status }) => status === 202)).toBe(true)
    expect(new Set(answers.map(({ body }) => body.job_id)).size).toBe(300)
    expect(server.world.accounts.get('alice')?.reserved).toBe(300 * 90_000)
  })

  test('one of two requests at once with the same client_request_id makes the job, both get it', async ({ server }) => {
    const body = JSON.stringify({ ...JSON.parse(ASYNC), client_request_id: 'once' })
    const answers = await Promise.all(Array.from({ length: 20 }, () => ask(server.url, '/generate', body)))
    expect(new Set(answers.map((answer) => answer.body.job_id)).size).toBe(1)
    expect(server.world.accounts.get('alice')?.reserved).toBe(90_000)
  })

  test('call back a receiver on this machine', async ({ start }) => {
    const server = await start({ clock: 'real', world: { pendingMs: 0, runningMs: 20 } })
    let receive: (text: string) => void = () => {}
    const received = new Promise<string>((resolve) => {
      receive = resolve
    })
    const receiver = createServer(async (request, response) => {
      let text = ''
      for await (const chunk of request) text += chunk
      response.end()
      receive(text)
    })
    await new Promise<void>((listening) => receiver.listen(0, '127.0.0.1', listening))
    const callback_url = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/hook`
    const { body } = await ask(server.url, '/generate', JSON.stringify({ ...JSON.parse(ASYNC), callback_url }))
    expect(JSON.parse(await received)).toMatchObject({ job_id: body.job_id, status: 'succeeded' })
    receiver.closeAllConnections()
    receiver.close()
  })

  test('do not start on a port that is taken', async ({ server, start }) => {
    const port = Number(new URL(server.url).port)
    await expect(start({ port })).rejects.toMatchObject({ code: 'EADDRINUSE' })
    expect((await ask(server.url, '/webhook-secret')).status).toBe(200)
  })

  test('give the port back if their contents make no sense', async ({ start }) => {
    const first = await start()
    const port = Number(new URL(first.url).port)
    await first.close()
    const contents = { profiles: [{ account: 'nobody' }] }
    await expect(start({ port, contents })).rejects.toThrow("no account 'nobody'")
    expect((await start({ port })).url).toBe(first.url)
  })

  test('on every address tell a URL that can be reached', async ({ start }) => {
    const server = await start({ host: '0.0.0.0' })
    expect(server.url).toMatch(/^http:\/\/localhost:\d+$/)
    expect((await ask(server.url, '/webhook-secret')).status).toBe(200)
  })
})

describe('the log', () => {
  for (const [level, lines] of [
    ['silent', 0],
    ['error', 0],
    ['info', 1],
    ['debug', 2],
  ] as const) {
    test(`at ${level} has ${lines} line(s) for a request`, async ({ start }) => {
      const printed: string[] = []
      const logger = createLogger(level, (line) => printed.push(line))
      const server = await start({ ...(logger && { logger }) })
      await ask(server.url, '/webhook-secret')
      expect(printed.length).toBe(lines)
      if (lines > 0) expect(printed[0]).toMatch(/^200 {2}GET {4}\/v1\/phota\/webhook-secret {2}\d+ ms$/)
    })
  }

  test('tells of a callback attempt that fails or is refused, without the password and query of its URL', async ({
    start,
  }) => {
    const printed: string[] = []
    const logger = createLogger('info', (line) => printed.push(line))
    const world = { pendingMs: 0, runningMs: 1, callbackRetryMs: [10] }
    const server = await start({ clock: 'real', world, ...(logger && { logger }) })
    const submit = async (callback_url: string) =>
      (await ask(server.url, '/generate', JSON.stringify({ ...JSON.parse(ASYNC), callback_url }))).body.job_id
    const callbacks = () => printed.filter((line) => line.includes('CALLBACK'))
    const failed = await submit('http://me:pa55@127.0.0.1:1/hook?secret=x')
    await expect.poll(callbacks).toHaveLength(2)
    const refused = await submit('https://elsewhere.test/hook')
    await expect.poll(callbacks).toHaveLength(3)
    expect(callbacks()).toEqual([
      expect.stringMatching(
        `^---  CALLBACK http://<redacted>@127.0.0.1:1/hook of job ${failed}, attempt 1: .*; it is tried again$`,
      ),
      expect.stringMatching(
        `^---  CALLBACK http://<redacted>@127.0.0.1:1/hook of job ${failed}, attempt 2: .*; it is given up$`,
      ),
      expect.stringMatching(
        `of job ${refused}, attempt 1: refused: elsewhere.test .*--allow-callback-host elsewhere.test`,
      ),
    ])
  })

  test('prints no control character of a client or a receiver', async ({ start, open }) => {
    const printed: string[] = []
    const logger = createLogger('debug', (line) => printed.push(line))
    const server = await start({ ...(logger && { logger }) })
    const wire = await open(server)
    await wire.write(Buffer.from('GET /v1/phota/\x9b31m\x1b HTTP/1.1\r\nHost: mock\r\n\r\n', 'latin1'))
    await wire.write(Buffer.from('GET /v1/phota/\x9b31m HTTP/1.1\r\nHost: mock\r\n\r\n', 'latin1'))
    await wire.closed
    const delivery = { url: 'https://app.test/\u001b', jobId: 'x', state: 'waiting' } as Delivery
    const attempt = { n: 1, status: null, error: 'bad \u001b[31m\nheader' } as Attempt
    logger?.failedAttempt(delivery, attempt, server.host.redactor)
    expect(printed.length).toBeGreaterThan(0)
    for (const line of printed) expect(line).not.toMatch(/\p{Cc}/u)
  })

  test('tells no key and no secret, whatever the level', async ({ start }) => {
    const printed: string[] = []
    const logger = createLogger('debug', (line) => printed.push(line))
    const server = await start({ ...(logger && { logger }) })
    const { body } = await ask(server.url, '/webhook-secret')
    await ask(server.url, '/jobs/test-key-bob?key=test-key-bob')
    await ask(server.url, '/jobs/x', undefined, 'nobody')
    await fetch(`${server.url}/_mock/worlds`)
    expect(printed).toHaveLength(8)
    expect(printed.join('\n')).not.toContain(body.webhook_signing_secret)
    expect(printed.join('\n')).not.toContain('test-key')
  })

  test('does not tell the token of a download', async ({ start }) => {
    const printed: string[] = []
    const logger = createLogger('info', (line) => printed.push(line))
    const server = await start({ ...(logger && { logger }) })
    const [url = ''] = await downloadUrls(server)
    await fetch(url)
    const line = printed.at(-1)
    expect(line).toContain('token=<redacted>')
    expect(line).not.toContain(new URL(url).searchParams.get('token'))
  })
})

describe('the options of startServer', () => {
  for (const [options, message] of [
    [{ prt: 0 }, /^startServer: prt is no field; expects port, host, .*Did you mean port\?$/],
    [{ port: 'x' }, 'startServer: port expects a whole number from 0 to 65535, received "x"'],
    [{ port: 70_000 }, 'startServer: port expects a whole number from 0 to 65535, received 70000'],
    [{ port: 0, world: 'w' }, 'startServer: world expects an object of World options, received "w"'],
    [{ port: 0, world: { pending: 5 } }, /^World: pending is no field; .*Did you mean pendingMs\?$/],
    [{ port: 0, contents: Promise.resolve({}) }, /^load: received a Promise\. Await it first/],
    [null, 'startServer: expects an object of options, received null'],
  ] as const) {
    test(`${JSON.stringify(options)} is refused: ${message}`, async () => {
      await expect(startServer(options as never)).rejects.toThrow(message)
    })
  }
})
