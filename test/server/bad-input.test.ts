import { hash } from 'node:crypto'
import { afterEach, expect, vi } from 'vitest'
import { operations } from '../../src/spec/control/index.ts'
import { API, ask, test } from './serving.ts'

// Control requests that mean something to JavaScript or to a URL parser, and no more.

afterEach(() => vi.restoreAllMocks())

const INHERITED = ['__proto__', 'constructor']

async function told(url: string, init?: RequestInit): Promise<{ status: number; text: string }> {
  const response = await fetch(url, init)
  return { status: response.status, text: await response.text() }
}

for (const name of INHERITED) {
  test(`a query parameter ${name} is 400 on every control operation`, async ({ server }) => {
    const complained = vi.spyOn(console, 'error')
    for (const { method, path, operationId, requestBody } of Object.values(operations)) {
      if (requestBody !== null) continue
      const at = path.replace('{world}', 'default').replace(/\{\w+\}/g, 'alice')
      const { status, text } = await told(`${server.url}/_mock${at}?${name}=1`, { method })
      expect({ operationId, status }).toEqual({ operationId, status: 400 })
      expect(text).toContain(`${name} is no parameter`)
    }
    expect(complained).not.toHaveBeenCalled()
  })

  test(`a scenario named or spelled with ${name} is refused as any unknown name`, async ({ server }) => {
    const header = await told(`${server.url}${API}/generate`, {
      method: 'POST',
      headers: { 'X-API-Key': 'test-key-alice', 'X-Mock-Scenario': `${name}=1`, 'Content-Type': 'application/json' },
      body: '{"async":true,"response_mode":"urls"}',
    })
    expect(header).toMatchObject({ status: 400, text: expect.stringContaining(`${name} is no field`) })
    const { status, text } = await told(`${server.url}/_mock/worlds/default/scenarios`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: `{"match":{"${name}":"x"},"effect":{"running":"1s"}}`,
    })
    expect({ status, text }).toMatchObject({ status: 400, text: expect.not.stringContaining('two spellings') })
  })
}

test('paths that are no URL are in the journal, and the HAR export tells them', async ({ server, open }) => {
  const paths = ['//', '//[', '//%zz/', '//[?tag=a', '/%zz?tag=%zz', '*']
  for (const path of paths) {
    const wire = await open()
    await wire.write(`OPTIONS ${path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`)
    await wire.closed
  }
  const har = await told(`${server.url}/_mock/worlds/default/journal.har`)
  expect(har.status).toBe(200)
  const { entries } = JSON.parse(har.text).log
  expect(entries.map((entry: { request: { url: string } }) => entry.request.url)).toEqual(
    paths.map((path) => server.url + path),
  )
  expect(entries[3].request.queryString).toEqual([{ name: 'tag', value: 'a' }])
  expect((await ask(server.url, '/webhook-secret')).status).toBe(200)
})

test('of a long body the journal has length, hash and beginning, however it was sent', async ({ server }) => {
  const body = JSON.stringify({ image: 'A'.repeat(300_000), async: true, response_mode: 'urls' })
  const chunked = new ReadableStream({
    start(controller) {
      for (let at = 0; at < body.length; at += 50_000) controller.enqueue(Buffer.from(body.slice(at, at + 50_000)))
      controller.close()
    },
  })
  for (const sent of [body, chunked]) {
    await told(`${server.url}${API}/enhance`, {
      method: 'POST',
      headers: { 'X-API-Key': 'test-key-alice', 'Content-Type': 'application/json' },
      body: sent,
      duplex: 'half',
    } as RequestInit)
    expect(server.world.journal.entries().at(-1)?.requestBody).toEqual({
      bytes: body.length,
      text: body.slice(0, 4096),
      sha256: hash('sha256', body, 'hex'),
    })
  }
})

test('a snapshot with 200,000 jobs that are none is refused, and keeps nobody waiting for ever', async ({ server }) => {
  const path = `${server.url}/_mock/worlds/default/snapshot`
  const snapshot = JSON.parse((await told(path)).text)
  const jobs = Array.from({ length: 200_000 }, (_, i) => `p${i}`)
  const answer = await fetch(path, {
    method: 'PUT',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ ...snapshot, jobs }),
  })
  expect(answer.status).toBe(400)
  expect(await answer.text()).toMatch(/jobs\[0\] expects an object with id, .*, received \\"p0\\"; .*and \d+ more/)
})
