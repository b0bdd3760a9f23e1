import { expect } from 'vitest'
import type { HttpFault } from '../../src/engine/http-fault.ts'
import { signBody } from '../../src/phota/signature.ts'
import { type Answer, API, balance, behindEachDoor, type Door, MINIMAL, poll, submit } from '../support/doors.ts'

/**
 * What a client sees: a status of a whole answer, or that the connection was lost; anything else is a fault of ours.
 */
async function seen(attempt: Promise<Answer>): Promise<number | 'no answer'> {
  try {
    return (await attempt).status
  } catch (error) {
    if (isLost(error)) return 'no answer'
    throw error
  }
}

/** As clients tell whether to try again: by the code of the error, or of its cause. */
function isLost(error: unknown): boolean {
  if (!(error instanceof Error)) return false
  const { code } = error as NodeJS.ErrnoException
  return code === 'ECONNRESET' || code === 'UND_ERR_SOCKET' || isLost(error.cause)
}

/** A client as it should be: the same idempotency key until it has an answer that is one. */
async function retrying(door: Door, id: string): Promise<string> {
  for (let tries = 0; tries < 5; tries++) {
    const answer = submit(door, { client_request_id: id })
    if ((await seen(answer)) === 202) return (await answer).body.job_id
  }
  throw new Error('five tries were not enough')
}

const FAULTS: { name: string; fault: HttpFault; sees: number | 'no answer'; jobs: number }[] = [
  { name: 'a 503 before the commit', fault: { when: 'before', answer: 503 }, sees: 503, jobs: 0 },
  { name: 'a 429 before the commit', fault: { when: 'before', answer: 429, retry_after: 2 }, sees: 429, jobs: 0 },
  {
    name: 'a connection dropped before the commit',
    fault: { when: 'before', answer: 'drop' },
    sees: 'no answer',
    jobs: 0,
  },
  { name: 'a 500 after the commit', fault: { when: 'after', answer: 500 }, sees: 500, jobs: 1 },
  { name: 'a connection dropped after the commit', fault: { answer: 'drop' }, sees: 'no answer', jobs: 1 },
  { name: 'a body that breaks off', fault: { answer: 'truncate' }, sees: 'no answer', jobs: 1 },
  { name: 'a body in drops', fault: { answer: 'trickle', latency: '100ms' }, sees: 202, jobs: 1 },
  { name: 'an answer that comes late', fault: { latency: '60ms' }, sees: 202, jobs: 1 },
]

