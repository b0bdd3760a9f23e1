import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import type { control } from '../../src/control/index.ts'
import { curlOf } from '../../src/dashboard/curl.ts'

const TEXTS = [
  '@/etc/passwd',
  '$(touch /tmp/pwned) `id` $HOME \\$x',
  `it's "quoted" '' \\'`,
  'two\nlines\r\nand\ttabs\\n',
  '{"prompt": "[a-z]{1,2} & ; | < > # ! * ? ~"}',
  '-o /tmp/x',
]

test('a copied curl line sends body, path and key as they were', async () => {
  const seen: unknown[] = []
  const server = createServer(async ({ method, url, headers }, response) => {
    seen.push([method, url, headers['x-api-key']])
    response.end()
  })
  server.on('request', async (request) => {
    let text = ''
    for await (const chunk of request) text += chunk
    seen.push(text)
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const send = (method: string, path: string, text: string | null) => {
    const request_body = text === null ? null : { bytes: text.length, text, sha256: null }
    const line = curlOf({ method, path, request_body } as control.ControlJournalEntry, origin, `@k'$(id)"`)
    return promisify(execFile)('sh', ['-c', line])
  }
  for (const text of TEXTS) {
    await send('POST', '/v1/phota/a/../{b}[1-2]?c=$(id)', text)
    expect(seen.splice(0)).toEqual([['POST', '/v1/phota/a/../{b}[1-2]?c=$(id)', `@k'$(id)"`], text])
  }
  await send('HEAD', '/x', null)
  expect(seen.splice(0)).toEqual([['HEAD', '/x', `@k'$(id)"`], ''])
  server.close()
})
