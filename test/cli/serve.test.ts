import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { build } from 'esbuild'
import { afterAll, beforeAll, describe, expect } from 'vitest'
import { connect } from '../../src/control/index.ts'
import { COMPILED, freePort, test, untilPort } from './cli.ts'

const API = '/v1/phota'
const STACK = /\bat .*\.(ts|js):|node:internal|Error:.*\n\s+at /
const GENERATE = { prompt: 'a lighthouse', async: true, response_mode: 'urls' }

// biome-ignore lint/suspicious/noExplicitAny: tests look into bodies of every shape.
async function ask(url: string, path: string, body?: object, key = 'test-key-alice'): Promise<[number, any]> {
  const response = await fetch(url + (path.startsWith(API) ? path : API + path), {
    headers: { 'X-API-Key': key, ...(body && { 'Content-Type': 'application/json' }) },
    ...(body && { method: 'POST', body: JSON.stringify(body) }),
  })
  return [response.status, await response.json()]
}

async function submit(url: string, body: object = {}): Promise<string> {
  const [status, handle] = await ask(url, '/generate', { ...GENERATE, ...body })
  expect(status).toBe(202)
  return handle.poll_url
}

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'phota-mock-'))
})
afterAll(() => rm(folder, { recursive: true }))

async function file(name: string, text: string): Promise<string> {
  const path = join(folder, name)
  await writeFile(path, text)
  return path
}

describe.concurrent('phota-mock serve', () => {
  test('prints its address, its keys, its clock, and a curl line that works as it stands', async ({ serve }) => {
    const { url, stdout, stderr } = await serve()
    expect(url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/)
    expect(stdout).toContain(`API    ${url}${API}\n`)
    expect(stdout).toContain('Clock  real\n')
    expect(stdout).toMatch(/test-key-alice +alice +\$1,000,000\.00\n/)
    expect(stdout).toMatch(/test-key-bob +bob +\$1,000,000\.00\n/)
    expect(stdout).toMatch(/test-key-broke +broke +\$0\.00\n/)
    expect(stderr).toBe('')
    const [, line = ''] = /Try it:\n([\s\S]*?)\n\n/.exec(stdout) ?? []
    const { stdout: answer } = await promisify(execFile)('sh', ['-c', line.replace('curl', 'curl -sS')])
    expect(JSON.parse(answer)).toEqual({
      job_id: expect.stringMatching(/^[0-9a-f]{32}$/),
      status: 'pending',
      poll_url: expect.stringContaining(`${API}/jobs/`),
    })
  })

  test('knows test-key-alice and test-key-bob as two accounts, and test-key-broke as one that cannot pay', async ({
    serve,
  }) => {
    const { url } = await serve()
    const secrets = []
    for (const key of ['test-key-alice', 'test-key-bob', 'test-key-broke']) {
      const [status, body] = await ask(url, '/webhook-secret', undefined, key)
      expect(status).toBe(200)
      secrets.push(body.webhook_signing_secret)
    }
    expect(new Set(secrets).size).toBe(3)
    const poll_url = await submit(url)
    expect((await ask(url, poll_url, undefined, 'test-key-bob'))[0]).toBe(404)
    expect((await ask(url, '/generate', GENERATE, 'test-key-broke'))[0]).toBe(402)
    const [status, { detail }] = await ask(url, '/webhook-secret', undefined, 'wrong')
    expect([status, detail]).toEqual([401, expect.stringContaining('test-key-alice')])
  })

  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    // At once is less than the grace of two seconds; a busy machine may need that long for anything, once.
    test(`ends on ${signal} with 0 at once when nothing is open`, { retry: 2 }, async ({ serve }) => {
      const run = await serve()
      await submit(run.url)
      const startedMs = performance.now()
      run.process.kill(signal)
      expect(await run.exited).toBe(0)
      expect(performance.now() - startedMs).toBeLessThan(1500)
      expect(run.stderr).toBe('')
    })
  }

  test('goes on when nobody reads what it prints any more', async () => {
    const port = await freePort()
    const child = execFile('sh', ['-c', `${process.execPath} src/cli.ts serve --port ${port} 2>&1 | head -1`], {
      env: { ...process.env, ...COMPILED },
    })
    await untilPort(port, 'accepts')
    for (let i = 0; i < 5; i++) {
      expect((await fetch(`http://127.0.0.1:${port}/v1/phota/profiles/ids`)).status).toBe(403)
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
    await promisify(execFile)('pkill', ['-f', `src/cli.ts serve --port ${port}$`])
    child.kill()
  })

  test('on SIGINT lets an open request end and answers it, then exits with 0', async ({ serve }) => {
    const run = await serve(['--pending', '0s', '--running', '1s'])
    const open = ask(run.url, '/generate', { prompt: 'a lighthouse', response_mode: 'urls' })
    for (let i = 0; i < 3; i++) await ask(run.url, '/webhook-secret')
    run.process.kill('SIGINT')
    const [status, body] = await open
    expect([status, body.download_urls.length]).toEqual([200, 1])
    expect(await run.exited).toBe(0)
  })

  test('on SIGINT cuts off after two seconds what has not ended', async ({ serve }) => {
    const run = await serve()
    const open = ask(run.url, '/generate', { prompt: 'a lighthouse' }).catch(() => 'cut off')
    for (let i = 0; i < 3; i++) await ask(run.url, '/webhook-secret')
    const startedMs = performance.now()
    run.process.kill('SIGINT')
    expect(await open).toBe('cut off')
    expect(await run.exited).toBe(0)
    expect(performance.now() - startedMs).toBeGreaterThan(1900)
  })

  test('on a second SIGINT does not wait, and exits with 130', async ({ serve }) => {
    const run = await serve(['--clock', 'manual'])
    const open = ask(run.url, '/generate', { prompt: 'a lighthouse' }).catch(() => 'cut off')
    for (let i = 0; i < 3; i++) await ask(run.url, '/webhook-secret')
    run.process.kill('SIGINT')
    await untilPort(Number(new URL(run.url).port), 'refuses')
    run.process.kill('SIGINT')
    expect(await run.exited).toBe(130)
    expect(await open).toBe('cut off')
  })

  test('on a busy port exits with 2 and one sentence that says how to choose another', async ({ photaMock }) => {
    const other = createServer()
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve))
    const { port } = other.address() as AddressInfo
    const run = photaMock(['serve', '--port', String(port)])
    expect(await run.exited).toBe(2)
    expect(run.stdout).toBe('')
    expect(run.stderr).toMatch(new RegExp(`^phota-mock: port ${port} on 127\\.0\\.0\\.1 is in use.*--port.*\\n$`))
    other.close()
  })
})

