import { createHmac } from 'node:crypto'
import { getEventListeners } from 'node:events'
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type Control, connect, type control, type WorldControl } from '../../src/control/index.ts'
import { InProcessHost } from '../../src/fixture/host.ts'
import { inProcess } from '../../src/fixture/in-process.ts'
import { type RunningServer, startServer } from '../../src/server/server.ts'

/** The same tests for the Worlds of this process and for those of a server. */
const places: Record<string, { open(): Promise<Control>; close(): Promise<void> }> = {
  'in this process': { open: async () => inProcess(new InProcessHost()), close: async () => undefined },
  'of a server': (() => {
    let server: RunningServer
    return {
      open: async () => {
        server = await startServer({ port: 0, clock: 'manual', checkResponses: true })
        return connect(server.url)
      },
      close: () => server.close(100),
    }
  })(),
}

describe.each(Object.entries(places))('The levers of Worlds %s', (place, { open, close }) => {
  let levers: Control
  let world: WorldControl
  let hook: Hook

  beforeEach(async () => {
    levers = await open()
    hook = await openHook()
    world = await levers.worlds.create({
      clock: { mode: 'manual' },
      start: '2026-06-22T12:00:00Z',
      callback_grace: '5s',
      accounts: [{ id: 'ann', keys: ['ann-key'], deposit: '9' }],
    })
  })
  afterEach(async () => {
    hook.close()
    await close()
  })

  const request = async (method: string, path: string, body?: object, key = 'ann-key'): Promise<Response> =>
    await levers.fetch(`${levers.baseUrl}${path}`, {
      method,
      headers: { 'X-API-Key': key, 'Content-Type': 'application/json' },
      ...(body && { body: JSON.stringify(body) }),
    })
  const submit = async (more: object = {}, key?: string): Promise<string> => {
    const response = await request(
      'POST',
      '/generate',
      { prompt: 'x', async: true, response_mode: 'urls', ...more },
      key,
    )
    expect(response.status).toBe(202)
    return ((await response.json()) as { job_id: string }).job_id
  }
  const statusOf = async (jobId: string): Promise<string> =>
    ((await (await request('GET', `/jobs/${jobId}`)).json()) as { status: string }).status

  test('the timeline is in the order of submits, whatever order a fixture has, and tells what a list shows', async () => {
    const jobId = await submit({ client_request_id: 'order-1', prompt: 'p'.repeat(300) })
    await world.jobs.fail(jobId, { code: 'TIMEOUT' })
    const contents = {
      accounts: [{ id: 'zoe', keys: ['zoe-key'], deposit: '5' }],
      jobs: ['1m', '2h', '1h'].map((finished_ago) => ({ account: 'zoe', status: 'succeeded', finished_ago })),
    }
    const mixed = await levers.worlds.create({ id: 'mixed', clock: { mode: 'manual' }, contents })
    const times = (await mixed.jobs.timeline()).jobs.map(({ created_ms }) => created_ms)
    expect(times).toEqual(times.toSorted((a, b) => a - b))
    expect((await mixed.jobs.timeline({ limit: 1 })).jobs.map(({ created_ms }) => created_ms)).toEqual(times.slice(-1))
    const listed = (await mixed.jobs.list()).map((job) => (job as { created_at?: string }).created_at)
    expect(listed).toEqual(listed.toSorted())
    await mixed.remove()
    expect((await world.jobs.timeline()).jobs).toMatchObject([
      { prompt: `${'p'.repeat(200)}… (300 characters)`, client_request_id: 'order-1', error_code: 'TIMEOUT' },
    ])
  })

  test('deliveries are found by state, account and text, and the limit keeps those that were made last', async () => {
    const first = await submit({ callback_url: `${hook.url}first` })
    const second = await submit({ callback_url: `${hook.url}second` })
    await world.clock.settle()
    const urls = async (where: object): Promise<string[]> =>
      (await world.deliveries.list(where)).map(({ url }) => url.slice(hook.url.length))
    expect(await urls({})).toHaveLength(2)
    expect(await urls({ state: 'delivered', search: 'SECOND' })).toEqual(['second'])
    expect(await urls({ search: first })).toEqual(['first'])
    expect(await urls({ state: 'exhausted' })).toEqual([])
    expect(await urls({ account: 'nobody' })).toEqual([])
    await world.deliveries.inject(second, { delay: '1h' })
    expect(await urls({ limit: 1, state: 'waiting' })).toEqual(['second'])
    await expect(world.deliveries.list({ state: 'lost' as never })).rejects.toThrow(
      'listDeliveries: state expects one of',
    )
  })

  test('profiles are listed with what is still to come of their training', async () => {
    await world.accounts.deposit('ann', '100')
    const images = Array.from({ length: 6 }, (_, i) => `https://example.com/${i}.jpg`)
    const added = await request('POST', '/profiles/add', { image_urls: images, tag: 'team', training_tier: 'fast' })
    const { profile_id } = (await added.json()) as { profile_id: string }
    const [profile] = await world.profiles.list({ account: 'ann' })
    expect(profile).toMatchObject({ profile_id, tag: 'team', training_tier: 'fast', status: 'VALIDATING' })
    expect(profile?.steps.map(({ status }) => status)).toEqual(['QUEUING', 'IN_PROGRESS', 'READY'])
    expect(profile?.reserved_micro_usd).toBeGreaterThan(0)
    await world.clock.settle()
    expect(await world.profiles.list()).toMatchObject([{ status: 'READY', steps: [], reserved_micro_usd: 0 }])
    expect(await world.profiles.list({ account: 'nobody' })).toEqual([])
  })

  test('a job is forced on, step by step, with nothing of the clock moved', async () => {
    const jobId = await submit({ callback_url: hook.url })
    const running = await world.jobs.step(jobId)
    expect(running.job.status).toBe('running')
    expect(running.timeline).toMatchObject({ ends_ms: Date.parse('2026-06-22T12:00:16Z'), completed_ms: null })
    expect(running.cost).toEqual({ reserved_micro_usd: 90_000, final_micro_usd: null })
    expect(await statusOf(jobId)).toBe('running')
    const done = await world.jobs.step(jobId)
    expect(done.job).toMatchObject({ status: 'succeeded', completed_at: '2026-06-22T12:00:00Z' })
    expect(done.ledger.map(({ kind }) => kind)).toEqual(['reservation', 'settlement'])
    // Received is not yet over: the attempt ends with the answer.
    await expect.poll(async () => (await world.deliveries.list())[0]?.state).toBe('delivered')
    expect(hook.received).toHaveLength(1)
    expect((await world.clock.read()).now).toBe('2026-06-22T12:00:00.000Z')
    await expect(world.jobs.step(jobId)).rejects.toMatchObject({
      status: 409,
      message: 'stepJob: the job has succeeded already; expects one that is pending or running',
    })
    // What the schedule still held for it is stale.
    const { counts } = await world.clock.advance('1h')
    expect(counts).toEqual({})
  })

  test('a job is made to fail whatever it was going to: its money comes back, its callback tells', async () => {
    const jobId = await submit({ callback_url: hook.url })
    const failed = await world.jobs.fail(jobId, { code: 'CONTENT_MODERATION', message: 'Not that.' })
    expect(failed.job).toMatchObject({
      status: 'failed',
      error: { code: 'CONTENT_MODERATION', message: 'Not that.' },
    })
    expect(failed.cost.final_micro_usd).toBe(0)
    expect(await world.accounts.get('ann')).toMatchObject({ available_micro_usd: 9_000_000, reserved_micro_usd: 0 })
    await expect.poll(() => hook.received.length).toBe(1)
    expect(JSON.parse(hook.received[0]?.body ?? '')).toMatchObject({ job_id: jobId, status: 'failed' })
  })

  test('a job that hangs outlives its limit, and can still be ended', async () => {
    const pending = await submit()
    const running = await submit()
    await world.jobs.step(running)
    expect((await world.jobs.hang(pending)).timeline.ends_ms).toBe(null)
    await world.jobs.hang(running)
    expect((await world.clock.settle()).stuck).toEqual([pending, running])
    await world.clock.advance('10d')
    expect([await statusOf(pending), await statusOf(running)]).toEqual(['running', 'running'])
    await world.jobs.step(pending)
    await world.jobs.fail(running, { code: 'TIMEOUT' })
    expect([await statusOf(pending), await statusOf(running)]).toEqual(['succeeded', 'failed'])
    expect(await world.accounts.get('ann')).toMatchObject({ reserved_micro_usd: 0, spent_micro_usd: 90_000 })
  })

  test('callbacks that nobody should send: a duplicate, a late one, a forged one, one to somewhere else', async () => {
    const jobId = await submit({ callback_url: hook.url })
    await expect(world.deliveries.inject(jobId)).rejects.toThrow('only a job that ended has a callback')
    await world.clock.settle()
    const genuine = hook.received[0]
    await world.deliveries.inject(jobId)
    await world.deliveries.inject(jobId, { fault: 'wrong-signature' })
    await expect.poll(() => hook.received.length).toBe(3)
    expect(hook.received[1]).toEqual(genuine)
    expect(hook.received[2]?.body).toBe(genuine?.body)
    expect(hook.received[2]?.signature).not.toBe(genuine?.signature)
    const late = await world.deliveries.inject(jobId, { delay: '25h' })
    expect(late).toMatchObject({ state: 'waiting', next_attempt_at: '2026-06-23T13:00:18Z' })
    await world.clock.advance('25h')
    expect((await request('GET', `/jobs/${jobId}`)).status).toBe(410)
    expect(hook.received[3]).toEqual(genuine)
    const other = await submit()
    await world.clock.settle()
    await expect(world.deliveries.inject(other)).rejects.toThrow('the job has no callback URL of its own; expects url')
    await expect(world.deliveries.inject(other, { url: 'nowhere' })).rejects.toThrow(
      'url expects an http or https URL, received',
    )
    await world.deliveries.inject(other, { url: hook.url })
    await expect.poll(() => hook.received.length).toBe(5)
  })

  test('a World begins anew as it was made: clock, money, keys, scenarios, ids', async () => {
    await world.accounts.create({ id: 'ben', keys: ['ben-key'], deposit: '1' })
    await world.scenarios.add({ effect: { fail: 'TIMEOUT' } })
    const first = await submit()
    await world.clock.advance('1h')
    const anew = await world.reset()
    expect(anew.clock.now).toBe('2026-06-22T12:00:00.000Z')
    expect(anew.accounts).toMatchObject([{ id: 'ann', keys: ['ann-key'], available_micro_usd: 9_000_000 }])
    expect(await world.jobs.list()).toEqual([])
    expect(await world.scenarios.list()).toEqual([])
    expect((await request('GET', '/webhook-secret', undefined, 'ben-key')).status).toBe(401)
    expect(await submit()).toBe(first)
    expect((await world.reset()).clock.now).toBe('2026-06-22T12:00:00.000Z')
  })

  test('a snapshot puts a World back, or makes another one of it', async () => {
    const jobId = await submit({ callback_url: hook.url, client_request_id: 'once' })
    await world.clock.advance('3s')
    const snapshot = await world.snapshot()
    await world.clock.advance('26h')
    expect((await request('GET', `/jobs/${jobId}`)).status).toBe(410)
    expect((await world.restore(snapshot)).clock.now).toBe('2026-06-22T12:00:03.000Z')
    expect(await statusOf(jobId)).toBe('running')
    expect(await submit({ client_request_id: 'once', callback_url: hook.url })).toBe(jobId)
    await world.clock.settle()
    expect(hook.received).toHaveLength(2)
    expect(hook.received[0]).toEqual(hook.received[1])
    // Its keys are live there, so they can be so nowhere else.
    await expect(levers.worlds.get('copy').restore(snapshot)).rejects.toMatchObject({
      status: 409,
      message: `restoreSnapshot: The key 'ann-key' of the snapshot is live in World '${world.id}'.`,
    })
    await world.remove()
    const copy = levers.worlds.get('copy')
    expect((await copy.restore(snapshot)).accounts).toMatchObject([{ id: 'ann' }])
    expect(await statusOf(jobId)).toBe('running')
    expect((await copy.clock.settle()).counts['job.succeeded']).toBe(1)
  })

  test('what is no snapshot is refused, and the World stays as it is', async () => {
    const jobId = await submit()
    const snapshot = await world.snapshot()
    const [account] = snapshot.accounts as [control.ControlSnapshot['accounts'][number]]
    const [job] = snapshot.jobs as [control.ControlSnapshot['jobs'][number]]
    const damaged: [unknown, string][] = [
      [{ ...snapshot, format: 'other/2' }, 'format expects \'phota-mock-snapshot/3\', received "other/2"'],
      [{ ...snapshot, expiries: undefined }, 'expiries is missing; expects a list'],
      [
        { ...snapshot, clock: { ...snapshot.clock, speed: 1e9 } },
        'clock.speed expects a number above 0, up to 1000000, received 1000000000',
      ],
      [
        { ...snapshot, accounts: [] },
        'snapshot.ledgerSeq expects 0, the number of entries, folded ones too, received 2',
      ],
      [
        { ...snapshot, accounts: [{ ...account, available: 1e9 }] },
        'snapshot.accounts.0.deposited expects available + reserved + spent, received 9000000',
      ],
      [
        { ...snapshot, jobs: [{ ...job, work: { ...job?.work, operation: 'erase' } }] },
        'snapshot.jobs.0.work.operation expects one of edit, generate, enhance, remix, received "erase"',
      ],
      [
        { ...snapshot, jobs: [{ ...job, status: 'canceled' }] },
        'snapshot.jobs.0.status expects one of pending, running, succeeded, failed, received "canceled"',
      ],
      [
        { ...snapshot, jobs: [{ ...job, account: 'bob' }] },
        'snapshot.jobs.0.account expects the id of an account of the snapshot, received "bob"',
      ],
      [
        {
          ...snapshot,
          scenarios: [
            { id: 's', match: { prompt: { source: '(a+)+$' } }, effect: { running: 0 }, left: 1, matched: 0 },
          ],
        },
        'scenario.match.prompt expects a text of at most 4096 characters, received {"source":"(a+)+$"}',
      ],
    ]
    for (const [bad, why] of damaged) {
      await expect(world.restore(bad as control.ControlSnapshot)).rejects.toMatchObject({
        status: 400,
        message: `restoreSnapshot: ${why}`,
      })
      expect(await world.snapshot()).toEqual(snapshot)
    }
    expect(await statusOf(jobId)).toBe('pending')
    await expect(levers.worlds.get('No Such Id').restore(snapshot)).rejects.toThrow('letters, digits and dashes')
  })

  test('a World begins with a fixture of the package, or with contents of one’s own', async () => {
    const shipped = await levers.worlds.create({ id: 'shipped', fixture: 'every-state' })
    expect((await shipped.jobs.list()).map(({ status }) => status)).toEqual(
      expect.arrayContaining(['pending', 'running', 'succeeded', 'failed']),
    )
    expect((await shipped.describe()).accounts.map(({ keys }) => keys)).toEqual([['shipped.alice'], ['shipped.bob']])
    const own = await levers.worlds.create({
      contents: {
        accounts: [{ id: 'cy', keys: ['cy-key'], deposit: '1.00' }],
        jobs: [{ account: 'cy', status: 'succeeded', operation: 'generate' }],
      },
    })
    expect(await own.jobs.list({ account: 'cy' })).toHaveLength(1)
    await expect(levers.worlds.create({ contents: { jobs: [{ status: 'done' }] } })).rejects.toThrow(
      /^createWorld: load: jobs\[0\]: /,
    )
    expect((await levers.worlds.list()).map(({ id }) => id)).not.toContain('w3')
  })

  test('the journal is filtered, and exported without a secret in it', async () => {
    const jobId = await submit({ callback_url: hook.url, prompt: 'a Lighthouse' })
    await world.clock.settle()
    await request('GET', `/jobs/${jobId}`)
    await request('GET', '/webhook-secret')
    await request('GET', '/jobs/unknown')
    await request('GET', '/jobs/ann-key')
    expect((await world.journal.list()).map(({ status }) => status)).toEqual([404, 404, 200, 200, 202])
    expect((await world.journal.list({ subject: jobId })).map(({ operation }) => operation)).toEqual([
      'getJob',
      'generate',
    ])
    expect(await world.journal.list({ status: '4xx', limit: 1 })).toMatchObject([{ path: '/v1/phota/jobs/ann-key' }])
    expect(await world.journal.list({ status: 202, method: 'POST', account: 'ann' })).toHaveLength(1)
    expect(await world.journal.list({ search: 'lightHOUSE' })).toMatchObject([{ operation: 'generate' }])
    await expect(world.journal.list({ status: 'all' })).rejects.toThrow(
      'listJournal: status expects a status such as 404, or a class such as 4xx',
    )
    const { log } = await world.journal.export()
    expect(log['version']).toBe('1.2')
    expect(log['entries']).toHaveLength(5)
    const [first] = log['entries'] as { request: object; startedDateTime: string }[]
    expect(first).toMatchObject({
      startedDateTime: '2026-06-22T12:00:00Z',
      request: { method: 'POST', headers: [{ name: 'X-API-Key', value: '<key of ann>' }, {}] },
    })
    const text = JSON.stringify(log)
    const { webhook_signing_secret: secret } = await world.accounts.get('ann')
    expect(text).not.toContain('ann-key')
    expect(text).not.toContain(secret)
    expect(text).toContain('token=<redacted>')
    expect(text).not.toMatch(/token=[0-9a-f]/)
  })

  test('the export has no key of another World, no rotated secret, and none in a query or a callback URL', async () => {
    await levers.worlds.create({ accounts: [{ id: 'bo', keys: ['bo-key'] }] })
    await request('GET', '/webhook-secret')
    const { webhook_signing_secret: secret } = await world.accounts.get('ann')
    await world.accounts.rotateWebhookSecret('ann')
    await request('GET', '/profiles?api_key=bo-key&Token=t0k3n')
    await request('POST', '/generate', { prompt: 'bo-key', callback_url: 'https://me:pa55@app.test/hook?pin=0815' })
    const { log } = await world.journal.export()
    const entries = log['entries'] as { request: { queryString: object[]; postData?: { text: string } } }[]
    expect(entries[1]?.request.queryString).toEqual([
      { name: 'api_key', value: '<redacted>' },
      { name: 'Token', value: '<redacted>' },
    ])
    expect(JSON.parse(entries[2]?.request.postData?.text ?? '')).toEqual({
      prompt: '<key of bo>',
      callback_url: 'https://<redacted>@app.test/hook?pin=<redacted>',
    })
    for (const hidden of [secret, 'bo-key', 't0k3n', 'pa55', '0815']) expect(JSON.stringify(log)).not.toContain(hidden)
  })

  test('the timeline has what a picture needs', async () => {
    hook.answer = 500
    const jobId = await submit({ callback_url: hook.url })
    await submit()
    await world.clock.advance('20s')
    const at = (text: string) => Date.parse(`2026-06-22T12:00:${text}Z`)
    const { now_ms, live, jobs } = await world.jobs.timeline()
    expect([now_ms, live, jobs.length]).toEqual([at('20'), 2, 2])
    expect(jobs[0]).toMatchObject({
      job_id: jobId,
      created_ms: at('00'),
      starts_ms: at('02'),
      ends_ms: at('18'),
      completed_ms: at('18'),
      expires_ms: at('18') + 86_400_000,
      attempts: [
        { at_ms: at('18'), outcome: 'failed' },
        { at_ms: at('19'), outcome: 'failed' },
        { at_ms: at('24'), outcome: 'due' },
      ],
    })
    expect((await world.jobs.timeline({ limit: 1 })).jobs).toHaveLength(1)
    expect((await world.jobs.get(jobId)).deliveries[0]?.attempts).toHaveLength(2)
    await expect(world.jobs.get('nobody')).rejects.toThrow(
      `getControlJob: There is no job 'nobody'; there are: ${jobId}`,
    )
  })

  test('events tell of everything in its order, until the World is gone', async () => {
    const seen: control.ControlEvent[] = []
    const following = (async () => {
      for await (const event of world.events()) seen.push(event)
    })()
    await expect.poll(() => seen.length).toBe(1)
    const jobId = await submit({ callback_url: hook.url })
    await world.scenarios.add({ id: 's', effect: { fail: 'TIMEOUT' } })
    await world.scenarios.remove('s')
    await world.accounts.create({ id: 'ben' })
    await world.clock.settle()
    await world.clock.update({ mode: 'real', speed: 60 })
    await world.remove()
    await following
    expect(seen.map(({ kind }) => kind)).toEqual([
      'clock.changed',
      'ledger.booked',
      'job.created',
      'request.answered',
      'scenario.added',
      'scenario.removed',
      'account.created',
      'job.running',
      'ledger.booked',
      'job.succeeded',
      'delivery.attempted',
      'clock.changed',
      'clock.changed',
    ])
    expect(seen[3]).toEqual({
      at: '2026-06-22T12:00:00Z',
      kind: 'request.answered',
      account: 'ann',
      id: expect.stringMatching(/^[0-9a-f]{32}$/),
      detail: '202 POST /v1/phota/generate',
    })
    expect(seen[7]).toMatchObject({ at: '2026-06-22T12:00:02Z', id: jobId })
    expect(seen.at(-1)?.detail).toBe('real × 60')
  })

  test('following ends by a signal, by leaving, and is refused for a World that is not there', async () => {
    const abort = new AbortController()
    const following = (async () => {
      for await (const _ of world.events({ signal: abort.signal })) abort.abort()
    })()
    await expect(following).rejects.toMatchObject({ name: 'AbortError' })
    const lasting = new AbortController()
    for await (const { kind } of world.events({ signal: lasting.signal })) {
      expect(kind).toBe('clock.changed')
      break
    }
    // Of a server it is fetch that listens, and lets go when garbage is collected.
    if (place !== 'of a server') expect(getEventListeners(lasting.signal, 'abort')).toEqual([])
    const nowhere = levers.worlds.get('nowhere').events()
    await expect((nowhere as AsyncGenerator).next()).rejects.toMatchObject({
      status: 404,
      message: expect.stringContaining("There is no World 'nowhere'"),
    })
  })

  test('a synchronous request can be forced to its end', async () => {
    const answer = request('POST', '/generate', { prompt: 'x', response_mode: 'urls' })
    await expect.poll(async () => (await world.clock.read()).open_requests).toBe(1)
    const events = await world.snapshot()
    const [open] = events['jobs'] as { id: string }[]
    expect(await world.jobs.get(open?.id ?? '')).toMatchObject({ mode: 'sync' })
    await world.jobs.step(open?.id ?? '')
    await world.jobs.step(open?.id ?? '')
    expect((await answer).status).toBe(200)
  })
})

