import assert from 'node:assert/strict'
import { appendFileSync } from 'node:fs'
import everyState from 'phota-mock/fixtures/every-state'

const ORDER = { prompt: 'a lighthouse', async: true, response_mode: 'urls' }

const keyed = (account) => ({ 'x-api-key': account.apiKey })

async function submit({ phota, call }, more = {}, account = phota.account) {
  const headers = { ...keyed(account), 'content-type': 'application/json' }
  const { status, bytes } = await call(
    'POST',
    `${phota.baseUrl}/generate`,
    headers,
    JSON.stringify({ ...ORDER, ...more }),
  )
  return { ...JSON.parse(bytes.toString()), httpStatus: status }
}

async function poll({ phota, call }, jobId, account = phota.account) {
  const { status, bytes } = await call('GET', `${phota.baseUrl}/jobs/${jobId}`, keyed(account))
  const body = JSON.parse(bytes.toString())
  return { ...body, httpStatus: status }
}

/**
 * What must work everywhere: titles, and what each does with a fresh `phota` and a `call(method, url, headers, body)`.
 */
export const dozen = [
  [
    'a submit is accepted',
    async (t) => {
      const { httpStatus, job_id } = await submit(t)
      assert.equal(httpStatus, 202)
      assert.match(job_id, /^[0-9a-f]{32}$/)
    },
  ],
  [
    'a poll follows the clock',
    async (t) => {
      const { job_id } = await submit(t)
      const seen = []
      for (const step of ['0s', '2s', '16s']) {
        await t.phota.clock.advance(step)
        seen.push((await poll(t, job_id)).status)
      }
      assert.deepEqual(seen, ['pending', 'running', 'succeeded'])
    },
  ],
  [
    'a callback arrives, and is verified',
    async (t) => {
      const receiver = t.phota.receiver()
      const { job_id } = await submit(t, { callback_url: receiver.url })
      await t.phota.clock.advance('18s')
      const [callback] = receiver.received
      assert.deepEqual([callback.verified, callback.job.job_id, callback.job.status], [true, job_id, 'succeeded'])
    },
  ],
  [
    'an image downloads, whole',
    async (t) => {
      const { job_id } = await submit(t)
      await t.phota.clock.advance('18s')
      const [url] = (await poll(t, job_id)).result.download_urls
      const { status, headers, bytes } = await t.call('GET', url, {})
      assert.deepEqual([status, headers['content-type']], [200, 'image/jpeg'])
      assert.equal(bytes.length, Number(headers['content-length']))
      assert.deepEqual([...bytes.subarray(0, 2), ...bytes.subarray(-2)], [0xff, 0xd8, 0xff, 0xd9])
    },
  ],
  [
    'a result is gone after a day',
    async (t) => {
      const { job_id } = await submit(t)
      await t.phota.clock.advance('18s')
      await t.phota.clock.advance('24h')
      assert.equal((await poll(t, job_id)).httpStatus, 410)
    },
  ],
  [
    'a client_request_id makes one job',
    async (t) => {
      const first = await submit(t, { client_request_id: 'order-1' })
      const again = await submit(t, { client_request_id: 'order-1' })
      assert.equal(again.job_id, first.job_id)
      assert.equal(t.phota.jobs.count(), 1)
    },
  ],
  [
    'a failure is refunded',
    async (t) => {
      t.phota.scenario({ effect: { fail: 'GENERATION_FAILED' } })
      const before = t.phota.account.availableMicroUsd
      const { job_id } = await submit(t)
      assert.notEqual(t.phota.account.availableMicroUsd, before)
      await t.phota.clock.settle()
      assert.equal((await poll(t, job_id)).error.code, 'GENERATION_FAILED')
      assert.equal(t.phota.account.availableMicroUsd, before)
    },
  ],
  [
    'an account without money is refused',
    async (t) => assert.equal((await submit(t, {}, t.phota.createAccount('poor', '0'))).httpStatus, 402),
  ],
  [
    'another account does not see the job',
    async (t) => {
      const { job_id } = await submit(t)
      assert.equal((await poll(t, job_id, t.phota.createAccount('bob'))).httpStatus, 404)
    },
  ],
  [
    'a misuse is a MisuseError that says what would be right',
    async ({ phota, MisuseError }) => {
      const isExplained = (error) => error instanceof MisuseError && /there are tester/.test(error.message)
      assert.throws(() => phota.as('nobody'), isExplained)
    },
  ],
  [
    'a shipped fixture loads',
    async ({ phota }) => {
      phota.load(await everyState())
      assert.equal(phota.jobs.count({ status: 'running' }), 1)
    },
  ],
  [
    'a dropped answer is an error to the client, and the job exists',
    async (t) => {
      t.phota.scenario({ effect: { fault: { when: 'after', answer: 'drop' } }, times: 1 })
      await assert.rejects(submit(t))
      assert.equal(t.phota.jobs.count(), 1)
    },
  ],
]

/** Tells scripts/check-matrix.ts that a test got to its end: what no runner can leave out unnoticed. */
export function done(title) {
  appendFileSync(process.env.MATRIX_LOG, `${title}\n`)
}