describe.concurrent('phota-mock serve with a flag that makes no sense', () => {
  for (const [args, said] of [
    [['--speed', 'fast'], /--speed.*"fast".*--speed 60/],
    [['--speed', 'Infinity'], /--speed.*"Infinity"/],
    [['--speed', '1e300'], /--speed.*at most 1000000.*"1e300"/],
    [['--port', '99999'], /--port.*0 to 65535.*"99999"/],
    [['--host='], /--host expects an address/],
    [['--port='], /--port.*""/],
    [['--retention', '1'], /--retention.*duration.*"1"/],
    [['--retention', '1500ms'], /--retention.*whole seconds/],
    [['--pending', '-1s'], /--pending.*"-1s"/],
    [['--clock', 'warp'], /--clock.*'warp'.*real, auto, manual/],
    [['--log-level', 'loud'], /--log-level.*'loud'.*silent, error, info, debug/],
    [['--public-url', 'nowhere'], /--public-url.*"nowhere".*http:\/\//],
    [['--public-url', 'http://mock.local/base?x=1'], /--public-url.*without query and fragment.*base\?x=1/],
    [['--public-url', 'http://mock.local/#top'], /--public-url.*without query and fragment/],
    [['--public-url', 'ftp://mock.local'], /--public-url.*http or https URL/],
    [['--host', '192.0.2.1'], /--host 192\.0\.2\.1.*--host 127\.0\.0\.1/],
    [
      ['--allow-callback-host', 'http://app.test'],
      /--allow-callback-host.*without scheme or port.*"http:\/\/app\.test"/,
    ],
    [['--allow-callback-host', 'a.test,app.test:5000'], /--allow-callback-host.*"app\.test:5000"/],
    [['--allow-control-host', 'phota.internal'], /--allow-control-host phota\.internal needs --control-token/],
    [['--allow-control-host', '*', '--control-token', 'twelve-chars'], /--allow-control-host.*received "\*"/],
    [['--control-token', 'short'], /--control-token expects 8 or more/],
    [['--allow-callback-host', 'app.*'], /--allow-callback-host.*"app\.\*"/],
    [['--fixture', 'nosuch'], /--fixture nosuch.*every-state, half-trained, busy-afternoon/],
    [['--speeed', '2'], /--speeed/],
    [['extra'], /extra/],
  ] as [string[], RegExp][]) {
    test(`${args.join(' ')} says so in a sentence and exits with more than 0`, async ({ photaMock }) => {
      const run = photaMock(['serve', '--port', '0', ...args])
      // One that listens after all would never end.
      run.prints(/listens on/).then(
        () => run.process.kill(),
        () => {},
      )
      expect(await run.exited).toBeOneOf([1, 2])
      expect(run.stdout).toBe('')
      expect(run.stderr).toMatch(said)
      expect(run.stderr).not.toMatch(STACK)
    })
  }
})

describe.concurrent('phota-mock serve in an environment', () => {
  test('takes PHOTA_MOCK_… for flags; a flag on the command line wins', async ({ serve }) => {
    const port = await freePort()
    const { url, stdout } = await serve(['--running', '1h'], {
      PHOTA_MOCK_PORT: String(port),
      PHOTA_MOCK_CLOCK: 'manual',
      PHOTA_MOCK_FIXTURE: 'half-trained',
      PHOTA_MOCK_RUNNING: 'nonsense',
      PHOTA_MOCK_ALLOW_CALLBACK_HOST: 'a.test, b.test, *.Sub.test, [fd00::1]',
    }).catch((error: Error) => expect.unreachable(error.message))
    expect(url).toBe(`http://127.0.0.1:${port}`)
    expect(stdout).toContain('Clock  manual')
    expect(stdout).not.toContain('bob')
    for (const [host, status] of [
      ['a.test', 202],
      ['b.test', 202],
      ['c.test', 422],
      ['any.sub.test', 202],
      ['sub.test', 422],
      ['[fd00::1]:80', 202],
    ] as const)
      expect((await ask(url, '/generate', { ...GENERATE, callback_url: `http://${host}/hook` }))[0]).toBe(status)
  })

  for (const [value, status] of [
    ['true', 422],
    ['false', 202],
    ['', 202],
  ] as const) {
    test(`PHOTA_MOCK_HTTPS_CALLBACKS_ONLY=${value} ${status === 202 ? 'still takes' : 'refuses'} http to loopback`, async ({
      serve,
    }) => {
      const { url } = await serve(['--clock', 'manual'], { PHOTA_MOCK_HTTPS_CALLBACKS_ONLY: value })
      expect((await ask(url, '/generate', { ...GENERATE, callback_url: 'http://127.0.0.1:9/' }))[0]).toBe(status)
    })
  }

  test('takes a variable that is set to nothing for one that is not set', async ({ serve }) => {
    const names = [
      'HOST',
      'SEED',
      'CLOCK',
      'SPEED',
      'FIXTURE',
      'PENDING',
      'RUNNING',
      'RETENTION',
      'PUBLIC_URL',
      'LOG_LEVEL',
    ]
    const empty = Object.fromEntries([...names, 'ALLOW_CALLBACK_HOST'].map((name) => [`PHOTA_MOCK_${name}`, '']))
    const { url, stdout } = await serve([], { ...empty, PHOTA_MOCK_HTTPS_CALLBACKS_ONLY: '' })
    expect(url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/)
    expect(stdout).toContain('Clock  real\n')
    expect(stdout).toContain('test-key-alice')
  })

  test('names the variable that makes no sense', async ({ photaMock }) => {
    const run = photaMock(['serve'], { PHOTA_MOCK_PORT: 'abc' })
    expect(await run.exited).toBeGreaterThan(0)
    expect(run.stderr).toMatch(/PHOTA_MOCK_PORT.*"abc"/)
    expect(run.stderr).not.toMatch(STACK)
  })
})

describe.concurrent('phota-mock serve --fixture', () => {
  const job = (n: number) => `${String(n).repeat(8)}4000480008000000000000000`.slice(0, 32)

  test('every-state has a job in each state', async ({ serve }) => {
    const { url } = await serve(['--fixture', 'every-state', '--clock', 'manual'])
    const seen = []
    for (let n = 1; n <= 7; n++) {
      const [status, body] = await ask(url, `/jobs/${job(n)}`)
      seen.push(status === 200 ? body.status : status)
    }
    expect(seen).toEqual(['pending', 'running', 'succeeded', 'failed', 'failed', 'succeeded', 410])
    const [, { result }] = await ask(url, `/jobs/${job(3)}`)
    for (const download of result.download_urls) expect((await fetch(download)).status).toBe(200)
  })

  test('half-trained has profiles everywhere on the way to READY', async ({ serve }) => {
    const { url } = await serve(['--fixture', 'half-trained', '--clock', 'manual'])
    const [, { profiles }] = await ask(url, '/profiles/ids')
    expect(profiles.map((profile: { status: string; tag: string }) => [profile.status, profile.tag])).toEqual([
      ['READY', 'family'],
      ['IN_PROGRESS', 'family'],
      ['VALIDATING', 'team'],
      ['ERROR', 'team'],
    ])
  })

  test('busy-afternoon has 500 jobs of two accounts', async ({ serve }) => {
    const { url } = await serve(['--fixture', 'busy-afternoon', '--clock', 'manual'])
    for (const [n, status] of [
      [499, 'running'],
      [498, 'pending'],
      [487, 'succeeded'],
      [1, 'succeeded'],
      [0, 'failed'],
    ] as const) {
      const key = n % 3 === 0 ? 'test-key-bob' : 'test-key-alice'
      const [code, body] = await ask(url, '/generate', { ...GENERATE, client_request_id: `afternoon-${n}` }, key)
      expect([n, code, body.status]).toEqual([n, 202, status])
    }
  })

  const WORLD = {
    accounts: [{ id: 'carol', keys: ['key-of-carol'], deposit: '1.00' }],
    jobs: [{ account: 'carol', job_id: job(8), status: 'succeeded', finished_ago: '1h' }],
    scenarios: [{ match: { prompt: 'fail' }, effect: { fail: 'GENERATION_FAILED' } }],
  }
  test('takes a JSON file', async ({ serve }) => {
    const path = await file('world.json', JSON.stringify(WORLD))
    const { url, stdout } = await serve(['--fixture', path, '--speed', '1000'])
    expect(stdout).toMatch(/key-of-carol +carol +\$0\.91/)
    expect(stdout).toContain("'X-API-Key: key-of-carol'")
    expect((await ask(url, `/jobs/${job(8)}`, undefined, 'key-of-carol'))[1].status).toBe('succeeded')
    const [, handle] = await ask(url, '/generate', { ...GENERATE, prompt: 'please fail' }, 'key-of-carol')
    let body = handle
    while (!body.error) [, body] = await ask(url, handle.poll_url, undefined, 'key-of-carol')
    expect(body.error.code).toBe('GENERATION_FAILED')
  })

  test('takes a module in TypeScript', async ({ serve }) => {
    const path = await file('world.ts', `const world: object = ${JSON.stringify(WORLD)}\nexport default world\n`)
    const { stdout } = await serve(['--fixture', path])
    expect(stdout).toMatch(/key-of-carol +carol +\$0\.91/)
  })

  test('says of a module in TypeScript under a Node that reads none which Node would', async () => {
    // Without tsx, which reads it under any Node; below the root, from where it finds its own package.
    const built = await mkdtemp(resolve('test/.cli-'))
    try {
      const outfile = join(built, 'cli.mjs')
      await build({
        entryPoints: ['src/cli.ts'],
        outfile,
        bundle: true,
        platform: 'node',
        format: 'esm',
        packages: 'external',
      })
      const fixture = await file('old-node.ts', 'export default {}')
      const args = ['--no-strip-types', outfile, 'serve', '--port', '0', '--fixture', fixture]
      const failure = await promisify(execFile)(process.execPath, args).catch((error) => error)
      expect(failure.code).toBe(2)
      expect(failure.stderr).toMatch(/^phota-mock: --fixture .*old-node\.ts: this Node, v.*22\.18.*\n$/)
    } finally {
      await rm(built, { recursive: true })
    }
  })

  for (const [what, text, said] of [
    ['no JSON', '{', /refused\.json could not be read/],
    ['no World', '{"accounts": {}}', /accounts/],
    [
      'a World with a callback to nowhere',
      '{"accounts":[{"id":"a","keys":["k"],"deposit":"10"}],"jobs":[{"account":"a","status":"succeeded","callback_url":"nonsense"}]}',
      /jobs\[0\]: callback_url/,
    ],
    ['a World with a key that is none', '{"accounts":[{"id":"a","keys":[5]}]}', /accounts\[0\]: keys/],
  ] as const) {
    test(`refuses a file that is ${what} in a sentence, and exits with 2`, async ({ photaMock }) => {
      const path = join(await mkdtemp(join(folder, 'case-')), 'refused.json')
      await writeFile(path, text)
      const run = photaMock(['serve', '--port', '0', '--fixture', path])
      expect(await run.exited).toBe(2)
      expect(run.stdout).toBe('')
      expect(run.stderr).toMatch(said)
      expect(run.stderr).not.toMatch(STACK)
    })
  }
})

describe.concurrent('phota-mock serve --log-level', () => {
  test('silent prints nothing at all', async ({ photaMock }) => {
    const port = await freePort()
    const run = photaMock(['serve', '--port', String(port), '--log-level', 'silent'])
    await untilPort(port, 'accepts')
    const url = `http://127.0.0.1:${port}`
    while ((await ask(url, '/webhook-secret'))[0] !== 200);
    await submit(url)
    await ask(url, '/nope')
    run.process.kill('SIGINT')
    expect(await run.exited).toBe(0)
    expect([run.stdout, run.stderr]).toEqual(['', ''])
  })

  for (const [level, told] of [
    ['info', /^200 {2}GET .*\n$/],
    ['debug', /^200 {2}GET .*\n.*webhook_signing_secret.*\n$/],
  ] as const) {
    test(`${level} prints ${level === 'info' ? 'one line for each request' : 'its answer too'}`, async ({ serve }) => {
      const run = await serve(['--log-level', level])
      const before = run.stdout.length
      await ask(run.url, '/webhook-secret')
      run.process.kill('SIGINT')
      expect(await run.exited).toBe(0)
      expect(run.stdout.slice(before).trimStart()).toMatch(told)
    })
  }
})

describe.concurrent('the clock of phota-mock serve', () => {
  test('at --speed 1000 ends a job of 18 seconds in far less', async ({ serve }) => {
    const { url, stdout } = await serve(['--speed', '1000'])
    expect(stdout).toContain('Clock  real, 1000 times as fast')
    const startedMs = performance.now()
    const poll_url = await submit(url)
    let status = 'pending'
    while (status === 'pending' || status === 'running') status = (await ask(url, poll_url))[1].status
    expect(status).toBe('succeeded')
    expect(performance.now() - startedMs).toBeLessThan(5000)
  })

  test('under --clock auto ends an unmodified polling loop in three polls', async ({ serve }) => {
    const { url, stdout } = await serve(['--clock', 'auto'])
    expect(stdout).toContain('Clock  auto')
    const poll_url = await submit(url)
    const seen: string[] = []
    while (!seen.includes('succeeded')) seen.push((await ask(url, poll_url))[1].status)
    expect(seen.length).toBeLessThanOrEqual(3)
    expect(['pending', 'running', 'succeeded'].filter((status) => seen.includes(status))).toEqual(seen)
  })

  test('under --clock auto answers a synchronous request at once, and ends a job that nobody polls', async ({
    serve,
  }) => {
    const { url } = await serve(['--clock', 'auto'])
    const startedMs = performance.now()
    expect((await ask(url, '/generate', { prompt: 'a lighthouse', response_mode: 'urls' }))[0]).toBe(200)
    const receiver = createServer((request, response) => {
      request.resume()
      response.end()
    })
    await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve))
    const called = new Promise((resolve) => receiver.on('request', resolve))
    await submit(url, { callback_url: `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/` })
    await called
    expect(performance.now() - startedMs).toBeLessThan(5000)
    receiver.closeAllConnections()
    receiver.close()
  })

  test('under --clock manual stands still', async ({ serve }) => {
    const { url, stdout } = await serve(['--clock', 'manual', '--pending', '1ms', '--running', '1ms'])
    expect(stdout).toContain('Clock  manual')
    const poll_url = await submit(url)
    for (let i = 0; i < 20; i++) expect((await ask(url, poll_url))[1].status).toBe('pending')
  })

  test('with --pending 200ms --running 500ms --retention 2s reaches 410 by waiting', async ({ serve }) => {
    const { url } = await serve(['--pending', '200ms', '--running', '500ms', '--retention', '2s'])
    const startedMs = performance.now()
    const poll_url = await submit(url)
    const seen: (string | number)[] = []
    let download = ''
    while (seen.at(-1) !== 410) {
      const [code, body] = await ask(url, poll_url)
      const now = code === 200 ? body.status : code
      if (now !== seen.at(-1)) seen.push(now)
      if (now === 'succeeded') download = body.result.download_urls[0]
      await new Promise((resolve) => setTimeout(resolve, 25))
    }
    // A slow machine may miss a state, but never sees them in another order.
    expect(['pending', 'running', 'succeeded', 410].filter((state) => seen.includes(state))).toEqual(seen)
    expect(seen).toContain('succeeded')
    // Retention runs from `completed_at`, which tells whole seconds.
    expect(performance.now() - startedMs).toBeGreaterThan(1700)
    expect(performance.now() - startedMs).toBeLessThan(8000)
    expect((await fetch(download)).status).toBe(403)
  })
})

