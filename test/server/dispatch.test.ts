import { describe, expect, test as plain } from 'vitest'
import { connect } from '../../src/control/index.ts'
import { workerOf } from '../../src/server/workers/dispatch.ts'
import { test as base, type Served } from '../cli/cli.ts'
import { API, ASYNC } from './serving.ts'
import { Wire } from './wire.ts'

const PREFIXES = ['', 'p2-', 'p3-']

interface Workers {
  served: Served
  /** Opens a connection, which ends with the test. */
  open(): Promise<Wire>
}

const test = base.extend<Workers>({
  served: async ({ serve }, use) => use(await serve(['--workers', '3', '--clock', 'manual'])),
  open: async ({ served }, use) => {
    const wires: Wire[] = []
    await use(async () => {
      const wire = await Wire.open(served.url)
      wires.push(wire)
      return wire
    })
    for (const wire of wires) wire.destroy()
  },
})

function submit(prefix: string, body = ASYNC): string {
  return `POST ${API}/generate HTTP/1.1\r\nHost: mock\r\nX-API-Key: ${prefix}test-key-alice\r\nContent-Type: application/json\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`
}

function secret(prefix: string): string {
  return `GET ${API}/webhook-secret HTTP/1.1\r\nHost: mock\r\nX-API-Key: ${prefix}test-key-alice\r\n\r\n`
}

describe('the beginning of a connection', () => {
  plain.for([
    ['a key', 'GET /v1/phota/jobs/1 HTTP/1.1\r\nX-API-Key: p2-key\r\n\r\n', 1],
    ['a key in other letters, without a space', 'GET /v1/phota/jobs/1 HTTP/1.1\r\nx-api-KEY:p3-key \r\n\r\n', 2],
    ['a key of the first', 'GET /v1/phota/jobs/1 HTTP/1.1\r\nHost: a\r\nX-API-Key: key\r\n\r\n', 0],
    ['no key', 'GET /v1/phota/jobs/1 HTTP/1.1\r\nHost: a\r\n\r\n', 0],
    [
      'a key that only the body has',
      'POST /v1/phota/edit HTTP/1.1\r\nHost: a\r\n\r\nx\r\nX-API-Key: p2-key\r\n\r\n',
      0,
    ],
    ['a World', 'GET /_mock/worlds/p3-w1/jobs?limit=1 HTTP/1.1\r\nHost: a\r\n\r\n', 2],
    ['an image', 'GET /p2-default/20260101/a.png?sig=1 HTTP/1.1\r\nHost: a\r\n\r\n', 1],
    ['a whole URL', 'GET http://127.0.0.1:1/_mock/worlds/p2-w1 HTTP/1.1\r\nHost: a\r\n\r\n', 1],
    ['no World', 'POST /_mock/worlds HTTP/1.1\r\nHost: a\r\n\r\n', null],
    ['the page', 'GET /_mock/ HTTP/1.1\r\nHost: a\r\n\r\n', null],
    ['half a request line', 'GET /v1/pho', null],
    ['something else', '\x16\x03\x01\x02\x00', null],
  ] as const)('with %s says whose it is', ([, read, worker]) => {
    expect(workerOf(PREFIXES, Buffer.from(read, 'latin1'))).toBe(worker)
  })
})

describe('a connection to workers', () => {
  test('carries requests for all of them, one behind the other, answered in order', async ({ open }) => {
    const wire = await open()
    await wire.write(PREFIXES.map((prefix) => submit(prefix) + secret(prefix)).join('') + secret('p2-nobody-'))
    const statuses: number[] = []
    for (let i = 0; i < 7; i++) statuses.push((await wire.next()).status)
    expect(statuses).toEqual([202, 200, 202, 200, 202, 200, 401])
  })

  test.for(PREFIXES)("for the worker of '%s' loses no byte, however they come", async (prefix, { open }) => {
    const bytes = Buffer.from(submit(prefix))
    // One by one, also before anything says whose it is.
    const dribble = await open()
    for (const byte of bytes) await dribble.write(Buffer.from([byte]))
    expect((await dribble.next()).status).toBe(202)
    // In two pieces, cut at each place.
    const wires = await Promise.all(Array.from({ length: bytes.length - 1 }, open))
    await Promise.all(
      wires.map(async (wire, i) => {
        wire.write(bytes.subarray(0, i + 1))
        await wire.write(bytes.subarray(i + 1))
        expect((await wire.next()).status).toBe(202)
        await wire.write(secret(prefix))
        expect((await wire.next()).status).toBe(200)
      }),
    )
  })

  test('brings large bodies whole, while many come at once', async ({ open }) => {
    const body = JSON.stringify({
      prompt: 'a lighthouse',
      async: true,
      response_mode: 'urls',
      padding: 'x'.repeat(2_000_000),
    })
    await Promise.all(
      Array.from({ length: 24 }, async (_, i) => {
        const wire = await open()
        await wire.write(submit(PREFIXES[i % 3] as string, body))
        const { status, body: answer } = await wire.next()
        expect(status, answer).toBe(202)
      }),
    )
  })

  test('is answered though its client says no more', async ({ open }) => {
    for (const prefix of PREFIXES) {
      const wire = await open()
      wire.write(submit(prefix))
      wire.end()
      expect((await wire.next()).status).toBe(202)
      await wire.closed
    }
  })

  test('that is left in the middle, says nothing or speaks something else does no harm', async ({ open, served }) => {
    for (const prefix of PREFIXES) {
      const wire = await open()
      wire.write(submit(prefix).slice(0, -5))
      wire.destroy()
      ;(await open()).destroy()
    }
    const silent = await open()
    const odd = await open()
    await odd.write('\x16\x03\x01\x02\x00\x01\r\n\r\n')
    expect((await odd.next()).status).toBe(400)
    const wire = await open()
    await wire.write(secret('p3-'))
    expect((await wire.next()).status).toBe(200)
    served.process.kill('SIGTERM')
    expect(await served.exited, served.stderr).toBe(0)
    await silent.closed
  })

  test('that keeps asking for another worker is closed after an answer; the next one is that worker’s', async ({
    open,
    served,
  }) => {
    const wire = await open()
    const asked = async (on: Wire): Promise<string | undefined> => {
      await on.write(secret('p2-'))
      const { status, headers } = await on.next()
      expect(status).toBe(200)
      return headers['connection']
    }
    await wire.write(secret(''))
    expect((await wire.next()).headers['connection']).toBe('keep-alive')
    const said: (string | undefined)[] = []
    while (said.at(-1) !== 'close') said.push(await asked(wire))
    expect(said).toEqual([...Array(7).fill('keep-alive'), 'close'])
    await wire.closed
    const next = await open()
    for (let i = 0; i < 40; i++) expect(await asked(next)).toBe('keep-alive')
    // One that asks for several in turn stays, with whomever it is.
    const mixed = await open()
    for (let i = 0; i < 40; i++) {
      await mixed.write(secret(PREFIXES[i % 3] as string))
      expect((await mixed.next()).headers['connection']).toBe('keep-alive')
    }
    const worlds = await connect(served.url).worlds.list()
    expect(worlds.map(({ id }) => id).toSorted()).toEqual(['default', 'p2-default', 'p3-default'])
  })

  test('is never closed before what was already sent on it is answered', async ({ open }) => {
    const wire = await open()
    await wire.write(secret('') + secret('p2-').repeat(30) + secret(''))
    for (let i = 0; i < 32; i++) expect((await wire.next()).status).toBe(200)
  })
})
