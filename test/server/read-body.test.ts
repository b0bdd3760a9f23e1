import { once } from 'node:events'
import { createServer, request as httpRequest } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { BodyReader } from '../../src/server/read-body.ts'

test('bodies that are read at once share a budget, and give back what they took of it', async () => {
  const reader = new BodyReader(100_000)
  const server = createServer((request, response) => {
    reader.read(
      request,
      (body) => response.end(body === null || typeof body === 'string' ? String(body) : `${body.length} bytes`),
      () => undefined,
    )
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  const { port } = server.address() as AddressInfo
  /** Sends the first part, and the rest when it is told to. */
  function begin(bytes: number) {
    const request = httpRequest({ port, method: 'POST', headers: { 'content-length': bytes } })
    request.on('error', () => undefined)
    const answered = once(request, 'response').then(async ([response]) => {
      let text = ''
      for await (const chunk of response) text += chunk
      return text
    })
    // One of them is broken off.
    answered.catch(() => undefined)
    request.write(Buffer.alloc(bytes - 1))
    const end = (): Promise<string> => {
      request.end('x')
      return answered
    }
    return { request, end }
  }
  const first = begin(60_000)
  await once(server, 'request')
  await new Promise((resolve) => setTimeout(resolve, 50))
  expect(await begin(60_000).end()).toBe('one-too-many')
  expect(await begin(30_000).end()).toBe('30000 bytes')
  expect(await first.end()).toBe('60000 bytes')
  const gone = begin(90_000)
  await once(server, 'request')
  await new Promise((resolve) => setTimeout(resolve, 50))
  gone.request.destroy()
  await new Promise((resolve) => setTimeout(resolve, 50))
  expect(await begin(100_000).end()).toBe('100000 bytes')
})
