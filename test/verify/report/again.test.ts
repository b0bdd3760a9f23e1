import { execFile, execFileSync, spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { jsonText } from '../../../src/text/printable.ts'
import { scriptOf } from '../../../src/verify/report/again/index.ts'
import type { RuleResult, VerifyResult } from '../../../src/verify/report/result.ts'
import { run } from '../../../src/verify/run.ts'
import { resolveOptions, type VerifyOptions } from '../../../src/verify/settings.ts'
import type { Breach, Check } from '../../../src/verify/verdict.ts'
import { sampleOf } from '../sample.ts'
import { startTarget, TARGET_KEYS, type TargetOptions } from '../target/target.ts'
import { breach, exchange, finding, madeUp } from './made-up.ts'

vi.setConfig({ testTimeout: 90_000 })

let folder: string
const opened: { close(): Promise<void> }[] = []
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'phota-again-'))
})
afterAll(async () => {
  await Promise.all(opened.map((one) => one.close()))
  await rm(folder, { recursive: true })
})

const OUTSIDE: TargetOptions = { control: false, pendingMs: 20, runningMs: 50 }
const { alice: key, bob: otherKey, broke: brokeKey } = TARGET_KEYS
const KEYS = { PHOTA_KEY: key, PHOTA_OTHER_KEY: otherKey, PHOTA_BROKE_KEY: brokeKey }

async function target(options: TargetOptions): Promise<string> {
  const started = await startTarget({ ...OUTSIDE, ...options })
  opened.push(started)
  return started.url
}

async function verified(url: string, options: Partial<VerifyOptions> = {}): Promise<VerifyResult> {
  const haste = { callbackWaitMs: 300, timeoutMs: 5_000, jobTimeoutMs: 5_000 }
  const given = { url, control: 'none', key, otherKey, brokeKey, ...haste, ...options }
  return (await run(resolveOptions(given))).result
}

/** The script of one rule, as a file. */
async function scriptFile(result: VerifyResult, id: string): Promise<string> {
  const rule = result.rules.find((each) => each.id === id)
  const script = rule ? scriptOf(rule, result) : null
  expect(script, `${id} is ${rule?.verdict}`).not.toBeNull()
  const file = join(await mkdtemp(join(folder, 'script-')), `${id}.sh`)
  await writeFile(file, script ?? '')
  return file
}

function sh(file: string, env: Record<string, string>): Promise<{ code: number; stdout: string; stderr: string }> {
  return new Promise((resolve) => {
    execFile('sh', [file], { env: { PATH: process.env['PATH'] ?? '', ...env } }, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr })
    })
  })
}

const SUBMIT = {
  request: {
    method: 'POST',
    url: 'http://127.0.0.1:9/v1/phota/generate',
    headers: { 'X-API-Key': '<key>', 'Content-Type': 'application/json' },
    body: '{"prompt":"x","async":true,"response_mode":"urls"}',
  },
  response: { status: 202, body: '{"job_id":"abc","poll_url":"/v1/phota/jobs/abc"}' },
}

/** The same result, in which a breach of the rule can be told by a script: one that does not pass with the moment. */
function checked(result: VerifyResult, id: string, check: (rule: RuleResult) => Check): VerifyResult {
  const isOfRunning = ({ exchange: number }: Breach): boolean =>
    result.exchanges.some(
      ({ id: own, operation, response }) =>
        own === number && operation === 'getJob' && response?.body.includes('"running"') === true,
    )
  const rules = result.rules.map((rule): RuleResult => {
    const found = rule.breaches.find((each) => !isOfRunning(each))
    return rule.id === id && found !== undefined ? { ...rule, breaches: [{ ...found, check: check(rule) }] } : rule
  })
  return { ...result, rules }
}

const isOriginal = ({ exchanges }: RuleResult): Check => ({ kind: 'job', of: exchanges[0] as number, isSame: true })
const isOther = ({ exchanges }: RuleResult): Check => ({ kind: 'job', of: exchanges[0] as number, isSame: false })
const namesOperation = (): Check => ({
  kind: 'body',
  pattern: '"operation": *"(generate|enhance|remix)"',
  isWanted: true,
})
const namesNoEdit = (): Check => ({ kind: 'count', pattern: '"operation": *"edit"', wanted: 0 })

const BROKEN: readonly [defect: string, id: string, check?: (rule: RuleResult) => Check][] = [
  ['foreign-job-403', 'poll.scoped'],
  ['bytes-accepted', 'submit.bytes-refused'],
  ['missing-key-401', 'submit.auth'],
  ['download-needs-key', 'result.download'],
  ['later-downloads-missing', 'result.download'],
  ['replay-new-id', 'idem.same-job', isOriginal],
  ['replay-only-while-unfinished', 'idem.after-terminal', isOriginal],
  ['client-id-global', 'idem.scoped', isOther],
  ['operation-always-edit', 'poll.operation', namesOperation],
  ['remix-as-edit', 'poll.operation', namesNoEdit],
]

