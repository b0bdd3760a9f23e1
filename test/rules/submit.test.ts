import { expect } from 'vitest'
import {
  API,
  ASYNC,
  balance,
  behindEachDoor,
  EDIT,
  finished,
  MINIMAL,
  OPERATIONS,
  poll,
  submit,
  whileOpen,
} from '../support/doors.ts'

const JOB_ID = /^[0-9a-f]{32}$/
const NEVER_ISSUED = 'ffffffffffff4fff8fffffffffffffff'

behindEachDoor('submit', (test) => {
  for (const operation of OPERATIONS) {
    for (const mode of [{}, { async: false }]) {
      test(`${operation} with ${JSON.stringify(mode)} answers 200 with the result itself (submit.sync-default)`, async ({
        door,
      }) => {
        const body = { ...MINIMAL[operation], ...mode, response_mode: 'urls' }
        const answer = door.request('POST', `${API}/${operation}`, { body })
        await whileOpen(door)
        await door.clock.advance('18s')
        expect((await answer).status).toBe(200)
        expect((await answer).body).toMatchObject({
          images: [],
          download_urls: [expect.stringContaining('.jpg?token=')],
          known_subjects: { counts: {} },
        })
      })
    }

    test(`an async ${operation} is accepted without waiting for the result (submit.accepted)`, async ({ door }) => {
      const { status, body } = await submit(door, {}, 'alice', operation)
      expect(status).toBe(202)
      expect(body).toEqual({
        job_id: expect.stringMatching(JOB_ID),
        status: 'pending',
        poll_url: `${API}/jobs/${body.job_id}`,
      })
      expect(door.clock.nowMs()).toBe(door.world.options.startMs)
    })
  }

  test('poll_url leads to the job (submit.poll-url)', async ({ door }) => {
    const { body } = await submit(door)
    expect(body.poll_url).toBe(`/v1/phota/jobs/${body.job_id}`)
    const answer = await door.request('GET', body.poll_url)
    expect(answer.status).toBe(200)
    expect(answer.body.job_id).toBe(body.job_id)
  })

  test('job ids are 32 lowercase hex digits without a common part (submit.job-id-opaque)', async ({ door }) => {
    const ids = await Promise.all(Array.from({ length: 20 }, async () => (await submit(door)).body.job_id as string))
    for (const id of ids) expect(id).toMatch(JOB_ID)
    const sorted = ids.toSorted()
    for (const [i, id] of sorted.entries()) expect(id.slice(0, 8)).not.toBe(sorted[i + 1]?.slice(0, 8))
  })

  for (const operation of OPERATIONS) {
    const asked = (body: object) => ({ body: { ...MINIMAL[operation], async: true, ...body } })

    test(`an async ${operation} with response_mode bytes is 422 and names response_mode (submit.bytes-refused)`, async ({
      door,
    }) => {
      const { status, body } = await door.request('POST', `${API}/${operation}`, asked({ response_mode: 'bytes' }))
      expect(status).toBe(422)
      expect(body.detail).toEqual([
        { loc: ['body', 'response_mode'], msg: "async: true requires response_mode: 'urls'", type: 'value_error' },
      ])
    })

    test(`an async ${operation} without response_mode is 422 and names response_mode (submit.mode-required)`, async ({
      door,
    }) => {
      const { status, body } = await door.request('POST', `${API}/${operation}`, asked({}))
      expect(status).toBe(422)
      expect(body.detail).toMatchObject([{ loc: ['body', 'response_mode'] }])
    })
  }

  for (const mode of [{}, { async: false }]) {
    test(`callback_url with ${JSON.stringify(mode)} is 422 and names callback_url (submit.callback-needs-async)`, async ({
      door,
    }) => {
      const body = { ...EDIT, ...mode, response_mode: 'urls', callback_url: 'https://example.com/hook' }
      const answer = await door.request('POST', `${API}/edit`, { body })
      expect(answer.status).toBe(422)
      expect(answer.body.detail).toMatchObject([{ loc: ['body', 'callback_url'] }])
    })
  }

  for (const callback_url of ['http://example.com/hook', 'ftp://example.com/hook', 'example.com/hook', 'not a url']) {
    test(`callback_url ${callback_url} is 422 (submit.callback-https)`, async ({ door }) => {
      const { status, body } = await submit(door, { callback_url })
      expect(status).toBe(422)
      expect(body.detail).toMatchObject([{ loc: ['body', 'callback_url'] }])
    })
  }

  test('callback_url over https is accepted, and over http to loopback (submit.callback-https)', async ({ door }) => {
    for (const callback_url of ['https://example.com/hook', 'http://127.0.0.1:9/hook', 'http://localhost:9/hook']) {
      expect((await submit(door, { callback_url })).status).toBe(202)
    }
  })

  test('work that outlasts the synchronous limit succeeds in async; in sync it is 504 and released (submit.longer-budget)', async ({
    door,
  }) => {
    door.world.scenario({ effect: { running: '11m' } })
    const before = balance(door)
    const sync = door.request('POST', `${API}/edit`, { body: EDIT })
    await whileOpen(door)
    await door.clock.advance('10m')
    expect((await sync).status).toBe(504)
    expect((await sync).body).toMatchObject({ code: 'TIMEOUT', detail: expect.any(String) })
    expect(balance(door)).toEqual(before)
    expect((await finished(door)).body.status).toBe('succeeded')
  })

  test('a 422 names every offending field by its path, all in one answer (submit.validation-body)', async ({
    door,
  }) => {
    const body = {
      prompt: 7,
      images: ['https://example.com/a.jpg', 5],
      num_output_images: 9,
      resolution: '8K',
      async: true,
    }
    const answer = await door.request('POST', `${API}/edit`, { body })
    expect(answer.status).toBe(422)
    expect(answer.body.request_id).toBe(answer.headers.get('x-request-id'))
    const fields = answer.body.detail.map((item: { loc: unknown[] }) => item.loc.join('.'))
    expect(fields.toSorted()).toEqual([
      'body.images.1',
      'body.num_output_images',
      'body.prompt',
      'body.resolution',
      'body.response_mode',
    ])
    for (const item of answer.body.detail)
      expect(item).toEqual({ loc: expect.any(Array), msg: expect.any(String), type: expect.any(String) })
  })

  test('a refused submit leaves no trace, and its client_request_id can be used (submit.no-trace)', async ({
    door,
  }) => {
    const client_request_id = 'retry-me'
    const before = balance(door)
    const body = { ...EDIT, ...ASYNC, client_request_id }
    const refusals = [
      await door.request('POST', `${API}/edit`, { as: null, body }),
      await door.request('POST', `${API}/edit`, { key: 'no-such-key', body }),
      await door.request('POST', `${API}/edit`, { as: 'broke', body }),
      await door.request('POST', `${API}/edit`, { body: { ...body, num_output_images: 0 } }),
    ]
    expect(refusals.map((refusal) => refusal.status)).toEqual([403, 401, 402, 422])
    expect([...door.world.jobs.live()]).toEqual([])
    expect(balance(door)).toEqual(before)
    expect(door.account('broke').entries.size).toBe(0)
    expect((await submit(door, { client_request_id })).status).toBe(202)
  })

  test('no key is 403 and an unknown key 401, on every endpoint (submit.auth)', async ({ door }) => {
    const endpoints = [
      ...OPERATIONS.map((operation) => ['POST', `/${operation}`]),
      ['GET', `/jobs/${NEVER_ISSUED}`],
      ['GET', '/webhook-secret'],
      ['POST', '/profiles/add'],
      ['GET', '/profiles/ids'],
      ['GET', '/profiles/abc123/status'],
      ['GET', '/profiles/abc123/profile_picture'],
      ['DELETE', '/profiles/abc123'],
    ] as const
    for (const [method, path] of endpoints) {
      const options = method === 'POST' ? { body: {} } : {}
      const without = await door.request(method as string, API + path, { ...options, as: null })
      expect(without.status).toBe(403)
      expect(without.body).toEqual({
        code: 'MISSING_API_KEY',
        detail: expect.any(String),
        request_id: without.headers.get('x-request-id'),
      })
      const unknown = await door.request(method as string, API + path, { ...options, key: 'no-such-key' })
      expect(unknown.status).toBe(401)
      expect(unknown.body.code).toBe('INVALID_API_KEY')
    }
  })
})

behindEachDoor('submit with --https-callbacks-only', (test) => {
  const strict = test.extend({ doorOptions: { httpsCallbacksOnly: true } as never })
  strict('http is refused even to loopback (submit.callback-https)', async ({ door }) => {
    expect((await submit(door, { callback_url: 'http://127.0.0.1:9/hook' })).status).toBe(422)
    expect((await submit(door, { callback_url: 'https://example.com/hook' })).status).toBe(202)
    expect((await poll(door, NEVER_ISSUED)).status).toBe(404)
  })
})