describe.concurrent('phota-mock', () => {
  test('with another --seed makes other ids', async ({ serve }) => {
    const ids = await Promise.all(['a', 'b'].map(async (seed) => submit((await serve(['--seed', seed])).url)))
    expect(ids[0]).not.toBe(ids[1])
  })

  test('--cors lets pages of one origin in, or of all', async ({ serve, photaMock }) => {
    const allowed = async (args: string[], env?: Record<string, string>) =>
      (await fetch(`${(await serve(args, env)).url}${API}/webhook-secret`)).headers.get('access-control-allow-origin')
    expect(
      await Promise.all([
        allowed([]),
        allowed(['--cors']),
        allowed(['--cors', 'http://localhost:5173']),
        allowed([], { PHOTA_MOCK_CORS: '*' }),
      ]),
    ).toEqual([null, '*', 'http://localhost:5173', '*'])
    const run = photaMock(['serve', '--cors', 'localhost:5173/x'])
    expect(await run.exited).toBe(2)
    expect(run.stderr).toMatch(/--cors expects an origin.*received "localhost:5173\/x"\. Example: --cors http:/)
  })

  test('says on its start what is open to whom', async ({ serve }) => {
    const openness = async (...args: string[]) => /Open {3}(.*)\n/.exec((await serve(args)).stdout)?.[1]
    const named = ['--allow-control-host', 'phota.internal', '--control-token', 'open-sesame']
    expect(
      await Promise.all([
        openness(),
        openness('--host', '0.0.0.0'),
        openness('--host', '0.0.0.0', '--no-control'),
        openness('--host', '::', ...named),
        openness('--host', '::1', ...named),
      ]),
    ).toEqual([
      'to this machine only',
      'API and images to everyone who reaches 0.0.0.0; control API to this machine only',
      'API and images to everyone who reaches 0.0.0.0; no control API',
      'API and images to everyone who reaches ::; control API by its token, to this machine and as phota.internal',
      'API and images to this machine only; control API by its token, to this machine and as phota.internal',
    ])
  })

  test('with --public-url tells that address', async ({ serve }) => {
    const { url, stdout } = await serve(['--public-url', 'http://mock.local:4010/'])
    expect(url).toBe('http://mock.local:4010')
    expect(stdout).toContain('curl http://mock.local:4010/v1/phota/generate')
  })

  test('--version prints the version of the package', async ({ photaMock }) => {
    const run = photaMock(['--version'])
    expect(await run.exited).toBe(0)
    const { version } = JSON.parse(await readFile('package.json', 'utf8'))
    expect(run.stdout).toBe(`${version}\n`)
  })

  test('serve --help names every flag and its variable', async ({ photaMock }) => {
    const run = photaMock(['serve', '--help'])
    expect(await run.exited).toBe(0)
    for (const name of [
      'port',
      'host',
      'seed',
      'clock',
      'speed',
      'fixture',
      'pending',
      'running',
      'retention',
      'allow-callback-host',
      'https-callbacks-only',
      'public-url',
      'cors',
      'log-level',
    ]) {
      expect(run.stdout).toContain(`--${name} `)
      expect(run.stdout).toContain(`PHOTA_MOCK_${name.toUpperCase().replaceAll('-', '_')}`)
    }
  })

  test('with a command it does not know exits with more than 0 and a sentence', async ({ photaMock }) => {
    const run = photaMock(['sreve'])
    expect(await run.exited).toBeGreaterThan(0)
    expect(run.stderr).toMatch(/sreve/)
    expect(run.stderr).not.toMatch(STACK)
  })
})

