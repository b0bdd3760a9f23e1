import { expect, test, vi } from 'vitest'
import { checkResponse } from '../../src/api/check-response.ts'
import { phota } from '../../src/phota/api.ts'
import { startServer } from '../../src/server/server.ts'

test.each([
  ['with a body', 'POST', '/generate', JSON.stringify({ prompt: 'a lighthouse' })],
  ['without a body', 'GET', '/jobs/0c9e7a315f3c4a1e9b4d4c7e8a2f1b6d', null],
])('a bug of ours is a 500 and a line in the log, for a request %s', async (_, method, path, body) => {
  const log = vi.spyOn(console, 'error').mockImplementation(() => undefined)
  const bug = (): never => {
    throw new Error('a bug')
  }
  const api = { ...phota, implementations: { ...phota.implementations, generate: bug, getJob: bug } }
  const server = await startServer({ port: 0, api, contents: { accounts: [{ id: 'ann', keys: ['key'] }] } })
  const headers = { 'X-API-Key': 'key', 'Content-Type': 'application/json' }
  const answer = await fetch(`${server.url}/v1/phota${path}`, { method, headers, body })
  expect([answer.status, (await answer.json()).code]).toEqual([500, 'INTERNAL'])
  expect(log).toHaveBeenCalledWith(expect.stringContaining('a bug'))
  await server.close(0)
})

test('an answer without a body is held against a description that has none', () => {
  const documented = { contentType: null, validate: null, headers: {}, source: 'choice' as const }
  const deleteProfile = { ...phota.operations['deleteProfile'], responses: { 204: documented } } as never
  const check = (headers: Record<string, string>) => () =>
    checkResponse({ deleteProfile }, 'deleteProfile', { status: 204, headers, body: '' })
  expect(check({})).not.toThrow()
  expect(check({ 'content-type': 'text/plain' })).toThrow('the content type is text/plain, not null')
})
