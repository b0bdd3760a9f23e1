import { afterEach, beforeEach, describe, expect, type MockInstance, vi } from 'vitest'
import { API, ASYNC, ask, SYNC, test, whileOpen } from './serving.ts'
import { get, post, postHead } from './wire.ts'

const SECRET = `${API}/webhook-secret`
const GENERATE = `${API}/generate`

describe('a connection', () => {
  let complaints: MockInstance<typeof console.error>
  beforeEach(() => {
    complaints = vi.spyOn(console, 'error')
  })
  afterEach(() => {
    // A client's fault is no bug of ours, and is not told as one.
    const { calls } = complaints.mock
    vi.restoreAllMocks()
    expect(calls).toEqual([])
  })

  test('carries many requests, one after the other', async ({ open }) => {
    const wire = await open()
    const ids = new Set<string | undefined>()
    for (let i = 0; i < 50; i++) {
      await wire.write(i % 2 === 0 ? get(SECRET) : post(GENERATE, ASYNC))
      const { status, headers } = await wire.next()
      expect(status).toBe(i % 2 === 0 ? 200 : 202)
      ids.add(headers['x-request-id'])
    }
    expect(ids.size).toBe(50)
  })

  test('with a second Host header is refused', async ({ open }) => {
    const wire = await open()
    for (const request of [get(SECRET, 'Host: mock\r\n'), get('/_mock/worlds', 'hOST: localhost\r\n')]) {
      await wire.write(request)
      const { status, body } = await wire.next()
      expect([status, JSON.parse(body)]).toEqual([
        400,
        expect.objectContaining({ code: 'BAD_REQUEST', detail: 'The request has more than one Host header.' }),
      ])
    }
  })

  test('goes on after refusals of every kind', async ({ open }) => {
    const wire = await open()
    for (const [request, status] of [
      [get(`${API}/nope`), 404],
      [post(`${API}/nope`, '{'), 404],
      [post(SECRET, ASYNC), 405],
      [post(GENERATE, '{'), 422],
      [post(GENERATE, '{"prompt":7}'), 422],
      [post(`${API}/edit`, ASYNC), 400],
      [get(SECRET, 'Content-Length: 5\r\n').concat('hello'), 200],
      [get(`${API}/jobs/%zz`, 'Content-Length: 5\r\n').concat('hello'), 404],
      [get(SECRET), 200],
    ] as const) {
      await wire.write(request)
      expect(await wire.next()).toMatchObject({ status })
    }
  })

  test('goes on after a body that was too large', async ({ open }) => {
    const wire = await open()
    const size = 65 * 1024 * 1024
    await wire.write(postHead(GENERATE, `Content-Length: ${size}\r\n`))
    await wire.write(Buffer.alloc(size, 'a'))
    expect(await wire.next()).toMatchObject({ status: 413, body: expect.stringContaining('PAYLOAD_TOO_LARGE') })
    await wire.write(get(SECRET))
    expect((await wire.next()).status).toBe(200)
  })

  test('may carry the next request before the last is answered; answers keep the order', async ({ open }) => {
    const wire = await open()
    await wire.write(get(SECRET) + post(GENERATE, ASYNC) + get(`${API}/nope`) + post(GENERATE, '{') + get(SECRET))
    const statuses = []
    for (let i = 0; i < 5; i++) statuses.push((await wire.next()).status)
    expect(statuses).toEqual([200, 202, 404, 422, 200])
  })

  test('answers what was sent behind an open synchronous request after it', async ({ server, open }) => {
    const wire = await open()
    await wire.write(post(GENERATE, SYNC) + get(`${API}/nope`))
    await whileOpen(server)
    expect((await ask(server.url, '/webhook-secret')).status).toBe(200)
    expect(wire.hasMore).toBe(false)
    await server.drive.advance('18s')
    expect([(await wire.next()).status, (await wire.next()).status]).toEqual([200, 404])
  })

  test('may bring a body byte by byte; nothing is judged before the last', async ({ server, open }) => {
    const wire = await open()
    await wire.write(postHead(GENERATE, `Content-Length: ${ASYNC.length}\r\n`))
    for (const byte of ASYNC.slice(0, -1)) await wire.write(byte)
    expect((await ask(server.url, '/webhook-secret')).status).toBe(200)
    expect([wire.hasMore, [...server.world.jobs.live()].length]).toEqual([false, 0])
    await wire.write(ASYNC.slice(-1))
    expect((await wire.next()).status).toBe(202)
  })

  test('may bring its head byte by byte', async ({ open }) => {
    const wire = await open()
    for (const byte of get(SECRET)) await wire.write(byte)
    expect((await wire.next()).status).toBe(200)
  })

  test('may bring a chunked body, with extensions and trailers', async ({ open }) => {
    const wire = await open()
    const [a, b] = [ASYNC.slice(0, 11), ASYNC.slice(11)]
    await wire.write(postHead(GENERATE, 'Transfer-Encoding: chunked\r\nTrailer: X-Sum\r\n'))
    await wire.write(`${a.length.toString(16)};note=1\r\n${a}\r\n`)
    await wire.write(`${b.length.toString(16).toUpperCase()}\r\n${b}\r\n0\r\nX-Sum: 1\r\n\r\n`)
    expect((await wire.next()).status).toBe(202)
    await wire.write(get(SECRET))
    expect((await wire.next()).status).toBe(200)
  })

  test('with Expect: 100-continue is told to go on, then answered', async ({ open }) => {
    const wire = await open()
    await wire.write(postHead(GENERATE, `Content-Length: ${ASYNC.length}\r\nExpect: 100-continue\r\n`))
    expect((await wire.next()).status).toBe(100)
    await wire.write(ASYNC)
    expect((await wire.next()).status).toBe(202)
  })

  test('with an Expect that nobody knows is 417', async ({ open }) => {
    const wire = await open()
    await wire.write(post(GENERATE, ASYNC, 'Expect: 200-please\r\n'))
    expect((await wire.next()).status).toBe(417)
  })

  test('of HTTP/1.0 is answered and closed', async ({ open }) => {
    const wire = await open()
    await wire.write(`GET ${SECRET} HTTP/1.0\r\nX-API-Key: test-key-alice\r\n\r\n`)
    expect((await wire.next()).status).toBe(200)
    await wire.closed
  })

  test('with Connection: close is answered and closed', async ({ open }) => {
    const wire = await open()
    await wire.write(get(SECRET, 'Connection: close\r\n'))
    expect(await wire.next()).toMatchObject({ status: 200, headers: { connection: 'close' } })
    await wire.closed
  })

  test('may name the whole URL, as a client behind a proxy does', async ({ server, open }) => {
    const wire = await open()
    await wire.write(get(server.url + SECRET))
    expect((await wire.next()).status).toBe(200)
  })

  test('that asks for an upgrade is answered without one', async ({ open }) => {
    const wire = await open()
    await wire.write(get(SECRET, 'Connection: Upgrade\r\nUpgrade: websocket\r\n'))
    expect((await wire.next()).status).toBe(200)
  })

  test('with two different keys is 401', async ({ open }) => {
    const wire = await open()
    await wire.write(get(SECRET, 'X-API-Key: test-key-bob\r\n'))
    expect(await wire.next()).toMatchObject({ status: 401, body: expect.stringContaining('INVALID_API_KEY') })
  })

  test('may bring 10 kB of headers; 20 kB are 431', async ({ server, open }) => {
    const wire = await open()
    await wire.write(get(SECRET, `X-Long: ${'a'.repeat(10_000)}\r\n`))
    expect((await wire.next()).status).toBe(200)
    await wire.write(get(SECRET, `X-Long: ${'a'.repeat(20_000)}\r\n`))
    expect((await wire.next()).status).toBe(431)
    await wire.closed
    expect((await ask(server.url, '/webhook-secret')).status).toBe(200)
  })

  for (const [what, text] of [
    ['no HTTP', 'hello\r\n\r\n'],
    ['TLS', '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03'],
    ['a method that HTTP does not know', `FOO ${SECRET} HTTP/1.1\r\nHost: mock\r\n\r\n`],
    ['a path without a slash', 'GET v1/phota/edit HTTP/1.1\r\nHost: mock\r\n\r\n'],
    ['no Host', `GET ${SECRET} HTTP/1.1\r\n\r\n`],
    ['a version that HTTP does not know', `GET ${SECRET} HTTP/9.9\r\nHost: mock\r\n\r\n`],
    ['a Content-Length that is no number', postHead(GENERATE, 'Content-Length: x\r\n')],
    ['two lengths', postHead(GENERATE, 'Content-Length: 5\r\nContent-Length: 6\r\n')],
    ['a length and chunks', `${postHead(GENERATE, 'Content-Length: 5\r\nTransfer-Encoding: chunked\r\n')}0\r\n\r\n`],
    ['a header name with a space', get(SECRET, 'X Evil: 1\r\n')],
    ['a NUL in a header', get(SECRET, 'X-Evil: a\0b\r\n')],
    ['a bare line feed in a header', get(SECRET, 'X-A: a\rX-Evil: 1\r\n')],
    ['a space in the path', get(`${API}/jobs/a b`)],
  ] as const) {
    test(`of ${what} is 400 and closed, and the server goes on`, async ({ server, open }) => {
      const wire = await open()
      await wire.write(text)
      const { status, body } = await wire.next()
      expect(status).toBe(400)
      expect(body).not.toMatch(/\bat .*\.(ts|js):/)
      await wire.closed
      expect((await ask(server.url, '/webhook-secret')).status).toBe(200)
    })
  }

  test('whose chunks make no sense is 400 and closed, and no job is made', async ({ server, open }) => {
    const wire = await open()
    await wire.write(`${postHead(GENERATE, 'Transfer-Encoding: chunked\r\n')}zz\r\n\r\n`)
    expect((await wire.next()).status).toBe(400)
    await wire.closed
    expect([...server.world.jobs.live()]).toEqual([])
    expect((await ask(server.url, '/generate', ASYNC)).status).toBe(202)
  })

  for (const [what, head] of [
    ['in the middle of its body', postHead(GENERATE, 'Content-Length: 5000\r\n').concat('{"prompt"')],
    ['in the middle of a chunk', postHead(GENERATE, 'Transfer-Encoding: chunked\r\n').concat('ff\r\n{"prompt"')],
    ['in the middle of its head', 'POST /v1/phota/generate HTTP/1.1\r\nHost: mo'],
  ] as const) {
    test(`that breaks off ${what} makes no job, and the server goes on`, async ({ server, open }) => {
      const wire = await open()
      await wire.write(head)
      expect((await ask(server.url, '/webhook-secret')).status).toBe(200)
      wire.destroy()
      await wire.closed
      for (let i = 0; i < 3; i++) expect((await ask(server.url, '/webhook-secret')).status).toBe(200)
      expect([...server.world.jobs.live()]).toEqual([])
      expect(server.world.journal.entries().every(({ status }) => status === 200)).toBe(true)
    })
  }

  test('that breaks off behind a synchronous request does not end the work: it is still paid for', async ({
    server,
    open,
  }) => {
    const alice = server.world.accounts.get('alice')
    const wire = await open()
    await wire.write(post(GENERATE, SYNC))
    await whileOpen(server)
    wire.destroy()
    await wire.closed
    expect((await ask(server.url, '/webhook-secret')).status).toBe(200)
    expect(alice).toMatchObject({ reserved: 90_000, spent: 0 })
    await server.drive.advance('18s')
    expect(server.world.jobs.openRequests()).toEqual([])
    expect(alice).toMatchObject({ reserved: 0, spent: 90_000 })
    expect((await ask(server.url, '/generate', ASYNC)).status).toBe(202)
  })
})
