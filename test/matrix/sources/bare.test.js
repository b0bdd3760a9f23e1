import assert from 'node:assert/strict'
import { MisuseError, Phota } from 'phota-mock'
import { connect } from 'phota-mock/control'
import defaultWorld from 'phota-mock/fixtures/default'
import { startServer } from 'phota-mock/server'
import { callWith } from './clients.js'
import { done, dozen } from './dozen.js'
import { test } from './runner.js'

// Without msw: by `phota.fetch`, and by a server.
for (const [title, run] of dozen) {
  test(title, async () => {
    const phota = new Phota()
    await run({ phota, call: callWith(phota.fetch), MisuseError })
    await phota.close()
    done(title)
  })
}

test('options are heard', () => {
  assert.equal(new Phota({ deposit: '1.00' }).account.availableMicroUsd, 1_000_000)
  done('options are heard')
})

test('a server of this process answers', async () => {
  const server = await startServer({ port: 0, clock: 'manual', contents: defaultWorld })
  const headers = { 'x-api-key': 'test-key-alice', 'content-type': 'application/json' }
  const body = JSON.stringify({ prompt: 'a lighthouse', async: true, response_mode: 'urls' })
  const accepted = await fetch(`${server.url}/v1/phota/generate`, { method: 'POST', headers, body })
  const { job_id } = await accepted.json()
  await connect(server.url).worlds.get('default').clock.advance('18s')
  const job = await (await fetch(`${server.url}/v1/phota/jobs/${job_id}`, { headers })).json()
  assert.equal((await fetch(job.result.download_urls[0])).headers.get('content-type'), 'image/jpeg')
  await server.close()
  done('a server of this process answers')
})
