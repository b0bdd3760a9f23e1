import { readFile } from 'node:fs/promises'
import { expect } from 'vitest'
import { parse } from 'yaml'
import { connect } from '../../src/control/index.ts'
import { inProcess } from '../../src/index.ts'
import { test } from './serving.ts'

const { version } = JSON.parse(await readFile('package.json', 'utf8')) as { version: string }

const get = (url: string, accept: string): Promise<Response> => fetch(`${url}/`, { headers: { accept } })

test('/ says what this is and where to go, and each place is there', async ({ start }) => {
  for (const control of [true, false]) {
    const { url } = await start({ control })
    const json = await get(url, 'application/json')
    expect(json.headers.get('content-type')).toBe('application/json')
    const { links, ...told } = await json.json()
    expect(told).toEqual({ name: 'phota-mock', version, description: expect.stringContaining('local mock') })
    expect(Object.keys(links)).toEqual(
      control ? ['api', 'openapi', 'dashboard', 'control_openapi', 'health'] : ['api', 'openapi'],
    )
    const text = await (await get(url, '*/*')).text()
    const html = await (await get(url, 'text/html,application/xhtml+xml,*/*;q=0.8')).text()
    expect(html).toMatch(/^<!doctype html>/)
    for (const [name, link] of Object.entries<string>(links)) {
      expect(text).toContain(link)
      // The API's base itself is no page.
      if (name === 'api') continue
      expect(html).toContain(`href="${link.slice(url.length + 1)}"`)
      expect((await fetch(link)).status, link).toBeOneOf([200, 503])
    }
    expect(html.includes('_mock')).toBe(control)
  }
})

test('/ names places as the client reached it, never by an unlisted name', async ({ server, open }) => {
  for (const [host, expected] of [
    ['localhost:8080', 'http://localhost:8080/'],
    ['evil.example', `${server.url}/`],
  ] as const) {
    const wire = await open()
    await wire.write(`GET / HTTP/1.1\r\nHost: ${host}\r\n\r\n`)
    const { body } = await wire.next()
    expect(String(body)).toContain(expected)
    expect(String(body)).not.toContain('evil')
  }
})

test('/ is a page alone: any other method is no endpoint', async ({ server }) => {
  expect((await fetch(`${server.url}/`, { method: 'HEAD' })).status).toBe(200)
  expect((await fetch(`${server.url}/`, { method: 'POST' })).status).toBe(404)
  expect((await fetch(`${server.url}/openapi.yaml`, { method: 'DELETE' })).status).toBe(404)
})

test('The OpenAPI descriptions are served as they are, in YAML and JSON', async ({ server }) => {
  for (const [path, file] of [
    ['/openapi', 'openapi.yaml'],
    ['/_mock/openapi', 'src/spec/control/openapi.yaml'],
  ]) {
    const text = await readFile(file as string, 'utf8')
    const yaml = await fetch(`${server.url}${path}.yaml`)
    expect([yaml.headers.get('content-type'), await yaml.text()]).toEqual(['application/yaml', text])
    expect(await (await fetch(`${server.url}${path}.json`)).json()).toEqual(parse(text))
  }
})

test('The control API’s description goes with the control API', async ({ start, open }) => {
  const without = await start({ control: false })
  expect((await fetch(`${without.url}/_mock/openapi.yaml`)).status).toBe(404)
  const wire = await open(await start())
  await wire.write('GET /_mock/openapi.yaml HTTP/1.1\r\nHost: evil.example\r\n\r\n')
  expect((await wire.next()).status).toBe(403)
})

test('Health tells version and Worlds, over HTTP and in-process, and wants the token where there is one', async ({
  server,
  start,
}) => {
  const levers = connect(server.url)
  expect(await levers.health()).toEqual({ ready: true, version, worlds: 1 })
  await levers.worlds.create()
  expect((await levers.health()).worlds).toBe(2)
  expect(await inProcess().health()).toEqual({ ready: true, version, worlds: expect.any(Number) })
  const guarded = await start({ control: { token: 'open-sesame' } })
  await expect(connect(guarded.url).health()).rejects.toThrow('expects the token')
  expect((await connect(guarded.url, { token: 'open-sesame' }).health()).ready).toBe(true)
})