behindEachDoor('HTTP faults', (test) => {
  for (const { name, fault, sees, jobs } of FAULTS) {
    test(`${name}: what the client sees, and the ground truth`, async ({ door }) => {
      const before = balance(door)
      door.world.scenario({ effect: { fault }, times: 1 })
      expect(await seen(submit(door))).toBe(sees)
      expect([...door.world.jobs.live()]).toHaveLength(jobs)
      expect(balance(door).reserved - before.reserved > 0).toBe(jobs === 1)
      expect((await submit(door)).status).toBe(202)
    })

    test(`${name}: a client that retries with one client_request_id ends with one job and one charge`, async ({
      door,
    }) => {
      const before = balance(door)
      door.world.scenario({ effect: { fault }, times: 2 })
      const jobId = await retrying(door, 'order-1')
      await door.clock.settle()
      expect([...door.world.jobs.live()].map(({ id }) => id)).toEqual([jobId])
      const after = balance(door)
      expect(after).toMatchObject({ reserved: before.reserved, spent: before.spent + 90_000 })
      expect((await poll(door, jobId)).body.status).toBe('succeeded')
    })
  }

  test('a late answer is late, and says how late to nobody', async ({ door }) => {
    door.world.scenario({ effect: { fault: { latency: '150ms' } }, times: 1 })
    const begun = performance.now()
    await submit(door)
    expect(performance.now() - begun).toBeGreaterThanOrEqual(145)
  })

  test('a 429 tells Retry-After', async ({ door }) => {
    door.world.scenario({ effect: { fault: { when: 'before', answer: 429, retry_after: 7 } }, times: 1 })
    const { status, headers, body } = await submit(door)
    expect([status, headers.get('retry-after')]).toEqual([429, '7'])
    expect(body).toEqual({
      code: 'TOO_MANY_REQUESTS',
      detail: expect.any(String),
      request_id: headers.get('x-request-id'),
    })
  })

  test('polls can go wrong too, by operation, account and count, and the job is none the worse', async ({ door }) => {
    const { body } = await submit(door)
    door.world.scenario({
      match: { operation: 'getJob', account: 'alice', nth: 2 },
      effect: { fault: { answer: 500 } },
    })
    const statuses: number[] = []
    for (let nth = 0; nth < 3; nth++) statuses.push((await poll(door, body.job_id)).status)
    expect(statuses).toEqual([200, 500, 200])
  })

  test('a request that is refused anyway is matched by none', async ({ door }) => {
    door.world.scenario({ effect: { fault: { answer: 500 } }, times: 1 })
    expect((await submit(door, { num_output_images: 9 })).status).toBe(422)
    expect((await submit(door)).status).toBe(500)
  })

  test('the journal tells of it', async ({ door }) => {
    const id = door.world.scenario({ effect: { fault: { answer: 'drop' } }, times: 1 })
    await seen(submit(door))
    const entry = [...door.world.journal.entries()].at(-1)
    expect(entry).toMatchObject({ status: null, warnings: [`${id}: drop, after it was carried out`] })
  })
})

behindEachDoor('X-Mock-Scenario', (test) => {
  const ask = (door: Door, scenario: string, body: object = {}): Promise<Answer> =>
    door.request('POST', `${API}/generate`, {
      headers: { 'X-Mock-Scenario': scenario },
      body: { ...MINIMAL.generate, async: true, response_mode: 'urls', ...body },
    })

  test('decides on its own request alone', async ({ door }) => {
    const { body: doomed } = await ask(door, 'fail=GENERATION_FAILED; running=1s')
    const { body: fine } = await submit(door)
    await door.clock.advance('3s')
    expect((await poll(door, doomed.job_id)).body).toMatchObject({
      status: 'failed',
      error: { code: 'GENERATION_FAILED' },
    })
    await door.clock.settle()
    expect((await poll(door, fine.job_id)).body.status).toBe('succeeded')
    expect(door.world.scenarios.states()).toEqual([])
  })

  test('can have the request itself go wrong', async ({ door }) => {
    const { status, headers } = await ask(door, 'fault=503; when=before; retry_after=3')
    expect([status, headers.get('retry-after')]).toEqual([503, '3'])
    expect(await seen(ask(door, 'fault=drop'))).toBe('no answer')
    expect([...door.world.jobs.live()]).toHaveLength(1)
  })

  test.for([
    ['nonsense', /expects name=value, several by semicolon, received "nonsense"/],
    ['fail=NOPE', /scenario\.effect\.fail expects one of 'GENERATION_FAILED'/],
    ['fial=TIMEOUT', /scenario\.effect\.fial is no field/],
    ['fault=99', /scenario\.effect\.fault\.answer expects a status from 400 to 599/],
    ['fault=truncate; when=before', /leaves nothing to answer with/],
    ['fault=drop; retry_after=3', /retry_after stands beside a status/],
    ['fault=500; retry_after=1.5', /retry_after expects a whole number from 0 to 1000000000, received "1\.5"/],
    [
      `fault=500; retry_after=${'9'.repeat(22)}`,
      /retry_after expects a whole number from 0 to 1000000000, received 1e\+22/,
    ],
    ['latency=30d', /fault\.latency expects a duration of at most '24d'.*, received "30d"/],
    ['fault=500; fail=TIMEOUT', /fault stands alone; fail belongs in a scenario of its own/],
  ] as const)('%s is 400, and nothing happens', async ([header, detail], { door }) => {
    const { status, body } = await ask(door, header)
    expect([status, body.code]).toEqual([400, 'BAD_REQUEST'])
    expect(body.detail).toMatch(detail)
    expect([...door.world.jobs.live()]).toEqual([])
  })

  test('a header that cannot be read is 400 in a request without a body too', async ({ door }) => {
    for (const [method, path] of [
      ['GET', '/webhook-secret'],
      ['GET', '/jobs/unknown'],
      ['GET', '/profiles/ids'],
      ['DELETE', '/profiles/unknown'],
    ] as const) {
      const { status } = await door.request(method, `${API}${path}`, { headers: { 'X-Mock-Scenario': 'nonsense' } })
      expect(status).toBe(400)
    }
  })
})

