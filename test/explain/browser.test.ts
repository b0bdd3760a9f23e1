import { existsSync } from 'node:fs'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { chromium } from 'playwright-core'
import { expect, test } from 'vitest'
import defaultWorld from '../../fixtures/worlds/default.ts'
import { recordingIn } from '../../src/cli/run-explain.ts'
import { historyOf } from '../../src/explain/history.ts'
import { judgeHistory } from '../../src/explain/judge.ts'
import { startServer } from '../../src/server/index.ts'

const CHROMIUM = '/usr/bin/chromium'

/** A whole job, from a page: submit, replay, polls, download. */
const SCRIPT = `async ({ base, key }) => {
  const ask = async (path, body) => {
    const headers = { 'X-API-Key': key, ...(body && { 'Content-Type': 'application/json' }) }
    const method = body ? 'POST' : 'GET'
    const response = await fetch(base + path, { method, headers, ...(body && { body: JSON.stringify(body) }) })
    return await response.json()
  }
  await ask('/webhook-secret')
  const request = { prompt: 'Ein Leuchtturm – 灯台', async: true, response_mode: 'urls', client_request_id: 'page-1' }
  const { job_id: id } = await ask('/generate', request)
  await ask('/generate', request)
  await ask('/generate', { ...request, response_mode: 'bytes' })
  for (;;) {
    const job = await ask('/jobs/' + id)
    if (job.status === undefined) throw new Error(JSON.stringify(job))
    if (job.status === 'succeeded') {
      await fetch(job.result.download_urls[0])
      return id
    }
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
}`

test.skipIf(!existsSync(CHROMIUM) && !process.env['CI'])(
  'a recording that Chromium makes by Playwright is read whole, and is lawful',
  async () => {
    const folder = await mkdtemp(join(tmpdir(), 'phota-mock-har-'))
    const world = { pendingMs: 150, runningMs: 150 }
    const server = await startServer({ port: 0, cors: '*', clock: 'real', contents: defaultWorld, world })
    const browser = await chromium.launch({ executablePath: CHROMIUM, args: ['--no-sandbox'] })
    try {
      for (const content of ['embed', 'attach', 'omit'] as const) {
        const path = join(folder, `${content}.har`)
        const context = await browser.newContext({ recordHar: { path, content } })
        const page = await context.newPage()
        // The root has a policy that lets its pages ask nobody.
        await page.goto(`${server.url}/v1/phota/nowhere`)
        const given = { base: `${server.url}/v1/phota`, key: 'test-key-alice' }
        const id = await page.evaluate(`(${SCRIPT})(${JSON.stringify(given)})`)
        await context.close()
        expect(await readFile(path, 'utf8')).toContain(String(id))
        const judge = judgeHistory(historyOf([await recordingIn(path, 0)]))
        expect(judge.findings.all.filter(({ kind }) => kind === 'impossible')).toEqual([])
        expect(judge.asked).toBeGreaterThanOrEqual(5)
        expect(judge.findings.looks.has('poll.succeeded')).toBe(content !== 'omit')
        expect(judge.findings.looks.has('result.download')).toBe(content !== 'omit')
      }
    } finally {
      await browser.close()
      await server.close()
      await rm(folder, { recursive: true })
    }
  },
)