test('--callback-grace lets a receiver that takes its time answer once, while the clock jumps', async ({ serve }) => {
  let calls = 0
  const receiver = createServer((request, response) => {
    calls += 1
    request.resume()
    setTimeout(() => response.writeHead(200).end(), 400)
  })
  await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve))
  try {
    const { url } = await serve(['--clock', 'auto', '--callback-grace', '5s'])
    await submit(url, { callback_url: `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/` })
    const { deliveries } = connect(`${url}/_mock`).worlds.get('default')
    await expect.poll(async () => (await deliveries.list()).map(({ state }) => state)).toEqual(['delivered'])
    expect(calls).toBe(1)
  } finally {
    receiver.close()
  }
})

describe('phota-mock serve --scenario', () => {
  const post = (url: string, operation: string, prompt: string): Promise<number | 'no answer'> =>
    ask(url, `/${operation}`, { ...GENERATE, prompt, images: ['https://example.com/a.jpg'] }).then(
      ([status]) => status,
      () => 'no answer',
    )

  test('takes scenarios and faults from YAML and JSON', async ({ serve }) => {
    const yaml = await file(
      'faults.yaml',
      '- { match: { operation: generate }, effect: { fault: { answer: drop } }, times: 1 }\n',
    )
    const json = await file(
      'faults.json',
      JSON.stringify({
        scenarios: [{ match: { prompt: 'busy' }, effect: { fault: { when: 'before', answer: 429 } } }],
      }),
    )
    const { url } = await serve(['--scenario', yaml, '--scenario', json])
    expect(await post(url, 'generate', 'x')).toBe('no answer')
    expect(await post(url, 'generate', 'x')).toBe(202)
    expect(await post(url, 'edit', 'busy')).toBe(429)
  })

  test('takes the example that is shipped', async ({ serve }) => {
    const { url } = await serve(['--scenario', 'examples/scenarios.yaml'])
    expect(await post(url, 'generate', 'x')).toBe('no answer')
  })

  test('refuses what makes no sense before it listens, naming file and scenario', async ({ photaMock }) => {
    const bad = await file('bad.yaml', '- effect: { fail: TIMEOUT }\n- effect: { fault: { answer: 99 } }\n')
    const run = photaMock(['serve', '--port', '0', '--scenario', bad])
    expect(await run.exited).toBe(2)
    expect(run.stdout).toBe('')
    expect(run.stderr).toContain('bad.yaml, scenario 2: scenario.effect.fault.answer expects a status from 400 to 599')
    const broken = photaMock(['serve', '--port', '0', '--scenario', await file('broken.yaml', '{ [')])
    expect(await broken.exited).toBe(2)
    expect(broken.stderr).toMatch(/^phota-mock: --scenario .*broken\.yaml could not be read: /)
  })
})
