import { once } from 'node:events'
import http from 'node:http'
import { connect, createServer } from 'node:net'
import { text } from 'node:stream/consumers'
import tls from 'node:tls'
import { expect, vi } from 'vitest'
import { ask, secured, strangerServer, test, tunnel } from './rig.ts'

// Where the real hosts are, as far as anybody asks.
const REAL_ADDRESS = '127.0.0.9'
vi.mock('node:dns/promises', () => ({
  lookup: async (host: string) =>
    host === 'api.real.test' ? [{ address: REAL_ADDRESS, family: 4 }] : Promise.reject(new Error(host)),
}))

test('https to one of the hosts is answered in its place, and recorded', async ({ intercept, intercepted, mock }) => {
  const { url, caFile } = await intercept()
  const socket = await secured(await tunnel(url, 'api.real.test:443'), caFile, { servername: 'api.real.test' })
  const headers = { 'content-type': 'text/plain', 'X-Twice': ['1', '2'], connection: 'close, X-Hop', 'x-hop': '1' }
  const answer = await ask(socket, 'api.real.test', '/v1/%41/../b?c=%20', { method: 'POST', headers }, 'läuft')
  expect(answer).toMatchObject({ status: 200, body: 'POST api.real.test /v1/%41/../b?c=%20 läuft' })
  expect(answer.headers['x-mock']).toBe('yes')
  expect(mock.asked[0]?.headersDistinct['x-twice']).toEqual(['1', '2'])
  expect(mock.asked[0]?.headers).not.toHaveProperty('x-hop')
  await expect.poll(() => intercepted).toHaveLength(1)
  expect(intercepted[0]).toMatchObject({
    scheme: 'https',
    host: 'api.real.test',
    method: 'POST',
    path: '/v1/%41/../b?c=%20',
    requestBody: { bytes: 6, kept: Buffer.from('läuft') },
    status: 200,
    responseBody: { bytes: Buffer.byteLength(answer.body), kept: Buffer.from(answer.body) },
    isComplete: true,
  })
})

test('http to one of the hosts is answered in its place: by a whole URL, and in a tunnel', async ({ intercept }) => {
  const { url } = await intercept()
  const port = Number(new URL(url).port)
  // As a proxy has it, the host in the URL counts (RFC 9112, 3.2.2).
  const whole = await ask(connect(port, '127.0.0.1'), 'evil.test', 'http://API.real.test:80/a?b')
  expect(whole.body).toBe('GET api.real.test /a?b ')
  const inTunnel = await ask(await tunnel(url, 'cdn.real.test:80'), 'cdn.real.test', '/c')
  expect(inTunnel.body).toBe('GET cdn.real.test /c ')
})

test('a whole https URL in plain text, as axios sends it to a proxy, is answered', async ({ intercept }) => {
  const { url } = await intercept()
  const answer = await ask(connect(Number(new URL(url).port), '127.0.0.1'), 'api.real.test', 'https://api.real.test/a')
  expect(answer.body).toBe('GET api.real.test /a ')
})

test('a connection that was led here instead of to a host is answered, by TLS and in plain text', async ({
  intercept,
}) => {
  const { url, caFile } = await intercept()
  const port = Number(new URL(url).port)
  const secure = await secured(connect(port, '127.0.0.1'), caFile, { servername: 'api.real.test' })
  expect((await ask(secure, 'api.real.test:443', '/a')).body).toBe('GET api.real.test:443 /a ')
  expect((await ask(connect(port, '127.0.0.1'), 'api.real.test', '/b')).body).toBe('GET api.real.test /b ')
})

test('a tunnel to elsewhere whose ClientHello names one of the hosts ends here', async ({
  intercept,
  listening,
  mock,
}) => {
  const seen: string[] = []
  const other = createServer((socket) => void socket.on('data', (chunk) => seen.push(chunk.toString('latin1'))))
  const { port } = await listening(other)
  const { url, caFile } = await intercept()
  const secure = await secured(await tunnel(url, `localhost:${port}`), caFile, { servername: 'api.real.test' })
  expect((await ask(secure, 'api.real.test', '/a')).body).toBe('GET api.real.test /a ')
  const plain = await ask(await tunnel(url, `127.0.0.1:${port}`), 'cdn.real.test', '/b')
  expect(plain.body).toBe('GET cdn.real.test /b ')
  expect(seen).toEqual([])
  expect(mock.asked).toHaveLength(2)
})

