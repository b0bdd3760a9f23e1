import { expect } from 'vitest'
import { API, ASYNC, test } from './serving.ts'

const MORE_THAN_ALLOWED = 64 * 1024 * 1024 + 1

function head(path: string, more: Record<string, string | number>, method = 'POST'): string {
  const headers = { Host: 'localhost', 'Content-Type': 'application/json', Expect: '100-continue', ...more }
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`)
  return `${method} ${path} HTTP/1.1\r\n${lines.join('')}\r\n`
}

const length = Buffer.byteLength(ASYNC)

test.for([
  ['an unknown key', `${API}/generate`, { 'X-API-Key': 'nobody', 'Content-Length': length }, 401],
  ['no key', `${API}/generate`, { 'Content-Length': length }, 403],
  ['a path that is none', '/nowhere', { 'Content-Length': length }, 404],
  ['a body too large', `${API}/edit`, { 'X-API-Key': 'test-key-alice', 'Content-Length': MORE_THAN_ALLOWED }, 413],
  ['another site', '/_mock/worlds', { Origin: 'https://evil.example', 'Content-Length': length }, 403],
] as const)(
  'who waits for leave to send a body is refused before it for %s',
  async ([, path, more, status], { open }) => {
    const wire = await open()
    await wire.write(head(path, more))
    const answer = await wire.next()
    expect(answer.status).toBe(status)
    expect(answer.headers['connection']).toBe('close')
    await wire.closed
  },
)

test('who may go on is told so, and then answered', async ({ open, server }) => {
  const wire = await open()
  await wire.write(head(`${API}/generate`, { 'X-API-Key': 'test-key-alice', 'Content-Length': length }))
  expect((await wire.next()).status).toBe(100)
  await wire.write(ASYNC)
  expect((await wire.next()).status).toBe(202)
  await wire.write(
    head('/_mock/worlds/default/clock/advance', { Host: new URL(server.url).host, 'Content-Length': 11 }),
  )
  expect((await wire.next()).status).toBe(100)
  await wire.write('{"by":"1s"}')
  expect((await wire.next()).status).toBe(200)
})
