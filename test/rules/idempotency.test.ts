import { expect } from 'vitest'
import { API, balance, behindEachDoor, EDIT, finished, poll, submit, whileOpen } from '../support/doors.ts'

const KEY = { client_request_id: 'order-1042' }

behindEachDoor('idempotency', (test) => {
  test('the same client_request_id again answers 202 with the original job (idem.same-job)', async ({ door }) => {
    const [first, again] = [await submit(door, KEY), await submit(door, KEY)]
    expect(again.status).toBe(202)
    expect(again.body).toEqual(first.body)
    await door.clock.advance('2s')
    expect((await submit(door, KEY)).body).toEqual({ ...first.body, status: 'running' })
  })

  test('many submits at once with one client_request_id make one job (idem.parallel)', async ({ door }) => {
    const answers = await Promise.all(Array.from({ length: 25 }, () => submit(door, KEY)))
    expect(new Set(answers.map(({ body }) => body.job_id)).size).toBe(1)
    expect(answers.every(({ status }) => status === 202)).toBe(true)
    expect([...door.world.jobs.live()]).toHaveLength(1)
  })

  test('a replay reserves and charges nothing (idem.charged-once)', async ({ door }) => {
    await submit(door, KEY)
    const reserved = balance(door)
    await submit(door, KEY)
    expect(balance(door)).toEqual(reserved)
    await door.clock.settle()
    const settled = balance(door)
    await submit(door, KEY)
    await door.clock.settle()
    expect(balance(door)).toEqual(settled)
    expect(settled).toMatchObject({ reserved: 0, spent: 90_000 })
  })

  test('the same client_request_id of another account makes another job (idem.scoped)', async ({ door }) => {
    const [alices, bobs] = [await submit(door, KEY, 'alice'), await submit(door, KEY, 'bob')]
    expect(bobs.status).toBe(202)
    expect(bobs.body.job_id).not.toBe(alices.body.job_id)
  })

  test('without client_request_id two equal submits make two jobs (idem.absent)', async ({ door }) => {
    for (const key of [{}, { client_request_id: null }]) {
      const [first, second] = [await submit(door, key), await submit(door, key)]
      expect(second.body.job_id).not.toBe(first.body.job_id)
    }
  })

  test('a replay after the job finished still answers it (idem.after-terminal)', async ({ door }) => {
    for (const [id, body] of [
      ['good', {}],
      ['bad', { images: ['https://nowhere.invalid/a.jpg'] }],
    ] as const) {
      const { body: job } = await finished(door, { ...body, client_request_id: id })
      const again = await submit(door, { ...body, client_request_id: id })
      expect(again.status).toBe(202)
      expect(again.body).toMatchObject({ job_id: job.job_id, status: job.status })
    }
  })

  test('a replay is answered even when the balance would not cover it (idem.broke-replay)', async ({ door }) => {
    door.world.deposit(door.account('broke'), 90_000)
    const first = await submit(door, KEY, 'broke')
    expect(balance(door, 'broke').available).toBe(0)
    const again = await submit(door, KEY, 'broke')
    expect(again.status).toBe(202)
    expect(again.body.job_id).toBe(first.body.job_id)
  })

  test('after a 402 the client_request_id makes a job once the balance allows (idem.retry-after-402)', async ({
    door,
  }) => {
    expect((await submit(door, KEY, 'broke')).status).toBe(402)
    door.world.deposit(door.account('broke'), 90_000)
    const { status, body } = await submit(door, KEY, 'broke')
    expect(status).toBe(202)
    expect((await poll(door, body.job_id, 'broke')).status).toBe(200)
  })

  test('another body with the same id answers the original job, at any endpoint (idem.other-body)', async ({
    door,
  }) => {
    const first = await submit(door, KEY)
    const other = await submit(door, { ...KEY, prompt: 'something else', num_output_images: 4 })
    const elsewhere = await submit(door, KEY, 'alice', 'enhance')
    expect([other.body.job_id, elsewhere.body.job_id]).toEqual([first.body.job_id, first.body.job_id])
  })

  test('once the job is expired its client_request_id makes a new one (idem.after-expiry)', async ({ door }) => {
    const { body: job } = await finished(door, KEY)
    await door.clock.set(Date.parse(job.completed_at) + 24 * 3_600_000 - 1000)
    expect((await submit(door, KEY)).body.job_id).toBe(job.job_id)
    await door.clock.advance('1s')
    const { body } = await submit(door, KEY)
    expect(body.job_id).not.toBe(job.job_id)
    expect(body.status).toBe('pending')
  })

  test('with a synchronous request it means nothing (idem.absent)', async ({ door }) => {
    const body = { ...EDIT, ...KEY, response_mode: 'urls' }
    const answers = [door.request('POST', `${API}/edit`, { body }), door.request('POST', `${API}/edit`, { body })]
    await whileOpen(door, 2)
    await door.clock.advance('18s')
    const [first, second] = await Promise.all(answers)
    expect(first?.body.download_urls).not.toEqual(second?.body.download_urls)
    expect((await submit(door, KEY)).body.status).toBe('pending')
  })
})
