import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import type { ApiRequest } from '../../src/api/http.ts'
import { Link } from '../../src/server/workers/link.ts'

const REQUEST: ApiRequest = {
  method: 'POST',
  path: '/v1/phota/generate',
  query: '',
  apiKey: 'p2-ключ',
  contentType: null,
  scenario: null,
  body: Buffer.from('{"prompt":"Straße"}'),
}

async function twoLinks(): Promise<[Link, Link]> {
  const folder = mkdtempSync(join(tmpdir(), 'phota-mock-link-'))
  const links = [0, 1].map((self) => new Link({ url: 'http://127.0.0.1:1', folder, prefixes: ['', 'p2-'], self })) as [
    Link,
    Link,
  ]
  onTestFinished(() => {
    for (const link of links) link.close()
    rmSync(folder, { recursive: true })
  })
  for (const link of links) await link.listen()
  for (const link of links) await link.connect()
  return links
}

test('a worker that is asked before it has started answers once it has', async () => {
  const [a, b] = await twoLinks()
  const asked = a.ask(1, 'api', REQUEST)
  await new Promise((resolve) => setTimeout(resolve, 50))
  b.answerBy((kind, request) => ({ status: 202, headers: { kind }, body: JSON.stringify(request.apiKey) }))
  expect(await asked).toEqual({ status: 202, headers: { kind: 'api' }, body: '"p2-ключ"' })
})

test('a question arrives as it was asked, and its answer as it was given', async () => {
  const [a, b] = await twoLinks()
  for (const body of [REQUEST.body, null, 'too-large'] as const) {
    const given = { ...REQUEST, body }
    const answer = {
      status: 200,
      headers: { a: 'b' },
      body: Buffer.from([0, 255, 10]),
      wire: { connection: 'drop' as const, latencyMs: 5 },
    }
    b.answerBy((_, request) => {
      expect(request).toEqual(given)
      return Promise.resolve(answer)
    })
    expect(await a.ask(1, 'api', given)).toEqual(answer)
  }
})

test('a worker that has ended is an error, now and later', async () => {
  const [a, b] = await twoLinks()
  b.answerBy(() => new Promise(() => undefined))
  const asked = a.ask(1, 'api', REQUEST)
  await new Promise((resolve) => setTimeout(resolve, 50))
  a.close()
  await expect(asked).rejects.toThrow('another worker of this server has ended')
  await expect(a.ask(1, 'api', REQUEST)).rejects.toThrow('another worker of this server has ended')
})
