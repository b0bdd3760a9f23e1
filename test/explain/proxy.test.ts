import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect } from 'vitest'
import { type Cli, freePort, type Run, test } from '../cli/cli.ts'

let folder: string
const servers: Server[] = []
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'phota-mock-proxy-'))
})
afterAll(async () => {
  for (const server of servers) server.closeAllConnections()
  await rm(folder, { recursive: true })
})

async function upstream(answer: (request: IncomingMessage, response: ServerResponse) => void): Promise<number> {
  const server = createServer(answer).listen(0, '127.0.0.1')
  servers.push(server)
  await new Promise((resolve) => server.once('listening', resolve))
  return (server.address() as AddressInfo).port
}

async function proxy(
  photaMock: Cli['photaMock'],
  to: number,
  args: string[] = [],
): Promise<{ run: Run; port: number }> {
  const port = await freePort()
  const run = photaMock(['proxy', `http://127.0.0.1:${to}`, '--port', String(port), ...args])
  await expect.poll(() => run.stderr).toMatch(/listens on/)
  return { run, port }
}

/** What comes back over a connection for these bytes, until it is closed. */
function exchange(port: number, bytes: string): Promise<string> {
  return new Promise((resolve) => {
    let seen = ''
    const socket = connect(port, '127.0.0.1', () => socket.write(bytes))
    socket.setEncoding('latin1').on('data', (text) => {
      seen += text
    })
    socket.on('error', () => undefined).on('close', () => resolve(seen))
  })
}

const ask = (more: string, first = 'GET /v1/phota/jobs/1'): string => `${first} HTTP/1.1\r\nHost: here\r\n${more}\r\n`

test('headers pass in their order, case and repetition; those of one connection, and Host, do not', async ({
  photaMock,
}) => {
  const seen: string[][] = []
  const to = await upstream((request, response) => {
    seen.push(request.rawHeaders)
    response.sendDate = false
    response.writeHead(404, 'Nope', [
      'X-B',
      '1',
      'x-a',
      '2',
      'X-B',
      '3',
      'Keep-Alive',
      'timeout=9',
      'Content-Length',
      '2',
    ])
    response.end('no')
  })
  const { port } = await proxy(photaMock, to)
  const answer = await exchange(port, ask('X-zz: 1\r\nx-Aa: 2\r\nX-ZZ: 3\r\nConnection: close, X-Hop\r\nX-Hop: 1\r\n'))
  const sent = seen[0] ?? []
  expect(sent.slice(0, 8)).toEqual(['Host', `127.0.0.1:${to}`, 'X-zz', '1', 'x-Aa', '2', 'X-ZZ', '3'])
  expect(sent).not.toContain('X-Hop')
  expect(answer).toMatch(/^HTTP\/1\.1 404 Nope\r\nX-B: 1\r\nx-a: 2\r\nX-B: 3\r\nContent-Length: 2\r\n/)
  expect(answer).not.toMatch(/timeout=9|Date:/)
})

test('a body streams, chunked as it was, with its trailers, before its end is there', async ({ photaMock }) => {
  let finish = (): void => undefined
  const to = await upstream((request, response) => {
    response.writeHead(200, { Trailer: 'X-Sum' })
    response.write('first')
    finish = () => {
      response.addTrailers({ 'X-Sum': '42' })
      response.end('last')
    }
    request.resume()
  })
  const { port } = await proxy(photaMock, to)
  let early = ''
  const socket = connect(port, '127.0.0.1', () => socket.write(ask('')))
  socket.on('data', (text) => {
    early += String(text)
  })
  await expect.poll(() => early).toContain('first')
  finish()
  await expect.poll(() => early).toMatch(/last\r\n0\r\nX-Sum: 42\r\n\r\n$/)
  socket.destroy()
})

test('100 Continue is the upstream’s: the body is sent only after it', async ({ photaMock }) => {
  let body = ''
  const to = await upstream(() => undefined)
  servers.at(-1)?.on('checkContinue', (request: IncomingMessage, response: ServerResponse) => {
    response.writeContinue()
    request.on('data', (text) => {
      body += String(text)
    })
    request.on('end', () => response.end('done'))
  })
  const { port } = await proxy(photaMock, to)
  let seen = ''
  const head = ask('Expect: 100-continue\r\nContent-Length: 4\r\nConnection: close\r\n', 'POST /v1/phota/edit')
  const socket = connect(port, '127.0.0.1', () => socket.write(head))
  socket.on('data', (text) => {
    seen += String(text)
  })
  await expect.poll(() => seen).toMatch(/^HTTP\/1\.1 100 Continue\r\n\r\n/)
  socket.write('body')
  await expect.poll(() => seen).toMatch(/200 OK[\s\S]*done/)
  expect(body).toBe('body')
})

test('where no answer comes, or it breaks off, the connection is closed and nothing invented', async ({
  photaMock,
}) => {
  const nobody = await freePort()
  const first = await proxy(photaMock, nobody)
  expect(await exchange(first.port, ask(''))).toBe('')
  await expect.poll(() => first.run.stderr).toMatch(/no answer \(ECONNREFUSED\); connection closed/)
  // What Node itself would answer with 400.
  expect(await exchange(first.port, 'nonsense\r\n\r\n')).toBe('')
  const to = await upstream((_, response) => {
    response.writeHead(200, { 'Content-Length': '100' })
    response.write('half')
    setTimeout(() => response.destroy(), 50)
  })
  const second = await proxy(photaMock, to)
  expect(await exchange(second.port, ask(''))).toMatch(/half$/)
  await expect.poll(() => second.run.stderr).toMatch(/the answer broke off/)
})

