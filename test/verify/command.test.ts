import { execFile } from 'node:child_process'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, vi } from 'vitest'
import type { VerifyResult } from '../../src/verify/index.ts'
import { type Run, test } from '../cli/cli.ts'
import { type Obstacle, obstruct } from './bad-targets.ts'
import { startTarget, TARGET_KEYS, type TargetOptions } from './target/target.ts'

const STACK = /\bat .*\.(ts|js):|node:internal|Error:.*\n\s+at /

// Each starts a vitest of its own, and they wait for each other's processors.
vi.setConfig({ testTimeout: 90_000 })

let folder: string
const opened: { close(): Promise<void> }[] = []
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'phota-verify-'))
})
afterAll(async () => {
  await Promise.all(opened.map((one) => one.close()))
  await rm(folder, { recursive: true })
})

async function target(options: TargetOptions = {}): Promise<string> {
  const started = await startTarget(options)
  opened.push(started)
  return started.url
}

async function file(name: string, text: string): Promise<string> {
  const path = join(folder, name)
  await writeFile(path, text)
  return path
}

async function ended(run: Run): Promise<{ code: unknown; stdout: string; stderr: string }> {
  const code = await run.exited
  expect(run.stdout + run.stderr).not.toMatch(STACK)
  return { code, stdout: run.stdout, stderr: run.stderr }
}

const verdictsOf = (json: string): Record<string, string> =>
  Object.fromEntries((JSON.parse(json) as VerifyResult).rules.map(({ id, verdict }) => [id, verdict]))

const QUICK = ['--only', 'poll.unknown,secret,idem.other-body', '--callback-wait', '300ms']
/** Those that ask little. */
const FEW = ['--only', 'secret,idem.other-body,submit.mode-required']

