import { createServer, type IncomingHttpHeaders } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setupServer } from 'msw/node'
import { expect, onTestFinished, test } from 'vitest'
import { type Post, postByFetch, postByHttp } from '../../src/deliver/post.ts'
import type { DueAttempt } from '../../src/engine/delivery.ts'
import { version } from '../../src/spec/version.ts'

/** The headers that one attempt arrives with at a receiver of its own. */
async function headersOf(post: Post, path = ''): Promise<IncomingHttpHeaders> {
  const seen: IncomingHttpHeaders[] = []
  const receiver = createServer((request, response) => {
    seen.push(request.headers)
    request.resume().on('end', () => response.writeHead(204).end())
  })
  await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    receiver.closeAllConnections()
    receiver.close()
  })
  const url = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/${path}`
  const due = {
    attempt: 1,
    delivery: { url, body: '{}' },
    headers: { 'x-phota-signature': 'sha256=0' },
  } as unknown as DueAttempt
  expect(await post(due, new AbortController().signal, () => undefined)).toBe(204)
  return seen[0] as IncomingHttpHeaders
}

function underMsw(): void {
  const msw = setupServer()
  // The types of msw 2 and 3 differ.
  msw.listen({ onUnhandledRequest: 'bypass', onUnhandledFrame: 'bypass' } as object)
  onTestFinished(() => msw.close())
}

test.for([
  ['fetch', postByFetch, () => undefined],
  ['fetch that msw has intercepted', postByFetch, underMsw],
  ['a connection of its own', postByHttp, () => undefined],
  ['a connection of its own that msw has intercepted', postByHttp, underMsw],
] as [string, Post, () => void][])(
  'by %s, a callback says who sends it, and nothing that only a browser says',
  async ([, post, prepare]) => {
    prepare()
    const headers = await headersOf(post)
    expect(headers['user-agent']).toBe(`phota-mock/${version}`)
    expect(headers['x-phota-signature']).toBe('sha256=0')
    expect(headers['content-length']).toBe('2')
    expect(Object.keys(headers).filter((name) => name.startsWith('sec-') || name === 'accept-language')).toEqual([])
  },
)
