import { expect } from 'vitest'
import { API, ASYNC, test } from './serving.ts'

const ORIGIN = 'http://localhost:5173'
const CORS = /^access-control-/
const PREFLIGHT = {
  Origin: ORIGIN,
  'Access-Control-Request-Method': 'POST',
  'Access-Control-Request-Headers': 'x-api-key',
}

function corsOf({ headers }: Response): Record<string, string> {
  return Object.fromEntries([...headers].filter(([name]) => CORS.test(name)))
}

test('without cors no answer lets a page read it, and OPTIONS is a wrong method', async ({ server }) => {
  const preflight = await fetch(`${server.url}${API}/generate`, { method: 'OPTIONS', headers: PREFLIGHT })
  expect([preflight.status, corsOf(preflight)]).toEqual([405, {}])
  expect(corsOf(await fetch(`${server.url}${API}/webhook-secret`, { headers: { Origin: ORIGIN } }))).toEqual({})
})

for (const cors of ['*', ORIGIN]) {
  const readable = {
    'access-control-allow-origin': cors,
    'access-control-expose-headers': 'X-Request-Id, Retry-After, Allow, Accept-Ranges, Content-Range, ETag',
  }

  test(`with cors ${cors} a preflight is 204 with the API’s methods and headers, and not in the journal`, async ({
    start,
  }) => {
    const server = await start({ cors })
    for (const path of [`${API}/generate`, `${API}/profiles/x`, '/default/20260622/x.jpg']) {
      const preflight = await fetch(`${server.url}${path}`, { method: 'OPTIONS', headers: PREFLIGHT })
      expect([preflight.status, await preflight.text(), corsOf(preflight)]).toEqual([
        204,
        '',
        {
          ...readable,
          'access-control-allow-methods': 'DELETE, GET, HEAD, POST',
          'access-control-allow-headers': 'Content-Type, X-API-Key, X-Mock-Scenario, Range, If-Range',
          'access-control-max-age': '600',
        },
      ])
    }
    expect(server.world.journal.entries()).toEqual([])
    expect((await fetch(`${server.url}${API}/generate`, { method: 'OPTIONS' })).status).toBe(405)
  })

  test(`with cors ${cors} answers, refusals and images can be read`, async ({ start }) => {
    const server = await start({ cors })
    const headers = { 'X-API-Key': 'test-key-alice', 'Content-Type': 'application/json' }
    const submitted = await fetch(`${server.url}${API}/generate`, { method: 'POST', headers, body: ASYNC })
    expect([submitted.status, corsOf(submitted)]).toEqual([202, readable])
    const refused = await fetch(`${server.url}${API}/generate`, { method: 'POST' })
    expect([refused.status, corsOf(refused)]).toEqual([403, readable])
    const image = await fetch(`${server.url}/default/20260622/x.jpg`)
    expect([image.status, corsOf(image)]).toEqual([404, readable])
  })

  test(`with cors ${cors} the control API stays closed to other origins`, async ({ start }) => {
    const server = await start({ cors })
    for (const path of ['/_mock/worlds', '/_mock/', '/_mock/worlds/default/reset']) {
      const preflight = await fetch(`${server.url}${path}`, {
        method: 'OPTIONS',
        headers: { ...PREFLIGHT, Origin: 'http://evil.example' },
      })
      expect([preflight.status, corsOf(preflight)]).toEqual([path === '/_mock/' ? 405 : 403, {}])
      const plain = await fetch(`${server.url}${path}`)
      expect(corsOf(plain)).toEqual({})
    }
  })
}
