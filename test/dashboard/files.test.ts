import { request } from 'node:http'
import { expect } from 'vitest'
import type { RunningServer } from '../../src/server/server.ts'
import { test } from './browser.ts'

async function get(server: RunningServer, path: string, method = 'GET'): Promise<Response> {
  return fetch(server.url + path, { method, redirect: 'manual' })
}

test('the page is sent with a policy that lets in nothing of others', async ({ start }) => {
  const server = await start({ publicUrl: 'http://mock.local:4010/base' })
  const response = await get(server, '/_mock/')
  expect([response.status, response.headers.get('content-type')]).toEqual([200, 'text/html; charset=utf-8'])
  expect(response.headers.get('content-security-policy')).toBe(
    "default-src 'self'; img-src 'self' data: http://mock.local:4010; frame-ancestors 'none'; base-uri 'none'; " +
      "form-action 'self'",
  )
  const page = await response.text()
  const [, script = ''] = /src="\.\/(assets\/[^"]+\.js)"/.exec(page) ?? []
  const file = await get(server, `/_mock/${script}`)
  expect([file.status, file.headers.get('content-type')]).toEqual([200, 'text/javascript; charset=utf-8'])
  expect(file.headers.get('cache-control')).toBe('max-age=31536000, immutable')
  expect((await file.text()).length).toBeLessThan(150_000)
  expect(page).not.toMatch(/https?:/)
})

test('without its last slash it redirects, and it takes only GET and HEAD', async ({ start }) => {
  const server = await start()
  const response = await get(server, '/_mock')
  expect([response.status, response.headers.get('location')]).toEqual([307, '_mock/'])
  expect((await get(server, '/_mock/', 'HEAD')).status).toBe(200)
  expect((await get(server, '/_mock/', 'POST')).status).toBe(405)
  expect((await get(server, '/_mock/assets/../../package.json')).status).toBe(404)
})

test('it needs no token, but a name of this machine; without control it is not there', async ({ start }) => {
  const server = await start({ control: { token: 'open-sesame' } })
  expect((await get(server, '/_mock/')).status).toBe(200)
  const status = await new Promise((resolve) => {
    request(`${server.url}/_mock/`, { headers: { host: 'evil.test' } }, (response) => {
      response.resume()
      resolve(response.statusCode)
    }).end()
  })
  expect(status).toBe(403)
  expect((await get(await start({ control: false }), '/_mock/')).status).toBe(404)
})