test('the address of a real host leads here, too, and nothing goes to it', async ({ intercept }) => {
  const connected: string[] = []
  const real = createServer(() => connected.push('reached'))
  real.listen(0, REAL_ADDRESS)
  await once(real, 'listening')
  const { port } = real.address() as { port: number }
  const { url, caFile } = await intercept()
  const named = await secured(await tunnel(url, `${REAL_ADDRESS}:${port}`), caFile, { servername: 'api.real.test' })
  expect((await ask(named, 'api.real.test', '/a')).body).toBe('GET api.real.test /a ')
  const nameless = await tunnel(url, `${REAL_ADDRESS}:${port}`)
  const insecure = tls.connect({ socket: nameless, rejectUnauthorized: false, servername: '' })
  await once(insecure, 'secureConnect')
  expect((await ask(insecure, 'api.real.test', '/b')).body).toBe('GET api.real.test /b ')
  const proxyPort = Number(new URL(url).port)
  const whole = await ask(connect(proxyPort, '127.0.0.1'), 'api.real.test', `http://${REAL_ADDRESS}:${port}/c`)
  expect(whole.status).toBe(421)
  expect(connected).toEqual([])
  real.close()
})

test('another name at the address of a real host is another host', async ({ intercept }) => {
  const { server, ca } = await strangerServer((_, response) => response.end('theirs'))
  server.listen(0, REAL_ADDRESS)
  await once(server, 'listening')
  const { port } = server.address() as { port: number }
  const { url } = await intercept()
  const socket = tls.connect({ socket: await tunnel(url, `${REAL_ADDRESS}:${port}`), ca, servername: 'other.test' })
  expect((await ask(socket, 'other.test', '/')).body).toBe('theirs')
  server.close()
  server.closeAllConnections()
})

test('a request on one of our connections that is for another host goes nowhere', async ({ intercept, mock }) => {
  const { url, caFile } = await intercept()
  const secure = await secured(await tunnel(url, 'api.real.test:443'), caFile, { servername: 'api.real.test' })
  const answer = await ask(secure, 'other.test', '/a')
  expect(answer.status).toBe(421)
  expect(answer.body).toContain("the request is for 'other.test' on a connection for 'api.real.test'")
  const own = await ask(connect(Number(new URL(url).port), '127.0.0.1'), new URL(url).host, '/')
  expect(own.status).toBe(421)
  expect(mock.asked).toEqual([])
})

test('a host of the real service that nobody answers for is not called either', async ({ intercept, mock }) => {
  const { url, caFile } = await intercept()
  for (const host of ['real.test', 'new.real.test']) {
    const secure = await secured(await tunnel(url, `${host}:443`), caFile, { servername: host })
    const { status, body } = await ask(secure, host, '/')
    expect({ status, body }).toEqual({
      status: 502,
      body: JSON.stringify({
        code: 'NOT_INTERCEPTED',
        detail: `phota-mock: nothing answers for ${host} here, and the real one is never called.`,
      }),
    })
  }
  expect(mock.asked).toEqual([])
})

test('a mock that is down is a 502, and nothing else is tried', async ({ intercept, intercepted }) => {
  const { url, caFile } = await intercept({ originOf: () => 'http://127.0.0.1:9' })
  const secure = await secured(await tunnel(url, 'api.real.test:443'), caFile, { servername: 'api.real.test' })
  const { status, body } = await ask(secure, 'api.real.test', '/')
  expect(status).toBe(502)
  expect(body).toContain('the request to api.real.test could not be sent on: connect ECONNREFUSED 127.0.0.1:9')
  await expect.poll(() => intercepted).toMatchObject([{ status: null }])
})