interface Hook {
  url: string
  answer: number
  received: { body: string; signature: string }[]
  close(): void
}

async function openHook(): Promise<Hook> {
  const hook: Hook = { url: '', answer: 204, received: [], close: () => server.close() }
  const server = createServer(async (request: IncomingMessage, response) => {
    let body = ''
    for await (const chunk of request) body += chunk
    hook.received.push({ body, signature: String(request.headers['x-phota-signature']) })
    response.writeHead(hook.answer).end()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  hook.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`
  return hook
}

test('a signature of the in-process World is that of its secret', async () => {
  const hook = await openHook()
  const levers = inProcess(new InProcessHost())
  const world = await levers.worlds.create({ accounts: [{ id: 'ann', deposit: '1' }], callback_grace: '5s' })
  const { keys, webhook_signing_secret: secret } = await world.accounts.get('ann')
  await levers.fetch(`${levers.baseUrl}/generate`, {
    method: 'POST',
    headers: { 'X-API-Key': keys[0] as string, 'Content-Type': 'application/json' },
    body: JSON.stringify({ prompt: 'x', async: true, response_mode: 'urls', callback_url: hook.url }),
  })
  await world.clock.settle()
  const [callback] = hook.received
  const expected = createHmac('sha256', secret)
    .update(callback?.body ?? '')
    .digest('hex')
  expect(callback?.signature).toBe(`sha256=${expected}`)
  hook.close()
})
