import { once } from 'node:events'
import { createServer, type ServerResponse } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { text } from 'node:stream/consumers'
import { expect, onTestFinished, test } from 'vitest'
import { WriteQueue, write } from '../../src/server/write-queue.ts'

const plain = (body: string, headers: Record<string, string> = {}) => ({ status: 200, headers, body })

/** Requests that come in one turn of the event loop, and all that is answered. */
async function pipelined(paths: readonly string[], answer: (path: string, raw: ServerResponse) => void) {
  const server = createServer((request, raw) => answer(request.url as string, raw))
  onTestFinished(() => void server.close())
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const socket = connect((server.address() as AddressInfo).port, '127.0.0.1')
  const last = paths.length - 1
  socket.write(
    paths
      .map((path, i) => `GET ${path} HTTP/1.1\r\nHost: a\r\n${i === last ? 'Connection: close\r\n' : ''}\r\n`)
      .join(''),
  )
  return (await text(socket)).match(/^HTTP\/1.1 \d+|body \S+$/gm)
}

test('answers leave together, in order, once all requests of the turn are through', async () => {
  const seen: string[] = []
  const queue = new WriteQueue(() => seen.push('failed'))
  const answered = await pipelined(['/1', '/2', '/3'], (path, raw) => {
    seen.push(`asked ${path}`)
    raw.on('finish', () => seen.push(`left ${path}`))
    queue.add(raw, plain(`body ${path}\n`))
  })
  expect(answered).toEqual(['HTTP/1.1 200', 'body /1', 'HTTP/1.1 200', 'body /2', 'HTTP/1.1 200', 'body /3'])
  expect(seen).toEqual(['asked /1', 'asked /2', 'asked /3', 'left /1', 'left /2', 'left /3'])
})

test('one that cannot be written is answered by another, and those after it leave', async () => {
  const queue = new WriteQueue((raw, error) => {
    expect(error).toMatchObject({ code: 'ERR_INVALID_CHAR' })
    write(raw, { ...plain('body failed\n'), status: 500 })
  })
  const answered = await pipelined(['/1', '/2'], (path, raw) => {
    queue.add(raw, plain(`body ${path}\n`, path === '/1' ? { 'x-bad': 'two\nlines' } : {}))
  })
  expect(answered).toEqual(['HTTP/1.1 500', 'body failed', 'HTTP/1.1 200', 'body /2'])
})
