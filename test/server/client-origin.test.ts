import { once } from 'node:events'
import { createServer, request } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect } from 'vitest'
import { connect } from '../../src/control/index.ts'
import { clientOrigins } from '../../src/server/client-origin.ts'
import { startServer } from '../../src/server/server.ts'
import { API, ASYNC, test } from './serving.ts'

/**
 * Asks by a name of choice, as a client does that reaches the port through a mapping, a container's network or a proxy.
 */
// biome-ignore lint/suspicious/noExplicitAny: tests look into bodies of every shape.
async function askAs(host: string, url: string, path: string, body?: string): Promise<any> {
  const sent = request(url + API + path, {
    method: body === undefined ? 'GET' : 'POST',
    headers: { host, 'x-api-key': 'test-key-alice', 'content-type': 'application/json' },
  })
  sent.end(body)
  const [response] = await once(sent, 'response')
  let text = ''
  for await (const chunk of response.setEncoding('utf8')) text += chunk
  return JSON.parse(text)
}

const urlOf = (poll: { result: { download_urls: string[] } }): URL => new URL(poll.result.download_urls[0] as string)

test('Download URLs follow the loopback or listed name that the client used, and no other (--public-url auto)', async ({
  start,
}) => {
  const server = await start({ publicHosts: ['phota-mock', '*.internal'] })
  const { job_id: job } = await askAs('localhost:8080', server.url, '/generate', ASYNC)
  await server.drive.advance('20s')
  const own = new URL(server.url).host
  for (const [host, expected] of [
    ['localhost:8080', 'localhost:8080'],
    ['LOCALHOST:8080', 'localhost:8080'],
    ['127.0.0.1:9999', '127.0.0.1:9999'],
    ['[::1]:8080', '[::1]:8080'],
    ['localhost', 'localhost'],
    ['phota-mock:4010', 'phota-mock:4010'],
    ['a.internal', 'a.internal'],
    ['evil.example', own],
    ['localhost.evil.example', own],
    ['evil.example#.internal', own],
    ['evil.example/.internal', own],
    ['user@localhost:8080', own],
    ['', own],
  ] as const) {
    const poll = await askAs(host, server.url, `/jobs/${job}`)
    expect(urlOf(poll).host, host).toBe(expected)
    // The signature holds under whichever name.
    const { pathname, search } = urlOf(poll)
    expect((await fetch(server.url + pathname + search)).status, host).toBe(200)
    expect((await fetch(`${server.url}${pathname}${search.replace('token=', 'token=0')}`)).status, host).toBe(403)
  }
})

test('A synchronous answer and the control API follow the name too', async ({ start }) => {
  const server = await start({ clock: 'auto' })
  const named = server.url.replace('127.0.0.1', 'localhost')
  const { host } = new URL(named)
  const result = await askAs(host, server.url, '/generate', '{"prompt": "a lighthouse", "response_mode": "urls"}')
  expect(new URL(result.download_urls[0]).host).toBe(host)
  await askAs(host, server.url, '/generate', ASYNC)
  await server.drive.advance('20s')
  const world = connect(named).worlds.get('default')
  const [listed] = await world.jobs.list({ status: 'succeeded' })
  expect(urlOf(listed as never).host).toBe(host)
  const { job } = await world.jobs.get(listed?.job_id as string)
  expect(urlOf(job as never).host).toBe(host)
})

test('A callback carries the name of its submit, whoever polls or submits again (callback.payload)', async ({
  start,
}) => {
  const bodies: string[] = []
  const receiver = createServer(async (request, response) => {
    let text = ''
    for await (const chunk of request.setEncoding('utf8')) text += chunk
    bodies.push(text)
    response.end()
  }).listen(0, '127.0.0.1')
  await once(receiver, 'listening')
  try {
    const server = await start()
    const callback_url = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/`
    const body = JSON.stringify({ ...JSON.parse(ASYNC), callback_url, client_request_id: 'once' })
    const handle = await askAs('localhost:8080', server.url, '/generate', body)
    // The handle has a path alone, so that a replay is the same by every name.
    expect(await askAs('127.0.0.1:7070', server.url, '/generate', body)).toEqual(handle)
    await server.drive.advance('20s')
    await askAs('127.0.0.1:7070', server.url, `/jobs/${handle.job_id}`)
    expect(JSON.parse(bodies[0] as string)).toEqual(await askAs('localhost:8080', server.url, `/jobs/${handle.job_id}`))
    await connect(server.url).worlds.get('default').deliveries.inject(handle.job_id)
    await server.drive.settle()
    expect(bodies).toEqual([bodies[0], bodies[0]])
  } finally {
    receiver.close()
  }
})

test('A public URL of one’s own stands for all names', async ({ start }) => {
  const server = await start({ publicUrl: 'https://mock.example/base' })
  const { job_id: job } = await askAs('localhost:8080', server.url, '/generate', ASYNC)
  await server.drive.advance('20s')
  expect(urlOf(await askAs('localhost:8080', server.url, `/jobs/${job}`)).href).toContain(
    'https://mock.example/base/default/',
  )
})

test('Names that could never match, or that nothing would follow, are refused', async () => {
  await expect(startServer({ port: 0, publicHosts: ['http://a:80'] })).rejects.toThrow(
    'publicHosts expects names without scheme and port, received "http://a:80"',
  )
  await expect(startServer({ port: 0, publicHosts: ['a'], publicUrl: 'http://b' })).rejects.toThrow('one of the two')
})

test('Names of strangers fill no memory', () => {
  const originOf = clientOrigins([])
  for (let i = 0; i < 1000; i++)
    expect(originOf(`localhost:${i + 1}`)).toBe(`http://localhost${i === 79 ? '' : `:${i + 1}`}`)
})
