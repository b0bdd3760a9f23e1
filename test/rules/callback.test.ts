import { createHmac } from 'node:crypto'
import { expect } from 'vitest'
import { API, behindEachDoor, type Callback, type Door, finished, poll, submit } from '../support/doors.ts'

const FAILING = { images: ['https://nowhere.invalid/a.jpg'] }

// Written anew here, so that our signer is held against another one.
const signatureOf = (secret: string, body: string) =>
  `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`

async function secretOf(door: Door, as = 'alice'): Promise<string> {
  return (await door.request('GET', `${API}/webhook-secret`, { as })).body.webhook_signing_secret
}

const withoutQueries = (job: Callback['body']) =>
  JSON.parse(JSON.stringify(job), (_, value) => (typeof value === 'string' ? value.replace(/\?.*/, '') : value))

behindEachDoor('callback', (test) => {
  for (const [outcome, body] of [
    ['succeeded', {}],
    ['failed', FAILING],
  ] as const) {
    test(`a job that ${outcome} is told to its callback_url (callback.delivered)`, async ({ door }) => {
      const receiver = await door.receiver()
      const { body: handle } = await submit(door, { ...body, callback_url: receiver.url })
      await door.clock.settle()
      expect(receiver.received).toHaveLength(1)
      expect(receiver.received[0]?.body).toMatchObject({ job_id: handle.job_id, status: outcome })
      expect(receiver.received[0]?.headers['content-type']).toBe('application/json')
    })
  }

  test('nothing is sent before the job is terminal (callback.not-before)', async ({ door }) => {
    const receiver = await door.receiver()
    await submit(door, { callback_url: receiver.url })
    await door.clock.advance('17s')
    expect(receiver.received).toHaveLength(0)
    await door.clock.advance('1s')
    expect(receiver.received).toHaveLength(1)
  })

  test('the body is what a poll answers at that time (callback.payload)', async ({ door }) => {
    for (const body of [{ num_output_images: 2 }, FAILING]) {
      const receiver = await door.receiver()
      const { body: job } = await finished(door, { ...body, callback_url: receiver.url })
      expect(withoutQueries(receiver.received[0]?.body)).toEqual(withoutQueries(job))
    }
  })

  test('the signature is that of the account’s secret over the exact bytes (callback.signature)', async ({ door }) => {
    const receiver = await door.receiver()
    await finished(door, { callback_url: receiver.url })
    const { rawBody, headers } = receiver.received[0] as Callback
    expect(headers['x-phota-signature']).toBe(signatureOf(await secretOf(door), rawBody))
    expect(headers['x-phota-signature']).toMatch(/^sha256=[0-9a-f]{64}$/)
    expect(headers['x-phota-signature']).not.toBe(signatureOf(await secretOf(door, 'bob'), rawBody))
  })

  test('one changed byte, or other spacing, no longer verifies (callback.tamper)', async ({ door }) => {
    const receiver = await door.receiver()
    await finished(door, { callback_url: receiver.url })
    const { rawBody, headers } = receiver.received[0] as Callback
    const secret = await secretOf(door)
    const tampered = [
      rawBody.replace('succeeded', 'succeedex'),
      JSON.stringify(JSON.parse(rawBody), null, 1),
      `${rawBody}\n`,
    ]
    for (const body of tampered) expect(signatureOf(secret, body)).not.toBe(headers['x-phota-signature'])
  })

  test('a receiver that answers 5xx is tried again after 1, 5 and 25 s, with the same bytes and signature (callback.retry)', async ({
    door,
  }) => {
    const receiver = await door.receiver(500, 503, 404, 302)
    await submit(door, { callback_url: receiver.url })
    await door.clock.advance('1h')
    expect(receiver.received).toHaveLength(4)
    const [first, ...others] = receiver.received
    for (const other of others) {
      expect(other.rawBody).toBe(first?.rawBody)
      expect(other.headers['x-phota-signature']).toBe(first?.headers['x-phota-signature'])
    }
    const [delivery] = [...door.world.outbox.all()]
    expect(delivery?.state).toBe('exhausted')
    expect(delivery?.attempts.map(({ atMs }) => (atMs - door.world.options.startMs) / 1000)).toEqual([18, 19, 24, 49])
    expect(delivery?.attempts.map(({ status }) => status)).toEqual([500, 503, 404, 302])
  })

  test('a receiver that does not answer is tried again 10 s and the wait later (callback.retry)', async ({ door }) => {
    const receiver = await door.receiver('hang', 'hang', 204)
    await submit(door, { callback_url: receiver.url })
    await door.clock.advance('1h')
    const [delivery] = [...door.world.outbox.all()]
    expect(delivery?.attempts.map(({ atMs }) => (atMs - door.world.options.startMs) / 1000)).toEqual([18, 29, 44])
    expect(delivery?.attempts.map(({ status, durationMs }) => [status, durationMs])).toEqual([
      [null, 10_000],
      [null, 10_000],
      [204, 0],
    ])
    expect(delivery?.attempts[0]?.error).toMatch(
      /^no answer within \d+ ms of wall time, which count as 10000 ms of the World's$/,
    )
    expect(receiver.received).toHaveLength(3)
  })

  test('a 2xx ends the attempts (callback.stops)', async ({ door }) => {
    const receiver = await door.receiver(500, 201)
    await submit(door, { callback_url: receiver.url })
    await door.clock.advance('24h')
    expect(receiver.received).toHaveLength(2)
    expect([...door.world.outbox.all()].map(({ state }) => state)).toEqual(['delivered'])
  })

  test('a receiver that never answers changes nothing about the job (callback.best-effort)', async ({ door }) => {
    const receiver = await door.receiver('hang')
    const { body: job } = await finished(door, { callback_url: receiver.url })
    expect(job).toMatchObject({ status: 'succeeded', completed_at: '2026-06-22T12:00:18Z' })
    await door.clock.advance('1h')
    expect((await poll(door, job.job_id)).body).toEqual(job)
  })

  test('a job without callback_url calls nobody (callback.none)', async ({ door }) => {
    const receiver = await door.receiver()
    await finished(door)
    await finished(door, { callback_url: null })
    await door.clock.advance('1h')
    expect(receiver.received).toHaveLength(0)
    expect([...door.world.outbox.all()]).toEqual([])
  })

  test('a host that is neither loopback nor listed is refused and never called (callback.best-effort)', async ({
    door,
  }) => {
    const { body: job } = await finished(door, { callback_url: 'https://hooks.example.com/phota' })
    expect(job.status).toBe('succeeded')
    const [delivery] = [...door.world.outbox.all()]
    expect(delivery?.state).toBe('refused')
    expect(delivery?.attempts).toMatchObject([
      { n: 1, status: null, error: expect.stringContaining('--allow-callback-host hooks.example.com') },
    ])
  })

  test('the webhook secret is the same on each call (secret.shape)', async ({ door }) => {
    const first = await door.request('GET', `${API}/webhook-secret`)
    expect(first.status).toBe(200)
    expect(first.body).toEqual({ webhook_signing_secret: expect.stringMatching(/^[0-9a-f]{64}$/) })
    expect(await secretOf(door)).toBe(first.body.webhook_signing_secret)
  })

  test('two accounts have two secrets (secret.per-account)', async ({ door }) => {
    expect(await secretOf(door, 'alice')).not.toBe(await secretOf(door, 'bob'))
  })
})