test.concurrent.for(process.env['CI'] ? BROKEN : sampleOf(BROKEN, 3))(
  'A script shows %s again, and that it is gone where it is gone (%s)',
  async ([defect, id, check]) => {
    const only = id === 'result.download' ? ['result.download', 'result.signed'] : [id]
    const seen = await verified(await target({ defect }), { only })
    const result = check ? checked(seen, id, check) : seen
    const file = await scriptFile(result, id)
    expect(await readFile(file, 'utf8'), 'by curl alone').not.toContain('--only')
    const broken = await sh(file, KEYS)
    expect([broken.code, broken.stderr]).toEqual([1, ''])
    expect(broken.stdout).toMatch(/^expected .+\nseen {5}.+\n/)
    expect(broken.stdout).toMatch(new RegExp(`${id} is still broken\n$`))
    const sound = await target({})
    const gone = await sh(file, { ...KEYS, PHOTA_URL: `${sound}/v1/phota` })
    expect([gone.code, gone.stderr]).toEqual([0, ''])
    expect(gone.stdout).toMatch(new RegExp(`${id} is not broken any more\n$`))
  },
)

test.concurrent('A script that did not see a job running could not tell', async () => {
  const submit = exchange({ id: 1, operation: 'generate', ...SUBMIT })
  const poll = exchange({
    id: 2,
    request: { url: 'http://127.0.0.1:9/v1/phota/jobs/abc', headers: { 'X-API-Key': '<key>' } },
    response: { body: '{"job_id":"abc","status":"running"}' },
  })
  const breaches = [breach({ exchange: 2, check: { kind: 'body', pattern: 'x', isWanted: false } })]
  const result = madeUp([finding('poll.shape', 'failed', { breaches, exchanges: [submit, poll] })])
  const sound = await target({ pendingMs: 0, runningMs: 0 })
  const { code, stderr } = await sh(await scriptFile(result, 'poll.shape'), { ...KEYS, PHOTA_URL: `${sound}/v1/phota` })
  expect([code, stderr]).toEqual([2, 'could not tell: a job had ended before it was seen running\n'])
})

test.concurrent('A script that lacks a key, or is refused, could not tell', async () => {
  const result = await verified(await target({ defect: 'foreign-job-403' }), { only: ['poll.scoped'] })
  const file = await scriptFile(result, 'poll.scoped')
  const told = async (env: Record<string, string>) => {
    const { code, stdout, stderr } = await sh(file, env)
    expect([code, stdout]).toEqual([2, ''])
    return stderr.trim()
  }
  expect(await told({})).toBe('could not tell: PHOTA_KEY is not set: it is to be an API key of that implementation')
  expect(await told({ PHOTA_KEY: key })).toMatch(/PHOTA_OTHER_KEY is not set: it is to be a key of another account/)
  expect(await told({ ...KEYS, PHOTA_KEY: 'nope' })).toBe('could not tell: PHOTA_KEY was refused (401)')
  expect(await told({ ...KEYS, PHOTA_OTHER_KEY: 'nope' })).toBe('could not tell: PHOTA_OTHER_KEY was refused (401)')
  expect(await told({ ...KEYS, PHOTA_URL: 'file:///etc' })).toMatch(/PHOTA_URL expects an http or https URL/)
  expect(await told({ ...KEYS, PHOTA_URL: 'http://127.0.0.1:9' })).toMatch(/curl got no answer/)
})

test.concurrent('What takes a receiver is asked of phota-mock, and its verdict is translated', async () => {
  const url = await target({ defect: 'delivers-twice' })
  // The second delivery comes a second after the first.
  const result = await verified(url, { only: ['callback.stops'], callbackWaitMs: 3_000 })
  const file = await scriptFile(result, 'callback.stops')
  // Stands for phota-mock, and answers as the sound one would.
  const stand = join(folder, 'stand-in.sh')
  const answer = join(folder, 'answer.json')
  await writeFile(stand, `echo "$@" >'${folder}/asked'\ncat '${answer}'\n`)
  const env = { ...KEYS, PHOTA_MOCK: `sh ${stand}` }
  await writeFile(answer, jsonText(result))
  const broken = await sh(file, env)
  expect([broken.code, broken.stderr]).toEqual([1, ''])
  expect(broken.stdout).toMatch(/^(expected .*\nseen {5}\d.*\n)+callback\.stops is still broken\n$/)
  expect(await readFile(join(folder, 'asked'), 'utf8')).toBe(
    `verify ${url}/v1/phota --only callback.stops --control none --json\n`,
  )
  for (const [verdict, code] of [
    ['passed', 0],
    ['partial', 0],
    ['skipped', 2],
    ['error', 2],
  ] as const) {
    const rules = result.rules.map((rule) => (rule.id === 'callback.stops' ? { ...rule, verdict, breaches: [] } : rule))
    await writeFile(answer, jsonText({ ...result, rules }))
    expect((await sh(file, env)).code).toBe(code)
  }
  expect((await sh(file, { ...env, PHOTA_MOCK: 'false' })).code).toBe(2)
})

