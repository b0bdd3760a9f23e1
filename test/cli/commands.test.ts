import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer, request as httpRequest } from 'node:http'
import { type AddressInfo, connect as tcp } from 'node:net'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { Command } from 'commander'
import { afterAll, beforeAll, describe, expect, vi } from 'vitest'
import defaultWorld from '../../fixtures/worlds/default.ts'
import { clockCommand } from '../../src/cli/commands/clock.ts'
import { candidates } from '../../src/cli/commands/completion.ts'
import { jobsCommand } from '../../src/cli/commands/jobs.ts'
import { triggerCommand } from '../../src/cli/commands/trigger.ts'
import { connect, type WorldControl } from '../../src/control/index.ts'
import { type RunningServer, startServer } from '../../src/server/server.ts'
import { type Cli, test } from './cli.ts'

/** Of concurrent tests, `expect.poll` does not know which it belongs to. */
const WAIT = { timeout: 80_000 }
const STACK = /\bat .*\.(ts|js):|node:internal/
const run = promisify(execFile)

let server: RunningServer
let folder: string
beforeAll(async () => {
  server = await startServer({ port: 0, clock: 'manual', contents: defaultWorld, checkResponses: true })
  folder = await mkdtemp(join(tmpdir(), 'phota-mock-cli-'))
})
afterAll(async () => {
  await server.close(100)
  await rm(folder, { recursive: true })
})

/** A World of its own for each test, so that they can run side by side. */
async function ownWorld(): Promise<WorldControl> {
  return await connect(server.url).worlds.create({
    clock: { mode: 'manual' },
    start: '2026-06-22T12:00:00Z',
    callback_grace: '10s',
    accounts: [{ id: 'alice', deposit: '10' }, { id: 'broke' }],
  })
}

/** What a command printed, once it is over. */
async function outcome(
  photaMock: Cli['photaMock'],
  world: WorldControl | null,
  ...args: string[]
): Promise<{ code: unknown; stdout: string; stderr: string }> {
  const run = photaMock(args, {
    PHOTA_MOCK_URL: server.url,
    ...(world && { PHOTA_MOCK_WORLD: world.id }),
  })
  const code = await run.exited
  expect(run.stderr).not.toMatch(STACK)
  return { code, stdout: run.stdout, stderr: run.stderr }
}

async function submit(world: WorldControl, more: object = {}): Promise<string> {
  const { keys } = await world.accounts.get('alice')
  const response = await fetch(`${server.url}/v1/phota/generate`, {
    method: 'POST',
    headers: { 'X-API-Key': keys[0] as string, 'Content-Type': 'application/json' },
    body: JSON.stringify({ prompt: 'a lighthouse', async: true, response_mode: 'urls', ...more }),
  })
  return ((await response.json()) as { job_id: string }).job_id
}

/** A receiver that answers so, in turn; the last answer goes on. */
async function receiver(...answers: number[]): Promise<{ url: string; bodies: string[]; close(): void }> {
  const bodies: string[] = []
  const listener = createServer(async (request, response) => {
    let body = ''
    for await (const chunk of request) body += chunk
    bodies.push(body)
    response.writeHead(answers[Math.min(bodies.length, answers.length) - 1] ?? 204).end()
  })
  await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve))
  const { port } = listener.address() as AddressInfo
  return { url: `http://127.0.0.1:${port}/hook`, bodies, close: () => listener.close() }
}

