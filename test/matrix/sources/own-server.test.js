import assert from 'node:assert/strict'
import { HttpResponse, http } from 'msw'
import { setupServer } from 'msw/node'
import { test as base } from 'phota-mock/vitest'
import { afterAll, beforeAll } from 'vitest'
import { done } from './dozen.js'

const server = setupServer(http.get('https://my.app/health', () => HttpResponse.json({ mine: true })))
beforeAll(() => server.listen())
afterAll(() => server.close())

const test = base.extend({ photaServer: [server, { scope: 'file' }] })

test('an msw server of one’s own answers, too', async ({ phota }) => {
  const headers = { 'x-api-key': phota.account.apiKey }
  assert.equal((await fetch(`${phota.baseUrl}/webhook-secret`, { headers })).status, 200)
  assert.equal(await (await fetch('https://my.app/health')).text(), '{"mine":true}')
  done('an msw server of one’s own answers, too')
})