test.concurrent('Keys that a control API made for a run are gone, so phota-mock makes others', async () => {
  const result = await verified(await target({ defect: 'foreign-job-403', control: true }), {
    control: 'auto',
    only: ['poll.scoped'],
  })
  const script = await readFile(await scriptFile(result, 'poll.scoped'), 'utf8')
  expect(script).toContain('because curl alone cannot: its accounts were made by the control API for that run alone.')
  expect(script).toContain('verify "$PHOTA_URL" --only poll.scoped --json "$@"')
  expect(result.rules.find(({ id }) => id === 'poll.scoped')).toMatchObject({
    again: 'again/poll.scoped.sh',
    curl: null,
  })
})

test.concurrent('The shell can read each script, whatever is broken', async () => {
  const result = await verified(await target({}))
  const files: string[] = []
  for (const rule of result.rules) {
    for (const [nth, exchange] of rule.exchanges.slice(0, 6).entries()) {
      const checks: Check[] = [
        { kind: 'status', wanted: [404, 410] },
        { kind: 'body', pattern: `"it's" $(x) \`y\``, isWanted: false },
        { kind: 'count', pattern: 'x', wanted: 2 },
        { kind: 'job', of: rule.exchanges[0] as number, isSame: true },
      ]
      const breaches = checks.map((check) => breach({ exchange, check, seen: `it's "${nth}"` }))
      const broken: RuleResult = { ...rule, verdict: 'failed', breaches }
      const file = join(folder, `${rule.id}-${nth}.sh`)
      await writeFile(file, scriptOf(broken, result) ?? 'missing (')
      files.push(file)
    }
  }
  expect(files.length).toBeGreaterThan(150)
  for (const file of files) execFileSync('sh', ['-n', file])
})

describe('Nothing of a target is run by a shell', () => {
  const nasty = (file: string) => [
    `'; touch ${file}; '`,
    `$(touch ${file})`,
    `\`touch ${file}\``,
    `"; touch ${file}; "`,
    `\n touch ${file} \n`,
    `\\'; touch ${file} #`,
  ]

  test.concurrent('whatever a report knows of it', async () => {
    const file = join(folder, 'pwned-by-report')
    for (const [nth, text] of nasty(file).entries()) {
      const asked = exchange({
        id: 2,
        request: {
          method: 'POST',
          url: new URL(`http://127.0.0.1:9/v1/phota/jobs/x?a=${text.trim()}`).href,
          body: JSON.stringify({ prompt: text, client_request_id: text }),
          headers: { 'X-API-Key': '<key>', 'X-More': text },
        },
        response: { body: text },
      })
      const plainly = { ...asked, request: { ...asked.request, headers: { 'X-More': 'no' } } }
      for (const shown of [asked, plainly]) {
        const check: Check =
          nth % 2 === 0 ? { kind: 'status', wanted: [404] } : { kind: 'body', pattern: text, isWanted: true }
        const breaches = [breach({ expected: text, seen: text, exchange: 2, check })]
        const result = madeUp([finding('poll.unknown', 'failed', { breaches, exchanges: [shown] })])
        const rule = result.rules.find(({ id }) => id === 'poll.unknown')
        await sh(await scriptFile(result, 'poll.unknown'), { ...KEYS, PHOTA_MOCK: 'true' })
        const again = rule?.curl ?? null
        if (again !== null) spawnSync('sh', ['-c', again], { env: { ...process.env, ...KEYS } })
      }
    }
    expect(existsSync(file)).toBe(false)
  })

  test.concurrent('whatever it answers a script', async () => {
    const result = await verified(await target({ defect: 'later-downloads-missing' }), { only: ['result.download'] })
    const script = await scriptFile(result, 'result.download')
    const file = join(folder, 'pwned-by-answer')
    for (const text of nasty(file)) {
      const url = `http://127.0.0.1:9/${text}`
      const body = { job_id: text, poll_url: `/${text}`, status: 'succeeded', result: { download_urls: [url, url] } }
      const server = createServer((_, answer) => answer.writeHead(200).end(JSON.stringify(body)))
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
      const { port } = server.address() as AddressInfo
      const { code, stdout, stderr } = await sh(script, { ...KEYS, PHOTA_URL: `http://127.0.0.1:${port}` })
      server.close()
      expect([code, stdout]).toEqual([2, ''])
      expect(stderr).toMatch(/could not tell: /)
      expect(stderr.replaceAll('\n', '')).not.toMatch(/\p{Cc}/u)
    }
    expect(existsSync(file)).toBe(false)
  })
})