describe.concurrent('a command against a running server', () => {
  test('clock shows the clock, and moves it with a list of what happened', async ({ photaMock }) => {
    const world = await ownWorld()
    const jobId = await submit(world)
    expect((await outcome(photaMock, world, 'clock')).stdout).toBe('2026-06-22T12:00:00Z  manual\n')
    const { stdout, code } = await outcome(photaMock, world, 'clock', 'advance', '24h')
    expect(code).toBe(0)
    expect(stdout).toMatch(new RegExp(`2026-06-22T12:00:18Z  job\\.succeeded +alice +${jobId}`))
    expect(stdout).toMatch(/2026-06-23T12:00:00Z\n$/)
    expect((await outcome(photaMock, world, 'clock', 'set', '2026-06-23T13:00:00Z')).stdout).toContain('job.expired')
    const { stdout: settled } = await outcome(photaMock, world, 'clock', 'settle', '--json')
    expect(JSON.parse(settled)).toEqual({ now: '2026-06-23T13:00:00Z', events: [], counts: {}, stuck: [] })
    const { stdout: mode } = await outcome(photaMock, world, 'clock', 'mode', 'real', '--speed', '60')
    expect(mode).toMatch(/^2026-06-23T13:00:0.*Z {2}real, 60 times as fast\n$/)
    expect((await outcome(photaMock, world, 'clock', 'freeze')).stdout).toMatch(/frozen\n$/)
    expect((await outcome(photaMock, world, 'clock', 'resume', '--json')).stdout).toContain('"frozen": false')
  })

  test('jobs lists them, and takes one in hand', async ({ photaMock }) => {
    const world = await ownWorld()
    expect((await outcome(photaMock, world, 'jobs')).stdout).toBe('no jobs\n')
    const first = await submit(world, { client_request_id: 'mine' })
    const second = await submit(world)
    const third = await submit(world)
    const { stdout } = await outcome(photaMock, world, 'jobs')
    expect(stdout.split('\n')).toHaveLength(5)
    expect(stdout).toMatch(new RegExp(`${first} +alice +generate +pending +2026-06-22T12:00:00Z +a lighthouse\n`))
    expect((await outcome(photaMock, world, 'jobs', 'list')).stdout).toBe(stdout)
    const { stdout: filtered } = await outcome(photaMock, world, 'jobs', '--client-request-id', 'mine', '--json')
    expect(JSON.parse(filtered)).toMatchObject([{ job_id: first, client_request_id: 'mine' }])
    expect((await outcome(photaMock, world, 'jobs', 'step', first)).stdout).toMatch(/status +running\n/)
    const failed = await outcome(photaMock, world, 'jobs', 'fail', second, '--code', 'TIMEOUT', '--message', 'Slow.')
    expect(failed.stdout).toMatch(/error +TIMEOUT: Slow\.\n[\s\S]*cost +\$0\.09 reserved, \$0\.00 in the end\n/)
    expect((await outcome(photaMock, world, 'jobs', 'hang', third)).stdout).toMatch(/ends +never\n/)
    const { stdout: shown } = await outcome(photaMock, world, 'jobs', 'show', second, '--json')
    expect(JSON.parse(shown).job).toMatchObject({ status: 'failed', error: { code: 'TIMEOUT' } })
    expect(await outcome(photaMock, world, 'jobs', 'fail', second)).toEqual({
      code: 1,
      stdout: '',
      stderr: 'phota-mock: failJob: the job has failed already; expects one that is pending or running\n',
    })
  })

  test('deliveries lists every attempt, and resend sends the last one again', async ({ photaMock }) => {
    const world = await ownWorld()
    const hook = await receiver(500, 500, 500, 500, 503, 204)
    const jobId = await submit(world, { callback_url: hook.url })
    expect((await outcome(photaMock, world, 'deliveries')).stdout).toBe('no deliveries\n')
    await world.clock.settle()
    const { stdout } = await outcome(photaMock, world, 'deliveries', '--job', jobId)
    expect(stdout).toMatch(new RegExp(`^[0-9a-f]{32}  exhausted  of job ${jobId} to ${hook.url}\n`))
    expect(stdout.match(/Z {2}500\n/g)).toHaveLength(4)
    const again = await outcome(photaMock, world, 'resend', '--job', jobId)
    expect(again.code).toBe(1)
    expect(again.stdout).toMatch(/1\. {2}2026-06-22T12:00:49Z {2}503\n/)
    const [first] = await world.deliveries.list({ job: jobId })
    const sent = await outcome(photaMock, world, 'resend', first?.id ?? '', '--json')
    expect(sent.code).toBe(0)
    expect(JSON.parse(sent.stdout)).toMatchObject({ state: 'delivered', attempts: [{ n: 1, status: 204 }] })
    expect(new Set(hook.bodies).size).toBe(1)
    expect(await outcome(photaMock, world, 'resend')).toMatchObject({
      code: 2,
      stderr: 'phota-mock: resend expects the id of a delivery, or --job with the id of a job\n',
    })
    expect((await outcome(photaMock, world, 'resend', '--job', 'none')).code).toBe(2)
    hook.close()
  })

  test('deposit prints the balance', async ({ photaMock }) => {
    const world = await ownWorld()
    expect((await outcome(photaMock, world, 'deposit', 'broke', '5.25')).stdout).toBe(
      'broke  $5.25 available, $0.00 reserved, $0.00 spent\n',
    )
    const { stdout } = await outcome(photaMock, world, 'deposit', 'broke', '1', '--json')
    expect(JSON.parse(stdout)).toMatchObject({ id: 'broke', available_micro_usd: 6_250_000 })
    expect(await outcome(photaMock, world, 'deposit', 'broke', 'much')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('expects dollars, received "much". Example: 5.00'),
    })
    expect((await outcome(photaMock, world, 'deposit', 'nobody', '1')).stderr).toBe(
      "phota-mock: deposit: There is no account 'nobody'; there are: alice, broke.\n",
    )
  })

  test('world makes, shows, keeps, puts back and removes', async ({ photaMock }) => {
    const made = await outcome(
      photaMock,
      null,
      'world',
      'new',
      'cli',
      '--clock',
      'manual',
      '--account',
      'carol:5.00',
      '--account',
      'dave',
    )
    expect(made.stdout).toMatch(
      /^cli {2}\S+Z {2}manual\n {2}carol {2}\$5\.00 available.*\n {4}key cli\.carol\n {2}dave /,
    )
    const file = join(folder, 'cli.json')
    expect((await outcome(photaMock, null, 'world', 'snapshot', file, '--world', 'cli')).stdout).toBe(
      `World cli is kept in ${file}\n`,
    )
    const world = connect(server.url).worlds.get('cli')
    await world.accounts.deposit('carol', '1')
    expect((await outcome(photaMock, null, 'world', 'restore', file, '--world', 'cli')).stdout).toContain(
      '$5.00 available',
    )
    await world.accounts.deposit('dave', '7')
    expect((await outcome(photaMock, null, 'world', 'reset', 'cli')).stdout).not.toContain('$7.00')
    expect((await outcome(photaMock, null, 'world', 'list')).stdout).toContain('key test-key-alice')
    expect((await outcome(photaMock, null, 'world', 'remove', 'cli')).stdout).toBe('World cli is removed\n')
    expect(await outcome(photaMock, null, 'world', 'show', 'cli')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("phota-mock: getWorld: There is no World 'cli'"),
    })
    await writeFile(file, '{')
    expect(await outcome(photaMock, null, 'world', 'restore', file)).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('is no snapshot that can be read'),
    })
  })

  test('trigger makes a job of each outcome, and waits for its callback', async ({ photaMock }) => {
    const world = await ownWorld()
    const hook = await receiver(204)
    // What else is said of the World's jobs does not matter.
    await world.scenarios.add({ effect: { fail: 'INTERNAL' } })
    const { stdout, code } = await outcome(photaMock, world, 'trigger', 'succeeded', '--callback-url', hook.url)
    expect(code).toBe(0)
    expect(stdout).toMatch(/status +succeeded\n[\s\S]*image +http[\s\S]*delivered[\s\S]* 1\. {2}\S+ {2}204\n/)
    expect(hook.bodies).toHaveLength(1)
    const details = await Promise.all(
      [['failed'], ['CONTENT_MODERATION', '--operation', 'edit', '--message', 'No.'], ['running'], ['pending']].map(
        async (args) => JSON.parse((await outcome(photaMock, world, 'trigger', ...args, '--json')).stdout),
      ),
    )
    expect(details.map(({ job }) => [job.operation, job.status, job.error])).toEqual([
      ['generate', 'failed', { code: 'GENERATION_FAILED', message: 'The image could not be generated.' }],
      ['edit', 'failed', { code: 'CONTENT_MODERATION', message: 'No.' }],
      ['generate', 'running', null],
      ['generate', 'pending', null],
    ])
    expect((await world.scenarios.list()).map(({ id }) => id)).toEqual(['scenario-1'])
    const late = await outcome(photaMock, world, 'trigger', 'failed', '--callback-url', hook.url, '--late', '2h')
    expect(late.stdout).toContain('2026-06-22T14:00:00Z  due')
    hook.close()
    expect((await outcome(photaMock, world, 'trigger', 'failed', '--callback-url', hook.url)).code).toBe(1)
    expect(await outcome(photaMock, world, 'trigger', 'succeeded', '--account', 'broke')).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/^phota-mock: trigger: the submit was answered 402 /),
    })
  })

  test('trigger works while the clock moves by itself', async ({ photaMock }) => {
    const world = await ownWorld()
    for (const clock of [{ mode: 'auto' as const }, { mode: 'real' as const, speed: 100_000 }]) {
      await world.clock.update(clock)
      const { stdout } = await outcome(photaMock, world, 'trigger', 'TIMEOUT', '--json')
      expect(JSON.parse(stdout).job).toMatchObject({ status: 'failed', error: { code: 'TIMEOUT' } })
    }
  })

  test('no command prints a control character of a client or a receiver', { timeout: 60_000 }, async ({
    photaMock,
  }) => {
    const nasty = 'x\u001b[2J\u009b31m\u202e'
    const own = connect(server.url).worlds
    const world = await own.create({
      clock: { mode: 'manual' },
      accounts: [{ id: nasty, keys: ['nasty-key'], deposit: '9' }],
    })
    await connect(server.url).fetch(`${server.url}/v1/phota/generate`, {
      method: 'POST',
      headers: { 'X-API-Key': 'nasty-key', 'Content-Type': 'application/json' },
      body: JSON.stringify({
        prompt: nasty,
        async: true,
        response_mode: 'urls',
        client_request_id: nasty,
      }),
    })
    await world.clock.settle()
    const [job] = await world.jobs.list()
    await world.deliveries.inject(job?.job_id ?? '', { url: `https://app.test/${nasty}` })
    const listening = photaMock(['listen', '--port', '0'], { PHOTA_MOCK_URL: server.url })
    const url = await untilListening(listening)
    await fetch(url, { method: 'POST', body: JSON.stringify({ job_id: nasty, status: 'two\nlines' }) })
    await vi.waitFor(() => expect(listening.stdout).toContain('lines'), WAIT)
    const outcomes = await Promise.all(
      [
        ['jobs'],
        ['jobs', 'show', job?.job_id ?? ''],
        ['deliveries'],
        ['world', 'list'],
        ['world', 'snapshot'],
        ['jobs', '--json'],
        ['clock', '--world', nasty],
      ].map((args) => outcome(photaMock, world, ...args)),
    )
    for (const text of [listening.stdout, ...outcomes.flatMap(({ stdout, stderr }) => [stdout, stderr])])
      expect(text).not.toMatch(/(?!\n)[\p{Cc}\u202e]/u)
    expect(listening.stdout).toContain('job x\\x1b[2J\\x9b31m\\u202e  two⏎lines')
    expect(outcomes[2]?.stdout).toContain('to https://app.test/x\\x1b[2J\\x9b31m\\u202e\n')
  })

  test('listen verifies what arrives, and tells who signed it', async ({ photaMock }) => {
    const world = await ownWorld()
    const listening = photaMock(['listen', '--port', '0', '--json'], {
      PHOTA_MOCK_URL: server.url,
      PHOTA_MOCK_WORLD: world.id,
    })
    const url = await untilListening(listening)
    await outcome(photaMock, world, 'trigger', 'succeeded', '--callback-url', url)
    await outcome(photaMock, world, 'trigger', 'failed', '--callback-url', url, '--wrong-signature')
    // A secret that it cannot know yet.
    await world.accounts.rotateWebhookSecret('alice')
    await outcome(photaMock, world, 'trigger', 'failed', '--callback-url', url)
    await fetch(url, { method: 'POST', body: 'no callback' })
    await vi.waitFor(() => expect(listening.stdout.trim().split('\n')).toHaveLength(4), WAIT)
    const arrivals = listening.stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line))
    expect(arrivals.map(({ status, signed_by, answered }) => [status, signed_by, answered])).toEqual([
      ['succeeded', 'alice', 204],
      ['failed', null, 204],
      ['failed', 'alice', 204],
      [null, null, 204],
    ])
    listening.process.kill('SIGINT')
    expect(await listening.exited).toBe(0)
    expect(listening.stderr).toContain('4 callbacks, 2 of them forged')
  })

  test('listen outlives senders that break off, and answers of its target that do not end', async ({ photaMock }) => {
    const seen: (string | undefined)[] = []
    const app = createServer(({ headers }, response) => {
      seen.push(
        headers.upgrade,
        headers['http2-settings'] as string | undefined,
        headers['x-hop'] as string | undefined,
      )
      response.writeHead(200)
      const timer = setInterval(() => response.write('x'.repeat(65_536)), 1)
      response.on('close', () => clearInterval(timer))
    })
    await new Promise<void>((resolve) => app.listen(0, '127.0.0.1', resolve))
    const to = `http://127.0.0.1:${(app.address() as AddressInfo).port}/`
    const listening = photaMock(['listen', '--port', '0', '--secret', 'aa', '--forward-to', to])
    const { port } = new URL(await untilListening(listening))
    const start = 'POST / HTTP/1.1\r\nHost: x\r\n'
    for (const text of [
      `${start}Content-Length: 100\r\n\r\ncut`,
      `${start}Transfer-Encoding: chunked\r\n\r\nzz\r\nbad\r\n`,
      `${start}Transfer-Encoding: chunked\r\n\r\n5\r\nhe`,
    ]) {
      const socket = tcp(Number(port), '127.0.0.1').on('error', () => undefined)
      await once(socket, 'connect')
      socket.write(text, () => setTimeout(() => socket.resetAndDestroy(), 20))
      await once(socket, 'close')
    }
    const answer = await new Promise<number | undefined>((resolve, reject) => {
      const headers = {
        connection: 'Upgrade, HTTP2-Settings, X-Hop',
        upgrade: 'h2c',
        'http2-settings': 'AAMAAABkAAQ',
        'x-hop': '1',
      }
      httpRequest({ port, method: 'POST', headers }, ({ statusCode }) => resolve(statusCode))
        .on('error', reject)
        .end('{}')
    })
    expect(answer).toBe(200)
    expect(seen).toEqual([undefined, undefined, undefined])
    app.closeAllConnections()
    app.close()
    listening.process.kill('SIGINT')
    expect(await listening.exited).toBe(0)
    expect(listening.stderr).toContain('a callback that was none: its sender broke off')
  })

  test('listen forwards to the byte, and answers what is answered there', async ({ photaMock }) => {
    const world = await ownWorld()
    const app = await receiver(418, 204)
    const listening = photaMock(['listen', '--port', '0', '--forward-to', app.url], {
      PHOTA_MOCK_URL: server.url,
      PHOTA_MOCK_WORLD: world.id,
    })
    const url = await untilListening(listening)
    const { stdout } = await outcome(photaMock, world, 'trigger', 'succeeded', '--callback-url', url)
    expect(stdout).toContain('418')
    const [delivery] = await world.deliveries.list()
    expect(app.bodies).toEqual([delivery?.body])
    expect(listening.stdout).toMatch(/job [0-9a-f]{32} {2}succeeded {2}genuine, signed for alice {2}→ 418 by http/)
    app.close()
    await world.clock.settle()
    await vi.waitFor(
      () => expect(listening.stdout).toMatch(/→ 502: phota-mock listen could not forward to .*ECONNREFUSED/),
      WAIT,
    )
  })

  test('says in a sentence when nobody is there, and when it may not', async ({ photaMock }) => {
    const gone = photaMock(['jobs', '--url', 'http://127.0.0.1:2'], {})
    expect(await gone.exited).toBe(1)
    expect(gone.stderr).toBe(
      'phota-mock: listJobs: http://127.0.0.1:2/_mock/worlds/default/jobs could not be reached (ECONNREFUSED). Is ' +
        'it running? phota-mock serve starts one.\n',
    )
    expect(await outcome(photaMock, null, 'clock', 'advance', '24')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('expects a duration with its unit, received "24"'),
    })
    const locked = await startServer({ port: 0, control: { token: 'open-sesame' } })
    expect(await outcome(photaMock, null, 'clock', '--url', locked.url)).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('the request has none'),
    })
    expect((await outcome(photaMock, null, 'clock', '--url', locked.url, '--token', 'open-sesame')).code).toBe(0)
    await locked.close(100)
  })

  test.for([
    ['clock advance', 'clock', 'advnce', '24h'],
    ['clock set', 'clock', 'st'],
    ['jobs list', 'jobs', 'lst'],
    ['world restore', 'world', 'restroe', 'file'],
    ['deposit', 'depsit', 'alice', '5'],
  ])('a misspelt command is told the nearest: %s', async ([meant = '', ...args], { photaMock, expect }) => {
    const { code, stderr } = await outcome(photaMock, null, ...args)
    expect(code).toBe(2)
    expect(stderr).toContain("unknown command '")
    expect(stderr).toContain(`Did you mean ${meant.split(' ').at(-1)}?`)
  })

  test('completion completes in a real bash', async ({ photaMock }) => {
    const { stdout: script } = await outcome(photaMock, null, 'completion', 'bash')
    const bin = join(folder, 'phota-mock')
    await writeFile(bin, `#!/bin/sh\ncd ${resolve('.')} && exec ${process.execPath} src/cli.ts "$@"\n`)
    await chmod(bin, 0o755)
    await writeFile(join(folder, 'completion.bash'), script)
    const complete = async (...words: string[]): Promise<string[]> => {
      const line =
        `source ${folder}/completion.bash; COMP_WORDS=(phota-mock ` +
        `${words.map((word) => `'${word}'`).join(' ')}); ` +
        `COMP_CWORD=${words.length}; _phota_mock; printf '%s\\n' "\${COMPREPLY[@]}"`
      const { stdout } = await run('bash', ['-c', line], {
        env: { ...process.env, PATH: `${folder}:${process.env['PATH']}` },
      })
      return stdout.trim().split('\n')
    }
    expect(await complete('de')).toEqual(['deliveries', 'deposit'])
    expect(await complete('clock', 'mode', '')).toEqual(['real', 'auto', 'manual'])
    expect(await complete('trigger', '--operation', 're')).toEqual(['remix'])
  })
})

