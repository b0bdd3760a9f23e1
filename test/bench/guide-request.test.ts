import { readFile } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { parse } from 'yaml'
import { SUBMIT_BODY, SUBMIT_PATH } from './guide-request.ts'

test('what the benchmark submits is the guide’s example, without a callback and an idempotency key', async () => {
  const { paths } = parse(await readFile('openapi.yaml', 'utf8'))
  const { examples } = paths[SUBMIT_PATH].post.requestBody.content['application/json']
  const { callback_url, client_request_id, ...request } = examples.asynchronous.value
  expect(JSON.parse(SUBMIT_BODY)).toEqual(request)
})