test('a client that leaves is left at the upstream too', async ({ photaMock }) => {
  let left = 0
  const to = await upstream((request) => {
    request.on('close', () => {
      left += 1
    })
  })
  const { port } = await proxy(photaMock, to)
  const socket = connect(port, '127.0.0.1', () => socket.write(ask('')))
  await new Promise((resolve) => setTimeout(resolve, 200))
  socket.destroy()
  await expect.poll(() => left).toBe(1)
})

test('an upstream that closes each connection after its answer breaks no request', async ({ photaMock }) => {
  const to = await upstream((request, response) => {
    response.on('finish', () => setImmediate(() => request.socket.destroy()))
    response.end('{}')
  })
  const { port } = await proxy(photaMock, to)
  for (let nth = 0; nth < 100; nth++) {
    expect((await fetch(`http://127.0.0.1:${port}/v1/phota/profiles/ids`)).status).toBe(200)
  }
})

test('a large body passes whole in both directions, and is not in the HAR', async ({ photaMock }) => {
  const size = 24 * 1024 * 1024
  let received = 0
  const to = await upstream((request, response) => {
    request.on('data', (chunk: Buffer) => {
      received += chunk.length
    })
    request.on('end', () => response.end(Buffer.alloc(size, 1)))
  })
  const file = join(folder, 'large.har')
  const { port } = await proxy(photaMock, to, ['--har', file])
  const answer = await fetch(`http://127.0.0.1:${port}/v1/phota/edit`, { method: 'POST', body: Buffer.alloc(size, 2) })
  expect((await answer.arrayBuffer()).byteLength).toBe(size)
  expect(received).toBe(size)
  await expect.poll(() => readFile(file, 'utf8')).toContain(`<${size} bytes, of which none are kept>`)
  expect((await readFile(file)).length).toBeLessThan(10_000)
})

test('what the proxy cannot decode is passed on, and is unknown in the HAR rather than wrong', async ({
  photaMock,
}) => {
  const to = await upstream((_, response) => {
    response.writeHead(200, { 'Content-Type': 'application/json', 'Content-Encoding': 'gzip' }).end('no gzip')
  })
  const file = join(folder, 'encoded.har')
  const { port } = await proxy(photaMock, to, ['--har', file])
  expect(await exchange(port, ask('X-API-Key: k\r\nConnection: close\r\n'))).toContain('no gzip')
  await expect.poll(() => readFile(file, 'utf8')).toContain('none are kept: gzip>')
  const explained = photaMock(['explain', file])
  expect(await explained.exited).toBe(0)
  expect(explained.stdout).toContain('Nothing in 1 exchange is impossible')
})

const KEY = 'a-secret-key-0123456789'

test('findings stream, and the HAR is whole after a kill, without keys and secrets', async ({ photaMock }) => {
  const job = { job_id: '1', operation: 'edit', result: null, error: null, created_at: '2026-06-22T12:00:00Z' }
  const states = ['running', 'pending']
  const to = await upstream((request, response) => {
    response.setHeader('Content-Type', 'application/json')
    if (request.url?.includes('webhook-secret')) response.end('{"webhook_signing_secret": "s3cr3t-of-the-hook"}')
    else response.end(JSON.stringify({ ...job, completed_at: null, status: states.shift() }))
  })
  const file = join(folder, 'killed.har')
  const { port, run } = await proxy(photaMock, to, ['--har', file, '--json'])
  for (const path of ['webhook-secret', 'jobs/1', 'jobs/1']) {
    await (
      await fetch(`http://127.0.0.1:${port}/v1/phota/${path}?token=t0ken`, { headers: { 'X-API-Key': KEY } })
    ).text()
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
  await run.prints(/"kind":"impossible","rule":"poll.monotonic","exchange":3/)
  run.process.kill('SIGKILL')
  await run.exited
  const text = await readFile(file, 'utf8')
  expect(JSON.parse(text).log.entries).toHaveLength(3)
  expect(text + run.stdout + run.stderr).not.toMatch(/a-secret-key|s3cr3t|t0ken/)
  const explained = photaMock(['explain', file])
  expect(await explained.exited).toBe(1)
  expect(explained.stdout).toContain('Impossible at exchange 3, by poll.monotonic')
})

test('what would pass the spend limit is not sent, and its connection closed', async ({ photaMock }) => {
  let submits = 0
  const to = await upstream((request, response) => {
    request.resume().on('end', () => {
      submits += 1
      response.writeHead(202, { 'Content-Type': 'application/json' }).end('{"job_id": "1"}')
    })
  })
  const { port, run } = await proxy(photaMock, to, ['--spend-limit', '0.30'])
  const submit = () =>
    fetch(`http://127.0.0.1:${port}/v1/phota/enhance`, {
      method: 'POST',
      body: JSON.stringify({ image: 'https://example.com/1.jpg', num_output_images: 2, async: true }),
    })
  expect((await submit()).status).toBe(202)
  await expect(submit()).rejects.toThrow('fetch failed')
  expect(submits).toBe(1)
  await expect
    .poll(() => run.stderr)
    .toMatch(/enhance: not passed on.*up to \$0\.24, with \$0\.24 of --spend-limit \$0\.30 spent/)
})

test('a URL that is none is refused in a sentence', async ({ photaMock }) => {
  const run = photaMock(['proxy', 'api.photalabs.com'])
  expect(await run.exited).toBe(2)
  expect(run.stderr).toMatch(/^phota-mock proxy: the URL expects an http or https URL/)
})
