import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { scriptOf } from '../../../src/verify/report/again/index.ts'
import type { VerifyResult } from '../../../src/verify/report/result.ts'
import { run } from '../../../src/verify/run.ts'
import type { VerifyOptions } from '../../../src/verify/settings.ts'
import { startTarget, TARGET_KEYS, type TargetOptions } from '../target/target.ts'

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
  return (await run({ url, control: 'none', key, otherKey, brokeKey, ...haste, ...options })).result
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

test.concurrent.for<[defect: string, id: string]>([['foreign-job-403', 'poll.scoped']])(
  'A script shows %s again, and that it is gone where it is gone (%s)',
  async ([defect, id]) => {
    const result = await verified(await target({ defect }), { only: [id.split('.')[0] as string] })
    const file = await scriptFile(result, id)
    const broken = await sh(file, KEYS)
    expect([broken.code, broken.stderr]).toEqual([1, ''])
    expect(broken.stdout).toMatch(/^expected .+\nseen {5}.+\n/)
    const sound = await target({})
    const gone = await sh(file, { ...KEYS, PHOTA_URL: `${sound}/v1/phota` })
    expect([gone.code, gone.stderr]).toEqual([0, ''])
    const noKey = await sh(file, {})
    expect([noKey.code, noKey.stderr]).toEqual([2, expect.stringMatching(/^could not tell: PHOTA_KEY is not set/)])
  },
)