test('an answer that is lost or cut off stays so', async ({ intercept, intercepted, mock }) => {
  const { url, caFile } = await intercept()
  const connected = async () => secured(await tunnel(url, 'api.real.test:443'), caFile, { servername: 'api.real.test' })
  mock.answer = (request) => request.socket.destroy()
  await expect(ask(await connected(), 'api.real.test', '/lost')).rejects.toThrow('socket hang up')
  mock.answer = (_, response) => {
    response.writeHead(200, { 'content-length': 100 })
    response.write('half', () => response.destroy())
  }
  await expect(ask(await connected(), 'api.real.test', '/half')).rejects.toThrow('aborted')
  await expect.poll(() => intercepted).toHaveLength(2)
  expect(intercepted).toMatchObject([
    { path: '/lost', status: null, isComplete: false },
    { path: '/half', status: 200, isComplete: false, responseBody: { bytes: 4 } },
  ])
})

test('a client that leaves is gone for the mock too', async ({ intercept, mock }) => {
  const { url, caFile } = await intercept()
  const secure = await secured(await tunnel(url, 'api.real.test:443'), caFile, { servername: 'api.real.test' })
  const gone = new Promise((resolve) => {
    mock.answer = (request) => request.socket.on('close', resolve)
  })
  secure.write('GET / HTTP/1.1\r\nHost: api.real.test\r\n\r\n')
  await expect.poll(() => mock.asked).toHaveLength(1)
  secure.destroy()
  await gone
})

test('a client that waits for a 100 gets the mock’s, or its refusal', async ({ intercept, listening }) => {
  const server = http.createServer(async (request, response) => response.end(await text(request)))
  server.on('checkContinue', (request, response) => {
    if (request.url === '/no') {
      response.writeHead(401).end()
      return
    }
    response.writeContinue()
    server.emit('request', request, response)
  })
  const mock = await listening(server)
  const { url } = await intercept({ originOf: () => mock.url })
  const send = async (path: string) => {
    const socket = connect(Number(new URL(url).port), '127.0.0.1')
    const headers = { host: 'api.real.test', expect: '100-continue', 'content-length': 4 }
    const request = http.request({ method: 'POST', path, headers, createConnection: () => socket })
    request.on('continue', () => request.end('body')).flushHeaders()
    const [response] = await once(request, 'response')
    const told = `${response.statusCode} ${await text(response)}`
    request.destroy()
    return told
  }
  expect(await send('/yes')).toBe('200 body')
  expect(await send('/no')).toBe('401 ')
})

test('the hosts of others are reached untouched: their own certificate, their own bytes', async ({
  intercept,
  intercepted,
  listening,
}) => {
  const { server, ca } = await strangerServer((request, response) => response.end(`theirs ${request.url}`))
  const { port } = await listening(server)
  const { url } = await intercept()
  const socket = tls.connect({ socket: await tunnel(url, `localhost:${port}`), ca, servername: 'localhost' })
  expect((await ask(socket, 'localhost', '/a')).body).toBe('theirs /a')
  const plain = http.createServer((request, response) => response.end(`plain ${request.headers.host} ${request.url}`))
  const other = await listening(plain)
  const proxyPort = Number(new URL(url).port)
  const whole = await ask(connect(proxyPort, '127.0.0.1'), 'x', `http://localhost:${other.port}/a/../b?c`)
  expect(whole.body).toBe(`plain localhost:${other.port} /a/../b?c`)
  const inTunnel = await ask(await tunnel(url, `localhost:${other.port}`), 'any.test', '/d')
  expect(inTunnel.body).toBe('plain any.test /d')
  expect(intercepted).toEqual([])
})

test('a server that speaks first is heard', async ({ intercept, listening }) => {
  const server = createServer((socket) => {
    socket.write('220 ready\r\n')
    socket.once('data', (line) => socket.end(`250 ${line}`))
  })
  const { port } = await listening(server)
  const { url } = await intercept()
  const socket = await tunnel(url, `127.0.0.1:${port}`)
  const [greeting] = await once(socket, 'data')
  expect(String(greeting)).toBe('220 ready\r\n')
  socket.write('\x00EHLO\r\n')
  const [reply] = await once(socket, 'data')
  expect(String(reply)).toBe('250 \x00EHLO\r\n')
})

