import { once } from 'node:events'
import { type AddressInfo, connect, createServer } from 'node:net'
import tls from 'node:tls'
import { expect, test } from 'vitest'
import { readOpening } from '../../src/intercept/opening.ts'

/** What a client of Node's, and so of OpenSSL's, says first. */
async function helloOf(options: tls.ConnectionOptions): Promise<Buffer> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const client = tls.connect({ ...options, socket: connect(port, '127.0.0.1') }).on('error', () => undefined)
  const [socket] = await once(server, 'connection')
  const [hello] = await once(socket, 'data')
  client.destroy()
  socket.destroy()
  server.close()
  return hello
}

/** The same handshake in records of `size` bytes. */
function cut(record: Buffer, size: number): Buffer {
  const pieces: Buffer[] = []
  for (let at = 5; at < record.length; at += size) {
    const piece = record.subarray(at, at + size)
    pieces.push(Buffer.from([22, 3, 1, piece.length >> 8, piece.length & 255]), piece)
  }
  return Buffer.concat(pieces)
}

test('the server name of a ClientHello is read as soon as all of it is there, and not before', async () => {
  const hello = await helloOf({ servername: 'api.photalabs.com', ALPNProtocols: ['h2', 'http/1.1'] })
  for (let length = 1; length < hello.length; length++) expect(readOpening(hello.subarray(0, length))).toBeNull()
  expect(readOpening(hello)).toEqual({ kind: 'tls', name: 'api.photalabs.com' })
})

test('a ClientHello in many records is read like one in a single record', async () => {
  const hello = await helloOf({ servername: 'api.photalabs.com', maxVersion: 'TLSv1.2' })
  for (const size of [1, 7, 100]) expect(readOpening(cut(hello, size))?.kind).toBe('tls')
  expect(readOpening(cut(hello, 7))).toEqual({ kind: 'tls', name: 'api.photalabs.com' })
})

test('a ClientHello without a server name is TLS without a name', async () => {
  expect(readOpening(await helloOf({ servername: '' }))).toEqual({ kind: 'tls', name: null })
})

test('whatever a ClientHello promises and does not hold, the reading ends', async () => {
  const hello = await helloOf({ servername: 'api.photalabs.com' })
  for (let at = 5; at < hello.length; at++) {
    for (const byte of [0, 255]) {
      const damaged = Buffer.from(hello)
      damaged[at] = byte
      const opening = readOpening(damaged)
      expect(opening === null || opening.kind === 'tls').toBe(true)
    }
  }
  expect(
    readOpening(Buffer.concat([Buffer.from([22, 3, 1, 255, 255, 1, 255, 255, 255]), Buffer.alloc(70_000)])),
  ).toEqual({
    kind: 'tls',
    name: null,
  })
})

test.each([
  ['GET / HTTP/1.1\r\nHost: api.photalabs.com\r\n\r\n', { kind: 'http', host: 'api.photalabs.com' }],
  ['POST /a HTTP/1.1\r\nX: host: b\r\nhOST:a.test:8080\r\n\r\nbody', { kind: 'http', host: 'a.test:8080' }],
  ['GET / HTTP/1.0\n\n', { kind: 'http', host: null }],
  ['GET / HTTP/1.1\r\nHost: a.test\r\n', null],
  ['GE', null],
  ['', null],
  ['SSH-2.0-OpenSSH_9.2\r\n', { kind: 'other' }],
  ['\x00\x01', { kind: 'other' }],
  [`GET /${'a'.repeat(70_000)}`, { kind: 'other' }],
])('%j opens as %j', (text, opening) => {
  expect(readOpening(Buffer.from(text))).toEqual(opening)
})
