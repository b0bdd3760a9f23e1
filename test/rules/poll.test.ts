import { expect } from 'vitest'
import { balance, behindEachDoor, finished, OPERATIONS, poll, submit } from '../support/doors.ts'

const NEVER_ISSUED = 'ffffffffffff4fff8fffffffffffffff'
const UTC = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/

behindEachDoor('poll', (test) => {
  test('a job is answered with its seven fields, before and after its end (poll.shape)', async ({ door }) => {
    const { body } = await submit(door)
    const fields = ['completed_at', 'created_at', 'error', 'job_id', 'operation', 'result', 'status']
    expect(Object.keys((await poll(door, body.job_id)).body).toSorted()).toEqual(fields)
    await door.clock.settle()
    const { body: job } = await poll(door, body.job_id)
    expect(Object.keys(job).toSorted()).toEqual(fields)
    expect(job).toMatchObject({
      status: 'succeeded',
      created_at: '2026-06-22T12:00:00Z',
      completed_at: '2026-06-22T12:00:18Z',
    })
  })

  test('operation names the endpoint that was called (poll.operation)', async ({ door }) => {
    for (const operation of OPERATIONS) {
      const { body } = await submit(door, {}, 'alice', operation)
      expect((await poll(door, body.job_id)).body.operation).toBe(operation)
    }
  })

  test('a job goes from pending by running to succeeded, and then never changes (poll.monotonic)', async ({ door }) => {
    const { body } = await submit(door)
    const seen: string[] = []
    for (let second = 0; second <= 20; second++) {
      seen.push((await poll(door, body.job_id)).body.status)
      await door.clock.advance('1s')
    }
    expect(seen.filter((status, i) => status !== seen[i - 1])).toEqual(['pending', 'running', 'succeeded'])
    const ended = (await poll(door, body.job_id)).text
    await door.clock.advance('23h')
    expect((await poll(door, body.job_id)).text).toBe(ended)
  })

  test('result, error and completed_at are null until the end (poll.unfinished)', async ({ door }) => {
    const { body } = await submit(door)
    for (const status of ['pending', 'running']) {
      expect((await poll(door, body.job_id)).body).toMatchObject({
        status,
        result: null,
        error: null,
        completed_at: null,
      })
      await door.clock.advance('2s')
    }
  })

  test('a succeeded job carries a URL for each output and no images (poll.succeeded)', async ({ door }) => {
    for (const num_output_images of [1, 4]) {
      const { body } = await finished(door, { num_output_images })
      expect(body).toMatchObject({
        status: 'succeeded',
        error: null,
        result: { images: [], known_subjects: { counts: {} } },
      })
      expect(body.result.download_urls).toHaveLength(num_output_images)
      expect(Date.parse(body.completed_at)).toBeGreaterThanOrEqual(Date.parse(body.created_at))
    }
  })

  test('a failed job tells code and message, and has no result (poll.failed)', async ({ door }) => {
    const { body } = await finished(door, { images: ['https://nowhere.invalid/a.jpg'] })
    expect(body).toMatchObject({
      status: 'failed',
      result: null,
      error: { code: 'INPUT_UNREACHABLE', message: expect.stringContaining('nowhere.invalid') },
      completed_at: expect.stringMatching(UTC),
    })
  })

  test('known subjects are counted over the outputs, for profiles of the request alone (poll.known-subjects)', async ({
    door,
  }) => {
    const named = await finished(door, { prompt: 'Make [[abc123]] smile', num_output_images: 2 })
    expect(named.body.result.known_subjects).toEqual({ counts: { abc123: 2 } })
    const listed = await finished(door, { profile_ids: ['abc123'] })
    expect(listed.body.result.known_subjects).toEqual({ counts: { abc123: 1 } })
    const unknown = await finished(door, { profile_ids: ['nobody'] })
    expect(unknown.body.result.known_subjects).toEqual({ counts: {} })
  })

  test('an id that was never issued is 404 (poll.unknown)', async ({ door }) => {
    for (const id of [NEVER_ISSUED, 'x', '..%2f..']) expect((await poll(door, id)).status).toBe(404)
  })

  test('another account’s job answers like an id that was never issued (poll.scoped)', async ({ door }) => {
    const { body } = await submit(door)
    for (const step of ['0s', '2s', '16s']) {
      await door.clock.advance(step)
      const [theirs, unknown] = [await poll(door, body.job_id, 'bob'), await poll(door, NEVER_ISSUED, 'bob')]
      expect(theirs.status).toBe(404)
      const hide = (answer: typeof theirs) => ({ ...answer.body, request_id: '' })
      expect(hide(theirs)).toEqual(hide(unknown))
      const names = (answer: typeof theirs) => [...answer.headers.keys()].toSorted()
      expect(names(theirs)).toEqual(names(unknown))
    }
  })

  test('a second before 24 h have passed a job still answers with its result (poll.retained)', async ({ door }) => {
    const { body } = await finished(door)
    await door.clock.set(Date.parse(body.completed_at) + 24 * 3_600_000 - 1000)
    const later = await poll(door, body.job_id)
    expect(later.status).toBe(200)
    expect(later.body).toEqual(body)
  })

  test('24 h after it finished a job answers 410 to its owner, for good (poll.expired)', async ({ door }) => {
    const { body } = await finished(door)
    await door.clock.set(Date.parse(body.completed_at) + 24 * 3_600_000)
    const expired = await poll(door, body.job_id)
    expect(expired.status).toBe(410)
    expect(expired.body).toMatchObject({ code: 'JOB_EXPIRED' })
    await door.clock.advance('1000h')
    expect((await poll(door, body.job_id)).status).toBe(410)
  })

  test('an expired job is still 404 to everyone else (poll.expired-scoped)', async ({ door }) => {
    const { body } = await finished(door)
    await door.clock.advance('25h')
    const [theirs, unknown] = [await poll(door, body.job_id, 'bob'), await poll(door, NEVER_ISSUED, 'bob')]
    expect(theirs.status).toBe(404)
    expect({ ...theirs.body, request_id: '' }).toEqual({ ...unknown.body, request_id: '' })
  })

  test('polling changes nothing and costs nothing (poll.no-effect)', async ({ door }) => {
    const { body } = await submit(door)
    const [money, first] = [balance(door), await poll(door, body.job_id)]
    for (let i = 0; i < 10; i++) expect((await poll(door, body.job_id)).text).toBe(first.text)
    expect(balance(door)).toEqual(money)
  })

  test('timestamps are UTC with whole seconds and a Z (poll.timestamps)', async ({ door }) => {
    await door.clock.advance(1234)
    const { body } = await finished(door)
    expect(body.created_at).toMatch(UTC)
    expect(body.completed_at).toMatch(UTC)
  })
})