test('who cannot be reached, and what is no target, is told so', async ({ intercept }) => {
  const { url } = await intercept()
  await expect(tunnel(url, '127.0.0.1:9')).rejects.toThrow(
    /^HTTP\/1.1 502 Bad Gateway\r\n[\s\S]*\r\n\r\nphota-mock: 127.0.0.1:9 cannot be reached: connect ECONNREFUSED 127.0.0.1:9\n$/,
  )
  await expect(tunnel(url, 'nonsense')).rejects.toThrow('400 Bad Request')
  const whole = await ask(connect(Number(new URL(url).port), '127.0.0.1'), 'x', 'http://127.0.0.1:9/')
  expect(whole.status).toBe(502)
})

/** A proxy of a company: it notes what it is asked, and leads everything to one port of this machine. */
function companyProxy(seen: string[], port: number): http.Server {
  const note = ({ method, url, headers }: http.IncomingMessage): void => {
    seen.push(`${method} ${url} ${headers['proxy-authorization'] ?? ''}`.trim())
  }
  const server = http.createServer((request, response) => {
    note(request)
    response.end(`by the company: ${request.url}`)
  })
  return server.on('connect', (request, socket, head) => {
    note(request)
    const onward = connect(port, '127.0.0.1').on('error', () => socket.destroy())
    socket.on('error', () => onward.destroy())
    socket.write('HTTP/1.1 200 OK\r\n\r\n')
    onward.write(head)
    socket.pipe(onward).pipe(socket)
  })
}

test('the user’s own proxy leads to the hosts of others, but for NO_PROXY, and never to ours', async ({
  intercept,
  listening,
}) => {
  const { server, ca } = await strangerServer((_, response) => response.end('theirs'))
  const { port } = await listening(server)
  const seen: string[] = []
  const company = await listening(companyProxy(seen, port))
  const proxy = `http://ada:p%40ss@127.0.0.1:${company.port}`
  const { url, caFile } = await intercept({ env: { https_proxy: proxy, HTTP_PROXY: proxy, NO_PROXY: '.direct.test' } })
  const socket = tls.connect({ socket: await tunnel(url, 'other.test:443'), ca, servername: 'other.test' })
  expect((await ask(socket, 'other.test', '/')).body).toBe('theirs')
  const proxyPort = Number(new URL(url).port)
  const whole = await ask(connect(proxyPort, '127.0.0.1'), 'x', 'http://other.test/a')
  expect(whole.body).toBe('by the company: http://other.test/a')
  const secure = await secured(await tunnel(url, 'api.real.test:443'), caFile, { servername: 'api.real.test' })
  expect((await ask(secure, 'api.real.test', '/')).status).toBe(200)
  await expect(tunnel(url, 'a.direct.test:443')).rejects.toThrow('a.direct.test:443 cannot be reached')
  const credentials = `Basic ${Buffer.from('ada:p@ss').toString('base64')}`
  expect(seen).toEqual([`CONNECT other.test:443 ${credentials}`, `GET http://other.test/a ${credentials}`])
})

test('a proxy of a kind that cannot be spoken to is named', async ({ intercept }) => {
  const { url } = await intercept({ env: { ALL_PROXY: 'socks5://proxy.test:1080' } })
  await expect(tunnel(url, 'other.test:443')).rejects.toThrow(
    'other.test:443 cannot be reached: your proxy socks5://proxy.test:1080 is neither http nor https',
  )
})

test('closing ends every connection, open tunnels too', async ({ intercept, listening }) => {
  const { port } = await listening(createServer())
  const one = await intercept()
  const sockets = [await tunnel(one.url, `127.0.0.1:${port}`), await tunnel(one.url, 'api.real.test:443')]
  const ended = Promise.all(sockets.map((socket) => once(socket, 'close')))
  await one.close()
  await ended
})
