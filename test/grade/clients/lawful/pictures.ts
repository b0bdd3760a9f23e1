/** A suite for node:test, which submits all its jobs before the first test. A failed test is its exit code. */
import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { before, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'

const TRANSIENT = [429, 500, 502, 503, 504]

/** The bytes of an answer, after four tries at most. Resolves to null if the URL was refused. */
async function send(url: string, init: RequestInit = {}): Promise<Buffer | null> {
  for (let attempt = 1; ; attempt += 1) {
    let problem = 'no answer'
    let waitMs = 1000 * 2 ** (attempt - 1)
    try {
      const answer = await fetch(url, { signal: AbortSignal.timeout(60_000), ...init })
      const body = Buffer.from(await answer.arrayBuffer())
      if (answer.ok) return body
      if (!TRANSIENT.includes(answer.status)) return null
      problem = String(answer.status)
      waitMs = Math.max(waitMs, Number(answer.headers.get('retry-after')) * 1000)
    } catch (error) {
      problem = String(error)
    }
    assert.notEqual(attempt, 4, problem)
    await sleep(waitMs)
  }
}

async function call(path: string, init: RequestInit = {}): Promise<Record<string, never>> {
  const headers = { 'X-API-Key': process.env['PHOTA_API_KEY']!, 'Content-Type': 'application/json' }
  const answer = await send(process.env['PHOTA_BASE_URL'] + path, { headers, redirect: 'manual', ...init })
  assert.ok(answer, `${path} was refused`)
  return JSON.parse(answer.toString())
}

async function submit(prompt: string): Promise<string> {
  const job = { prompt, async: true, response_mode: 'urls', output_format: 'jpg', client_request_id: randomUUID() }
  return (await call('/generate', { method: 'POST', body: JSON.stringify(job) }))['job_id']!
}

async function picture(jobId: string): Promise<Buffer> {
  for (let waitMs = 1000; ; waitMs = Math.min(waitMs * 1.4, 10_000)) {
    await sleep(waitMs)
    const job = await call(`/jobs/${jobId}`)
    assert.notEqual(job['status'], 'failed')
    if (job['status'] !== 'succeeded') continue
    const bytes = await send(job['result']!['download_urls']![0]!)
    if (bytes) return bytes
    assert.ok(waitMs < 10_000, 'no URL is taken')
  }
}

const prompts = ['海辺の灯台', 'a lighthouse by the sea']
let jobs: string[]
before(async () => {
  jobs = await Promise.all(prompts.map(submit))
})

for (const [nth, prompt] of prompts.entries()) {
  test(`there is a whole picture of ${prompt}`, async () => {
    const bytes = await picture(jobs[nth]!)
    assert.equal(bytes.subarray(-2).toString('hex'), 'ffd9')
  })
}