test('completion knows commands, flags, choices, and values of flags', () => {
  const program = new Command('phota-mock')
    .addCommand(clockCommand())
    .addCommand(jobsCommand())
    .addCommand(triggerCommand())
  expect(candidates(program, [''])).toEqual(['clock', 'jobs', 'trigger'])
  expect(candidates(program, ['jobs', 'f'])).toEqual(['fail'])
  expect(candidates(program, ['jobs', 'fail', 'some-id', '--co'])).toEqual(['--code'])
  expect(candidates(program, ['jobs', '--status', 'p'])).toEqual(['pending'])
  expect(candidates(program, ['jobs', '--url', ''])).toEqual([])
  expect(candidates(program, ['jobs', '--json', 'st'])).toEqual(['step'])
  expect(candidates(program, ['trigger', 'succeeded', ''])).toEqual([])
  expect(candidates(program, ['trigger', 'T'])).toEqual(['TIMEOUT'])
  expect(candidates(program, ['nothing', ''])).toEqual([])
})

async function untilListening(run: ReturnType<Cli['photaMock']>): Promise<string> {
  await vi.waitFor(() => expect(run.stderr).toMatch(/waiting for callbacks on \S+/), WAIT)
  return /waiting for callbacks on (\S+)/.exec(run.stderr)?.[1] ?? ''
}