describe.concurrent('phota-mock verify', () => {
  test('passes the server in all rules, and leaves a report without any key in it', async ({ serve, photaMock }) => {
    const { url } = await serve()
    const report = join(folder, 'passed')
    const { code, stdout } = await ended(photaMock(['verify', url, '--key', 'test-key-alice', '--report', report]))
    expect(stdout).toContain('70 passed · 0 partial · 0 failed · 0 note · 0 skipped · 0 error')
    expect(stdout).toContain('Nothing is broken: 70 of 70 rules hold.\n')
    expect(code).toBe(0)
    expect((await readdir(report)).sort()).toEqual(['junit.xml', 'report.html', 'result.json'])
    for (const name of await readdir(report)) {
      const text = await readFile(join(report, name), 'utf8')
      expect(text).not.toMatch(/test-key-alice|w\d+-alice|token=[0-9a-f]{8}/)
      expect(text).not.toContain('undefined')
    }
    const junit = await readFile(join(report, 'junit.xml'), 'utf8')
    expect(junit.match(/<testcase /g)).toHaveLength(70)
    expect(junit).toContain('failures="0" errors="0" skipped="0"')
  })

  test('names what is broken, where it comes from, what was seen, and a script that tells whether it still is', async ({
    photaMock,
  }) => {
    const { alice, bob } = TARGET_KEYS
    const url = await target({ defect: 'foreign-job-403', control: false, pendingMs: 20, runningMs: 50 })
    const report = join(folder, 'failed')
    const args = ['--key', alice, '--other-key', bob, '--only', 'poll.scoped,poll.unknown', '--report', report]
    const { code, stdout } = await ended(photaMock(['verify', url, ...args]))
    expect(code).toBe(1)
    expect(stdout).toContain('✗ poll.scoped  Another account’s job is 404')
    expect(stdout).toMatch(
      /from {6}the API’s guide.*\n {4}expected {2}404 for another account’s job\n {4}seen {6}403 \{"code"/,
    )
    expect(stdout).toContain('1 of 70 rules is broken: poll.scoped.\n')
    const [, line = ''] = /again {5}(.*)\n/.exec(stdout) ?? []
    expect(line).toMatch(/^sh \S+\/again\/poll\.scoped\.sh$/)
    const env = { PATH: process.env['PATH'], PHOTA_KEY: alice, PHOTA_OTHER_KEY: bob }
    const again = await promisify(execFile)('sh', ['-c', line], { env }).catch((error) => error)
    expect(again.code).toBe(1)
    expect(again.stdout).toMatch(/^expected 404 for another account’s job\nseen {5}403 \{"code"/)
    expect(await readFile(join(report, 'junit.xml'), 'utf8')).toContain('failures="1"')
    expect(await readFile(join(report, 'report.html'), 'utf8')).toContain('<h2>Broken <')
    // A report of what is no longer broken leaves no script.
    const sound = await target({ control: false, pendingMs: 20, runningMs: 50 })
    await ended(photaMock(['verify', sound, ...args]))
    expect(await readdir(join(report, 'again'))).toEqual([])
  })

  test('--json prints the result alone, as result.json has it', async ({ photaMock }) => {
    const url = await target({ defect: 'unknown-job-410' })
    const report = join(folder, 'json')
    const { code, stdout } = await ended(photaMock(['verify', url, '--json', '--report', report, ...QUICK]))
    const result = JSON.parse(stdout) as VerifyResult
    expect(result).toEqual(JSON.parse(await readFile(join(report, 'result.json'), 'utf8')))
    expect(result).toMatchObject({
      version: 2,
      exitCode: 1,
      counts: { passed: 3, partial: 0, failed: 1, note: 0, skipped: 66, error: 0 },
    })
    expect(result.rules.find(({ id }) => id === 'poll.unknown')).toMatchObject({
      verdict: 'failed',
      source: 'guide',
      section: 'Errors',
      tried: [{ dimension: 'id', values: ['random', 'like another', 'cut', 'longer', 'very long'], missing: [] }],
      breaches: [
        { expected: '404 for an id that was never issued', source: 'guide', check: { kind: 'status', wanted: [404] } },
        { expected: '404 for an id like those that were issued' },
        {},
        {},
        {},
        {},
      ],
      again: 'again/poll.unknown.sh',
      // Its key was made by the control API, for that run.
      curl: null,
    })
    expect(code).toBe(1)
  })

  test.for<[Obstacle, RegExp]>([
    ['hangs', /was not answered within 10 s/],
    ['answers HTML', /answered 200 with text\/html, not JSON: this is not the API/],
    ['knows nothing', /answered 404, and so did POST .*\/generate: there is no API at that base path/],
    ['is broken', /answered 500, and so did all else there: is the service up\?/],
    ['resets', /found its connection closed before an answer came/],
    ['only rate-limits', /was answered 429 with Retry-After: 600; the run waits 5 m in all/],
  ])('of a target that %s says so in one sentence, and exits 2', async ([obstacle, sentence], { photaMock }) => {
    const bad = await obstruct(obstacle, 'http://127.0.0.1:9')
    opened.push(bad)
    const { code, stdout, stderr } = await ended(photaMock(['verify', bad.url, '--key', 'k']))
    expect(stderr).toMatch(sentence)
    expect(stderr.trim().split('\n')).toHaveLength(1)
    expect([code, stdout]).toEqual([2, ''])
  })

  test('of a port where nobody listens says so, and exits 2', async ({ photaMock }) => {
    const server = createServer()
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const { port } = server.address() as AddressInfo
    await new Promise((resolve) => server.close(resolve))
    const { code, stderr } = await ended(photaMock(['verify', `http://127.0.0.1:${port}`, '--key', 'k']))
    expect(stderr).toContain('found nobody listening there')
    expect(code).toBe(2)
  })

  test.for<Obstacle>(['is slow', 'rate-limits'])(
    'judges a target that %s as it would without',
    async (obstacle, { photaMock }) => {
      const bad = await obstruct(obstacle, await target())
      opened.push(bad)
      const { code, stdout } = await ended(photaMock(['verify', bad.url, '--json', ...FEW]))
      expect((JSON.parse(stdout) as VerifyResult).counts).toMatchObject({ passed: 4, failed: 0, error: 0 })
      expect(code).toBe(0)
    },
  )

  test.for<[string, string[], RegExp]>([
    ['no URL', [], /which implementation\?/],
    ['another scheme', ['ftp://x'], /URL expects an http or https URL, received "ftp:\/\/x"/],
    ['no key and no control API', ['URL', '--control', 'none'], /a key is needed: --key KEY, or PHOTA_KEY/],
    ['a refused key', ['URL', '--key', 'nope', '--control', 'none'], /--key was refused by .* \(401\)/],
    [
      'a refused second key',
      ['URL', '--key', 'alice-key', '--other-key', 'nope', '--control', 'none'],
      /--other-key was refused/,
    ],
    ['a part that there is not', ['URL', '--without', 'nothing'], /--without expects some of profiles, sync, limits/],
    ['one key twice', ['URL', '--key', 'k', '--other-key', 'k'], /--other-key and --key are the same key/],
    ['an unknown rule', ['URL', '--only', 'poll.nope'], /there is no rule "poll.nope". There are: poll.shape/],
    ['nothing left', ['URL', '--only', 'poll.unknown', '--skip', 'poll'], /leave nothing to try/],
    ['a control API that is none', ['URL', '--control', 'http://127.0.0.1:9'], /--control http:\/\/127.0.0.1:9/],
    ['a receiver without a port', ['URL', '--receiver', 'here'], /--receiver expects HOST:PORT, received "here"/],
    ['a public URL alone', ['URL', '--public-url', 'https://me.example'], /--public-url needs --receiver/],
    ['a bare duration', ['URL', '--timeout', '5'], /--timeout expects a duration with its unit/],
    ['no money', ['URL', '--max-spend', 'much'], /--max-spend expects dollars, received "much"/],
    ['a missing file', ['URL', '--failing-request', '/no/such'], /--failing-request \/no\/such could not be read/],
    ['a missing ticket', ['URL', '--resume', '/no/such'], /--resume \/no\/such could not be read/],
    ['an unknown part', ['URL', '--without', 'sight'], /--without expects some of .*, received "sight"/],
    ['an unknown depth', ['URL', '--depth', 'deep'], /'--depth <depth>' argument 'deep' is invalid/],
    ['a terminal’s controls', ['\u001b[2J\u009b'], /received "\\u001b\[2J\\x9b"/],
  ])('with %s says what would be right, and exits 2', async ([, args, sentence], { photaMock }) => {
    const url = args.includes('URL') ? await target({ control: !args.includes('none') }) : ''
    const { code, stdout, stderr } = await ended(
      photaMock(['verify', ...args.map((arg) => (arg === 'URL' ? url : arg))]),
    )
    expect(stderr).toMatch(sentence)
    expect([code, stdout]).toEqual([2, ''])
  })

  test('takes keys from the environment', async ({ photaMock }) => {
    const url = await target({ control: false })
    const env = { PHOTA_KEY: TARGET_KEYS.alice, PHOTA_OTHER_KEY: TARGET_KEYS.bob }
    const only = ['--only', 'secret']
    const { code, stdout } = await ended(photaMock(['verify', url, '--json', ...only], env))
    expect(verdictsOf(stdout)).toMatchObject({ 'secret.shape': 'passed', 'secret.per-account': 'passed' })
    expect(code).toBe(0)
  })

  test('lets known failures pass, and takes one that holds for an error', async ({ photaMock }) => {
    const url = await target({ defect: 'unknown-job-410' })
    const known = await file('known.txt', 'poll.unknown # until the next release\n\n')
    const tolerant = await ended(photaMock(['verify', url, '--expected-failures', known, ...QUICK]))
    expect(tolerant.stdout).toContain('(known to fail)')
    expect(tolerant.stdout).toContain('Nothing is broken but for 1 known to fail')
    expect(tolerant.code).toBe(0)
    const outdated = await file('outdated.txt', 'poll.unknown\nsecret.shape\n')
    const surprised = await ended(photaMock(['verify', url, '--expected-failures', outdated, ...QUICK]))
    expect(surprised.stdout).toContain('secret.shape is listed as an expected failure, and holds')
    expect(surprised.code).toBe(2)
  })

  test('without callbacks over http skips them, because an https --public-url is wanted', async ({
    serve,
    photaMock,
  }) => {
    const { url } = await serve(['--https-callbacks-only', '--pending', '20ms', '--running', '50ms'])
    const args = ['--control', 'none', '--key', 'test-key-alice', '--only', 'callback', '--callback-wait', '300ms']
    const { code, stdout } = await ended(photaMock(['verify', url, ...args]))
    expect(stdout).toMatch(
      /skipped, because the implementation refuses http callback URLs, and wants an https --public-url:\n {2}callback\.delivered/,
    )
    expect(stdout).toContain('0 passed · 1 partial · 0 failed')
    expect(code).toBe(0)
  })

  test('that cannot listen for callbacks says error, which is no failure and no pass', async ({ photaMock }) => {
    const url = await target()
    const { port } = new URL(url)
    const args = ['--receiver', `127.0.0.1:${port}`, '--only', 'callback.none,poll.unknown', '--json']
    const { code, stdout } = await ended(photaMock(['verify', url, ...args]))
    expect(verdictsOf(stdout)).toMatchObject({ 'callback.none': 'error', 'poll.unknown': 'passed' })
    expect(code).toBe(2)
  })

  test.for(['--depth=full', '--json'])(
    'prints nothing of a target that could move a cursor (%s)',
    async (more, { photaMock }) => {
      const nasty = '\u009b2J\u202e\u2028\u0085'
      const server = createServer(({ url = '' }, answer) => {
        if (url.endsWith('/webhook-secret')) {
          answer.writeHead(200, { 'content-type': 'application/json' })
          answer.end(JSON.stringify({ webhook_signing_secret: 's'.repeat(20), more: nasty }))
        } else answer.writeHead(418, { 'content-type': 'text/plain' }).end(`\u001b[2J\u001b]0;x\u0007\r${nasty}`)
      })
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
      opened.push({
        close: async () => {
          server.closeAllConnections()
          server.close()
        },
      })
      const { port } = server.address() as AddressInfo
      const args = ['--key', 'k', '--only', 'poll,submit,secret,shape.getWebhookSecret', '--job-timeout', '2s', more]
      const { stdout, stderr } = await ended(photaMock(['verify', `http://127.0.0.1:${port}`, ...args]))
      expect((stdout + stderr).replaceAll('\n', '')).not.toMatch(/[\p{Cc}\u2028\u202a-\u202e\u2066-\u2069]/u)
      expect(stdout).toContain(more === '--json' ? '\\u001b[2J' : '\\x1b[2J')
    },
  )

  test('leaves a ticket for what takes a day, and finishes the report with it', async ({ photaMock }) => {
    const url = await target({ control: false, pendingMs: 20, runningMs: 50, retentionMs: 4_000 })
    const report = join(folder, 'ticket')
    const keys = ['--key', TARGET_KEYS.alice, '--other-key', TARGET_KEYS.bob]
    const only = ['--only', 'poll.unknown,poll.expired,poll.expired-scoped,poll.retained']
    const first = await ended(photaMock(['verify', url, ...keys, '--report', report, ...only]))
    expect(first.stdout).toMatch(
      /Left to do: poll\.[\w., -]+\. From .* on, with the same keys: phota-mock verify http\S+ --resume .*ticket\.json/,
    )
    expect(first.code).toBe(0)
    const ticket = join(report, 'ticket.json')
    const early = await ended(photaMock(['verify', url, '--resume', ticket, ...keys]))
    expect(early.stdout).toContain('1 passed · 0 partial · 0 failed · 0 note · 69 skipped · 0 error')
    expect(early.code).toBe(0)
    // A day later. The implementation keeps its results for seconds only, so that it is past them all the same.
    const { jobs, ...rest } = JSON.parse(await readFile(ticket, 'utf8')) as { jobs: Record<string, number>[] }
    const dayBefore = (days: number): object[] =>
      jobs.map((job) => ({
        ...job,
        ...Object.fromEntries(
          ['submittedMs', 'finishedAfterMs', 'finishedBeforeMs'].map((name) => [
            name,
            Number(job[name]) - days * 86_400_000 - 5_000,
          ]),
        ),
      }))
    const headers = { 'X-API-Key': TARGET_KEYS.alice }
    const isGone = async ({ jobId }: { jobId?: unknown }): Promise<boolean> =>
      [404, 410].includes((await fetch(`${url}/v1/phota/jobs/${jobId}`, { headers })).status)
    const areGone = async (): Promise<boolean> => (await Promise.all(jobs.map(isGone))).every(Boolean)
    await vi.waitUntil(areGone, { timeout: 80_000, interval: 100 })
    const late = await file('late.json', JSON.stringify({ ...rest, jobs: dayBefore(1) }))
    const second = await ended(photaMock(['verify', url, '--resume', late, ...keys, '--json']))
    expect(verdictsOf(second.stdout)).toMatchObject({
      'poll.unknown': 'passed',
      'poll.expired': 'passed',
      'poll.expired-scoped': 'passed',
      'poll.retained': 'skipped',
    })
    expect(second.code).toBe(0)
    const overdue = await file('overdue.json', JSON.stringify({ ...rest, jobs: dayBefore(9) }))
    const third = await ended(photaMock(['verify', url, '--resume', overdue, ...keys, '--json']))
    expect(verdictsOf(third.stdout)).toMatchObject({ 'poll.expired': 'error', 'poll.expired-scoped': 'error' })
    expect(third.code).toBe(2)
    const broken = await file('broken.json', '{')
    const fourth = await ended(photaMock(['verify', url, '--resume', broken, ...keys]))
    expect(fourth.stderr).toContain('so nothing can be resumed')
    expect(fourth.code).toBe(2)
  })

  test('--plan prices a run, and sends nothing', async ({ photaMock }) => {
    const { code, stdout } = await ended(photaMock(['verify', 'https://nowhere.invalid', '--key', 'k', '--plan']))
    expect(stdout).toContain('Nothing was sent.')
    expect(stdout).toMatch(/in all +\$\d+\.\d\d\n/)
    expect(stdout).toMatch(/All of it runs with --max-spend \d+\.\d\d\./)
    expect(code).toBe(0)
  })

  test('works in a vitest of one’s own', async ({ serve }) => {
    const { url } = await serve()
    // Inside the project, so that imports resolve; its own root, so that its configuration is none.
    const root = await mkdtemp(join(process.cwd(), 'test', '.own-'))
    try {
      const options = { url, only: ['idem', 'poll.unknown', 'shape.getJob'] }
      await writeFile(
        join(root, 'contract.test.ts'),
        `import { contractSuite } from '../../src/verify/index.ts'\ncontractSuite(${JSON.stringify(options)})\n`,
      )
      const report = join(root, 'report.json')
      const flags = ['--root', root, '--reporter', 'json', '--outputFile', report]
      const args = [join(process.cwd(), 'node_modules/vitest/vitest.mjs'), 'run', ...flags]
      await promisify(execFile)(process.execPath, args)
      expect(JSON.parse(await readFile(report, 'utf8'))).toMatchObject({ numPassedTests: 12, numFailedTests: 0 })
    } finally {
      await rm(root, { recursive: true })
    }
  })
})