behindEachDoor('callback faults', (test) => {
  const secretOf = async (door: Door): Promise<string> =>
    (await door.request('GET', `${API}/webhook-secret`)).body.webhook_signing_secret

  test('a duplicate is the same bytes twice, whatever the receiver answers', async ({ door }) => {
    const receiver = await door.receiver(200)
    door.world.scenario({ effect: { callback: { fault: 'duplicate' } } })
    await submit(door, { callback_url: receiver.url })
    await door.clock.settle()
    expect(receiver.received).toHaveLength(2)
    expect(receiver.received[1]?.rawBody).toBe(receiver.received[0]?.rawBody)
    expect(receiver.received[1]?.headers).toMatchObject({
      'x-phota-signature': receiver.received[0]?.headers['x-phota-signature'],
    })
  })

  test('a wrong signature is well-formed, and of another secret', async ({ door }) => {
    const receiver = await door.receiver(200)
    door.world.scenario({ effect: { callback: { fault: 'wrong-signature' } } })
    await submit(door, { callback_url: receiver.url })
    await door.clock.settle()
    const [{ rawBody, headers } = { rawBody: '', headers: {} }] = receiver.received
    const signature = (headers as Record<string, string>)['x-phota-signature']
    expect(signature).toMatch(/^sha256=[0-9a-f]{64}$/)
    expect(signature).not.toBe(signBody(await secretOf(door), rawBody))
  })

  test('one that is never sent leaves polling right', async ({ door }) => {
    const receiver = await door.receiver(200)
    door.world.scenario({ effect: { callback: { fault: 'never' } } })
    const { body } = await submit(door, { callback_url: receiver.url })
    await door.clock.advance('1h')
    expect(receiver.received).toEqual([])
    expect((await poll(door, body.job_id)).body.status).toBe('succeeded')
  })

  test('delays bring callbacks out of order, and after the expiry', async ({ door }) => {
    const receiver = await door.receiver(200)
    door.world.scenario({ match: { prompt: 'late' }, effect: { callback: { delay: '25h' } } })
    const { body: late } = await submit(door, { callback_url: receiver.url, prompt: 'late' })
    const { body: soon } = await submit(door, { callback_url: receiver.url })
    await door.clock.advance('24h30m')
    expect(receiver.received.map(({ body }) => body.job_id)).toEqual([soon.job_id])
    await door.clock.advance('1h')
    expect(receiver.received.map(({ body }) => body.job_id)).toEqual([soon.job_id, late.job_id])
    expect((await poll(door, late.job_id)).status).toBe(410)
  })

  test('can be asked for in the header', async ({ door }) => {
    const receiver = await door.receiver(200)
    await door.request('POST', `${API}/generate`, {
      headers: { 'X-Mock-Scenario': 'callback=duplicate; callback_delay=1m' },
      body: { ...MINIMAL.generate, async: true, response_mode: 'urls', callback_url: receiver.url },
    })
    await door.clock.advance('30s')
    expect(receiver.received).toHaveLength(0)
    await door.clock.advance('1m')
    expect(receiver.received).toHaveLength(2)
  })
})
