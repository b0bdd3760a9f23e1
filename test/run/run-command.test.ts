import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { type RunOptions, type RunResult, runCommand } from '../../src/run/run-command.ts'

const run = (command: string[], options: Partial<RunOptions> = {}): Promise<RunResult> =>
  runCommand({ command: command as [string], env: process.env, output: 'capture', stdin: false, ...options })

const shell = (script: string, options?: Partial<RunOptions>): Promise<RunResult> => run(['sh', '-c', script], options)

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

test.each([
  ['exit 0', 0, null],
  ['exit 3', 3, null],
  ['kill -TERM $$', 143, 'SIGTERM'],
  ['kill -KILL $$', 137, 'SIGKILL'],
])('`%s` ends with %i, by the signal %s', async (script, exitCode, signal) => {
  expect(await shell(script)).toMatchObject({ exitCode, signal, problem: null, isTimedOut: false })
})

test('a program that is not there ends with 127, one that may not run with 126', async () => {
  expect(await run(['/no/such/program'])).toMatchObject({ exitCode: 127, problem: 'ENOENT' })
  const folder = mkdtempSync(join(tmpdir(), 'not-executable-'))
  const file = join(folder, 'script')
  writeFileSync(file, '#!/bin/sh\n', { mode: 0o644 })
  expect(await run([file])).toMatchObject({ exitCode: 126, problem: 'EACCES' })
  expect(await run(['sh'], { cwd: join(folder, 'gone') })).toMatchObject({ exitCode: 127 })
  rmSync(folder, { recursive: true })
})

test('what it prints is captured, of very much the last MiB', async () => {
  expect(await shell('echo out; echo err >&2')).toMatchObject({ stdout: 'out\n', stderr: 'err\n' })
  const { stdout } = await shell('head -c 5000000 /dev/zero | tr "\\0" a; echo end')
  expect(stdout).toHaveLength(1024 * 1024)
  expect(stdout.endsWith('aend\n')).toBe(true)
})

test('arguments and environment are passed on as they are, by no shell', async () => {
  const { stdout } = await run(['printenv', 'ODD'], { env: { PATH: process.env['PATH'], ODD: 'a b; $(exit 1) "\n' } })
  expect(stdout).toBe('a b; $(exit 1) "\n\n')
})

test('what it leaves behind ends with it, even if it hears no SIGTERM', async () => {
  const { stdout, exitCode } = await shell('(trap "" TERM; exec sleep 60) & echo $!; (exec sleep 60) & echo $!; exit 5')
  expect(exitCode).toBe(5)
  for (const pid of stdout.trim().split('\n')) await expect.poll(() => isAlive(Number(pid))).toBe(false)
})

test('a command that takes too long is ended, with all that it started', async () => {
  const result = await shell('sleep 60 & echo $!; wait', { timeoutMs: 200 })
  expect(result).toMatchObject({ isTimedOut: true, signal: 'SIGTERM', exitCode: 143 })
  expect(isAlive(Number(result.stdout))).toBe(false)
})

test('an abort ends it, one that came before it started, too', async () => {
  const controller = new AbortController()
  const result = shell('sleep 60', { signal: controller.signal, started: () => controller.abort() })
  expect(await result).toMatchObject({ signal: 'SIGTERM', isTimedOut: false })
  expect(await shell('sleep 60', { signal: AbortSignal.abort() })).toMatchObject({ signal: 'SIGTERM' })
})

test('signals are sent to it and all that it started', async () => {
  let send: ((signal: NodeJS.Signals) => void) | undefined
  const ready = new EventTarget()
  const started = once(ready, 'started')
  const result = shell('trap "echo got it; exit 4" USR1; sleep 60 & wait', {
    started: (each) => {
      send = each
      ready.dispatchEvent(new Event('started'))
    },
  })
  await started
  // The shell sets its trap at once, but not before it runs.
  const timer = setInterval(() => send?.('SIGWINCH'), 10)
  setTimeout(() => send?.('SIGUSR1'), 300)
  expect(await result).toMatchObject({ stdout: 'got it\n', exitCode: 4 })
  clearInterval(timer)
})
