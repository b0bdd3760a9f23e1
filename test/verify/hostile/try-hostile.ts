import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { VerifyResult } from '../../../src/verify/index.ts'
import { TARGET_KEYS } from '../target/target.ts'
import { type HostileTarget, startHostile } from './front.ts'

const ROOT = fileURLToPath(new URL('../../..', import.meta.url))

/** What one run of the real command has come to. */
export interface Ending {
  readonly seconds: number
  /** The highest resident memory of the process; 0 where /proc does not tell. */
  readonly peakMb: number
  readonly exitCode: number | null
  readonly stderr: string
  /** `null` if it left none. */
  readonly result: VerifyResult | null
  readonly reports: readonly string[]
  /** What the target really did for money. Micro-dollars. */
  readonly takenMicroUsd: number
}

/** Runs `phota-mock verify` against it, in a process of its own. @param flags besides the keys and the report */
export async function tryHostile(target: HostileTarget, flags: readonly string[]): Promise<Ending> {
  const front = await startHostile(target)
  const report = await mkdtemp(join(tmpdir(), 'phota-hostile-'))
  const control = target.hasControl ? [] : ['--control', 'none']
  const args = ['verify', front.url, ...control, '--report', report, ...flags]
  const { alice, bob, broke } = TARGET_KEYS
  const begun = performance.now()
  const child = spawn(process.execPath, ['src/cli.ts', ...args], {
    cwd: ROOT,
    env: { PATH: process.env['PATH'], NO_COLOR: '1', PHOTA_KEY: alice, PHOTA_OTHER_KEY: bob, PHOTA_BROKE_KEY: broke },
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  let stderr = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text
  })
  let peakMb = 0
  const watch = setInterval(async () => {
    peakMb = Math.max(peakMb, await peakOf(child.pid))
  }, 100)
  try {
    const [exitCode] = (await once(child, 'close')) as [number | null]
    const seconds = (performance.now() - begun) / 1000
    const reports = (await readdir(report)).sort()
    const text = await readFile(join(report, 'result.json'), 'utf8').catch(() => null)
    const result = text === null ? null : (JSON.parse(text) as VerifyResult)
    return { seconds, peakMb, exitCode, stderr, result, reports, takenMicroUsd: front.taken }
  } finally {
    clearInterval(watch)
    child.kill('SIGKILL')
    await front.close()
    await rm(report, { recursive: true })
  }
}

/** Dollars that `verify` may spend on it. */
export function mostSpend({ liesAboutMoney }: HostileTarget): number {
  return liesAboutMoney ? 3 : 15
}

/** Whether the command ended within its deadline, its memory and its money, and left its reports. */
export function isBounded(target: HostileTarget, ending: Ending, deadlineS: number): boolean {
  const { seconds, peakMb, reports, result, takenMicroUsd } = ending
  const isPaidFor = result?.target.control !== null || takenMicroUsd <= mostSpend(target) * 1e6
  return seconds < deadlineS + 10 && peakMb < 500 && reports.length >= 3 && isPaidFor
}

async function peakOf(pid: number | undefined): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '')
  return Number(/VmHWM:\s+(\d+) kB/.exec(status)?.[1] ?? 0) / 1024
}
