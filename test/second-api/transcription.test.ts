import { createHmac } from 'node:crypto'
import { createServer, type IncomingHttpHeaders } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setupServer } from 'msw/node'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { connect, type WorldControl } from '../../src/control/index.ts'
import { InProcessHost } from '../../src/fixture/host.ts'
import { inProcess } from '../../src/fixture/in-process.ts'
import { photaHandlers } from '../../src/fixture/msw.ts'
import { startServer } from '../../src/server/server.ts'
import { transcription } from './transcription.ts'

/** Both doors, each of which holds every answer against openapi.yaml. */
const doors = {
  msw: async () => {
    const host = new InProcessHost(transcription)
    const server = setupServer(...photaHandlers(host))
    server.listen({ onUnhandledRequest: 'bypass' } as object)
    return { levers: inProcess(host), baseUrl: transcription.defaultBaseUrl, close: async () => server.close() }
  },
  socket: async () => {
    const server = await startServer({ port: 0, clock: 'manual', checkResponses: true, api: transcription })
    const baseUrl = server.url + transcription.basePath
    return { levers: connect(server.url), baseUrl, close: () => server.close(100) }
  },
}
const SECRET = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'

describe.each(Object.entries(doors))('A second API, %s door', (_, open) => {
  let door: Awaited<ReturnType<typeof open>>
  let hook: Awaited<ReturnType<typeof openHook>>
  let world: WorldControl
  beforeEach(async () => {
    ;[door, hook] = await Promise.all([open(), openHook()])
    const accounts = ['ann', 'bob'].map((id) => ({ id, keys: [`${id}-key`], deposit: '0.80', webhook_secret: SECRET }))
    const at = { start: '2026-06-22T12:00:00Z', clock: { mode: 'manual' } } as const
    world = await door.levers.worlds.create({ ...at, callback_grace: '5s', contents: { accounts } })
  })
  afterEach(() => Promise.all([hook.close(), door.close()]))

  const request = async (method: string, path: string, headers: Record<string, string> = {}, body?: unknown) => {
    const response = await fetch(`${door.baseUrl}/transcripts${path}`, {
      method,
      headers: { authorization: 'Bearer ann-key', 'content-type': 'application/json', ...headers },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    })
    return { status: response.status, headers: response.headers, body: await response.json() }
  }
  const submit = (more: object = {}, headers = {}) =>
    request('POST', '', headers, { audio_url: 'https://audio.test/talk.mp3', ...more })
  const submitted = async (more: object = {}): Promise<string> => (await submit(more)).body.id
  const poll = (id: string, headers = {}) => request('GET', `/${id}`, headers)
  const cancel = (id: string, headers = {}) => request('DELETE', `/${id}`, headers)
  const balance = async () => Object.values(await world.accounts.get('ann')).slice(-3)

  test('a transcript is queued, processing, completed; its price is set aside, then charged', async () => {
    const { status, body } = await submit({ language: 'de', speakers: true })
    expect([status, body]).toMatchObject([202, { status: 'queued', language: 'de', ended_at: null }])
    expect(await balance()).toEqual([450_000, 350_000, 0])
    await world.clock.advance('2s')
    expect((await poll(body.id)).body).toMatchObject({ status: 'processing', text: null })
    await world.clock.settle()
    const text = 'What is said in https://audio.test/talk.mp3'
    expect((await poll(body.id)).body).toMatchObject({ status: 'completed', text, ended_at: '2026-06-22T12:00:18Z' })
    expect(await balance()).toEqual([450_000, 0, 350_000])
  })

  test('only success is charged: what fails or is canceled costs nothing; what nobody can pay is 402', async () => {
    await world.scenarios.add({ effect: { fail: 'audio_unreadable' }, times: 1 } as never)
    const [failing, canceled, forced] = [await submitted(), await submitted(), await submitted()]
    expect((await submit()).status).toBe(402)
    expect((await cancel(canceled)).body).toMatchObject({ status: 'canceled', text: null, error: null })
    await world.jobs.fail(forced, { code: 'timed_out', message: 'Too long.' } as never)
    await world.clock.settle()
    expect((await poll(failing)).body).toMatchObject({ status: 'error', error: { code: 'audio_unreadable' } })
    expect((await poll(forced)).body.error).toEqual({ code: 'timed_out', message: 'Too long.' })
    expect(await balance()).toEqual([800_000, 0, 0])
    for (const ended of [failing, canceled])
      expect(await cancel(ended)).toMatchObject({ status: 409, body: { error: { code: 'already_ended' } } })
  })

  test('unknown, another account’s and expired are one 404; without a known bearer key it is 401', async () => {
    const id = await submitted()
    const [unknown, bob] = [await poll('unknown'), { authorization: 'bearer bob-key' }]
    expect(unknown).toMatchObject({ status: 404, body: { error: { code: 'not_found' } } })
    expect([(await poll(id, bob)).body, (await cancel(id, bob)).body]).toEqual([unknown.body, unknown.body])
    await world.clock.set('2026-06-22T13:00:17Z')
    expect((await poll(id)).status).toBe(200)
    await world.clock.advance('1s')
    expect([(await poll(id)).body, (await cancel(id)).body]).toEqual([unknown.body, unknown.body])
    for (const authorization of ['', 'Basic ann-key', 'Bearer nobody-key']) {
      const refused = await poll(id, { authorization })
      expect([refused.status, refused.headers.get('www-authenticate')]).toEqual([401, 'Bearer'])
    }
  })

  test('an Idempotency-Key answers its transcript again, and 409 for another body, also from a snapshot', async () => {
    const once = { 'Idempotency-Key': 'once' }
    const { body } = await submit({}, once)
    expect(await submit({}, once)).toMatchObject({ status: 200, body })
    expect((await submit({ language: 'fr' }, { ...once, authorization: 'Bearer bob-key' })).status).toBe(202)
    expect((await submit({}, { 'Idempotency-Key': 'k'.repeat(256) })).status).toBe(400)
    expect(await balance()).toEqual([550_000, 250_000, 0])
    const snapshot = await world.snapshot()
    await world.clock.advance('2h')
    expect((await submit({ language: 'fr' }, once)).status).toBe(202)
    await world.restore(snapshot)
    expect((await submit({}, once)).body).toEqual(body)
    expect((await submit({ language: 'fr' }, once)).body.error.code).toBe('idempotency_conflict')
    await world.clock.settle()
    expect((await poll(body.id)).body.status).toBe('completed')
  })

  test('a callback is an envelope, signed as Standard Webhooks, anew for each attempt', async () => {
    hook.answers.push(500)
    const id = await submitted({ callback_url: hook.url })
    await cancel(id)
    await world.clock.advance('1m')
    await world.deliveries.inject(id, { fault: 'wrong-signature' })
    await expect.poll(() => hook.received.length).toBe(3)
    const told = { type: 'transcript.canceled', timestamp: '2026-06-22T12:00:00Z', data: { transcript_id: id } }
    const ended = transcription.callbacks['transcriptEnded']!
    for (const { headers, body } of hook.received) {
      expect(JSON.parse(body)).toEqual(told)
      expect(ended.validate(JSON.parse(body))).toBe(true)
      for (const [name, isRight] of Object.entries(ended.headers)) expect(isRight(headers[name])).toBe(true)
    }
    const all = (name: string) => hook.received.map(({ headers }) => headers[name])
    expect(all('webhook-timestamp')).toEqual(['1782129600', '1782129601', '1782129660'])
    expect(new Set(all('webhook-id'))).toEqual(new Set([id]))
    expect(hook.received.map((one) => one.headers['webhook-signature'] === signed(one))).toEqual([true, true, false])
    // The own example of the Standard Webhooks specification.
    const example = { 'webhook-id': 'msg_p5jXN8AQM9LWM0D4loKWxJek', 'webhook-timestamp': '1614265330' }
    const digest = signed({ headers: example, body: '{"test": 2432232314}' })
    expect(digest).toBe('v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=')
    const [{ state, signature } = {}] = await world.deliveries.list({ job: id })
    expect([state, signature]).toEqual(['delivered', all('webhook-signature')[1]])
  })

  test('requests go wrong before or after they are carried out, by a scenario or by X-Mock-Scenario', async () => {
    const match = { operation: 'createTranscript', idempotency_key: 'lost', audio_url: 'talk' }
    for (const fault of [{ answer: 503, when: 'before', retry_after: 7 }, { answer: 'drop' }])
      await world.scenarios.add({ match, effect: { fault }, times: 1 } as never)
    const lost = { 'Idempotency-Key': 'lost' }
    await expect(submit({}, lost)).rejects.toThrow(TypeError)
    const refused = await submit({}, lost)
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([503, '7'])
    expect((await submit({}, lost)).status).toBe(200)
    expect(await world.jobs.list()).toHaveLength(1)
    const { body } = await submit({}, { 'X-Mock-Scenario': 'pending=0s; running=1s; text=Hello.' })
    await world.clock.advance('1s')
    expect((await poll(body.id)).body.text).toBe('Hello.')
    const invalid = await submit({ language: 'xx', callback_url: 'ftp://x' })
    expect([invalid.status, invalid.body.error.fields]).toEqual([400, ['language', 'callback_url']])
  })

  test('the control API moves its jobs, and tells of them', async () => {
    const id = await submitted()
    await world.jobs.step(id)
    await world.jobs.hang(id)
    expect((await world.clock.settle()).stuck).toEqual([id])
    const { job, request: asked, cost } = await world.jobs.step(id)
    expect([job.status, cost.final_micro_usd]).toEqual(['completed', 250_000])
    expect(await world.jobs.list({ status: 'completed' } as never)).toHaveLength(1)
    expect(asked).toEqual({ audio_url: 'https://audio.test/talk.mp3', language: 'en' })
    await expect(world.jobs.fail(id, { code: 'INTERNAL' })).rejects.toThrow("expects one of 'audio_unreadable'")
    expect(await world.journal.list({ subject: id })).toMatchObject([{ path: '/v2/transcripts', account: 'ann' }])
    const archive = JSON.stringify(await world.journal.export())
    expect(archive).toContain(`${door.baseUrl}/transcripts`)
    expect(archive).not.toContain('ann-key')
    expect((await world.reset()).accounts[0]).toMatchObject({ available_micro_usd: 800_000 })
  })
})

function signed({ headers, body }: { headers: IncomingHttpHeaders; body: string }): string {
  const signature = createHmac('sha256', Buffer.from(SECRET.slice('whsec_'.length), 'base64'))
  signature.update(`${headers['webhook-id']}.${headers['webhook-timestamp']}.${body}`)
  return `v1,${signature.digest('base64')}`
}

/** A receiver that answers each of its statuses in turn, then 200. */
async function openHook() {
  const received: { headers: IncomingHttpHeaders; body: string }[] = []
  const answers: number[] = []
  const server = createServer(async (request, response) => {
    received.push({ headers: request.headers, body: (await request.setEncoding('utf8').toArray()).join('') })
    response.writeHead(answers.shift() ?? 200).end()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
  return { url, received, answers, close: () => server.close().closeAllConnections() }
}
