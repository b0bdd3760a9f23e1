import { type ChildProcess, spawn } from 'node:child_process'
import { randomInt } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:http'
import { connect } from 'node:net'
import { fileURLToPath } from 'node:url'
import { test as base, type TestAPI } from 'vitest'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))

/** What Node has compiled of the sources, so that the next of some hundred runs need not: a third of a second each. */
export const COMPILED: { readonly NODE_COMPILE_CACHE: string } = {
  NODE_COMPILE_CACHE: fileURLToPath(new URL('../../node_modules/.cache/phota-mock', import.meta.url)),
}

/** A run of the real command. */
export interface Run {
  process: ChildProcess
  /** All that was printed so far. */
  readonly stdout: string
  readonly stderr: string
  /** Its exit code, or the signal that ended it. */
  exited: Promise<number | NodeJS.Signals>
  /** Waits until its output matches; fails if it ends before. */
  prints(pattern: RegExp): Promise<RegExpExecArray>
}

export interface Served extends Run {
  url: string
}

type Environment = Record<string, string>

export interface Cli {
  /** `phota-mock …`, as a person would type it. */
  photaMock(args: string[], env?: Environment): Run
  /** `phota-mock serve --port 0 …`, once it listens. */
  serve(args?: string[], env?: Environment): Promise<Served>
}

/** Runs the command from source; whatever still runs at the end of the test is killed. */
export const test: TestAPI<Cli> = base.extend<Cli>({
  // biome-ignore lint/correctness/noEmptyPattern: vitest wants the pattern.
  photaMock: async ({}, use) => {
    const runs: Run[] = []
    await use((args, env) => {
      const run = start(args, env)
      runs.push(run)
      return run
    })
    for (const run of runs) run.process.kill('SIGKILL')
    await Promise.all(runs.map((run) => run.exited))
  },
  serve: async ({ photaMock }, use) => {
    await use(async (args = [], env) => {
      const run = photaMock(['serve', ...(env?.['PHOTA_MOCK_PORT'] === undefined ? ['--port', '0'] : []), ...args], env)
      const [, url = ''] = await run.prints(/listens on (\S+)\n[\s\S]*Ctrl-C/)
      return Object.assign(run, { url })
    })
  },
}) as TestAPI<Cli>

function start(args: string[], env: Environment = {}): Run {
  const child = spawn(process.execPath, ['src/cli.ts', ...args], {
    cwd: ROOT,
    env: { PATH: process.env['PATH'], HOME: process.env['HOME'], NO_COLOR: '1', ...COMPILED, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const printed = { stdout: '', stderr: '' }
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].setEncoding('utf8').on('data', (text: string) => {
      printed[name] += text
    })
  }
  const exited = once(child, 'close').then(([code, signal]) => (code ?? signal) as number | NodeJS.Signals)
  return Object.defineProperties({} as Run, {
    process: { value: child },
    stdout: { get: () => printed.stdout },
    stderr: { get: () => printed.stderr },
    exited: { value: exited },
    prints: {
      value: async (pattern: RegExp) => {
        let ended = false
        exited.then(() => {
          ended = true
        })
        for (;;) {
          const match = pattern.exec(printed.stdout)
          if (match) return match
          if (ended) throw new Error(`ended without printing ${pattern}:\n${printed.stdout}\n${printed.stderr}`)
          await Promise.race([once(child.stdout, 'data'), exited])
        }
      },
    },
  })
}

/**
 * A port that was free a moment ago, and with it those that follow. Below those that systems choose from for
 * connections.
 */
export async function freePort(count = 1): Promise<number> {
  for (;;) {
    const first = randomInt(10_000, 30_000)
    const ports = Array.from({ length: count }, (_, i) => first + i)
    const isFree = await Promise.all(ports.map((port) => canListen(port)))
    if (isFree.every(Boolean)) return first
  }
}

function canListen(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer()
    server.on('error', () => resolve(false)).listen(port, '127.0.0.1', () => server.close(() => resolve(true)))
  })
}

/** Tries until connections to the port are accepted, or refused. */
export async function untilPort(port: number, wanted: 'accepts' | 'refuses'): Promise<void> {
  for (;;) {
    const accepted = await new Promise<boolean>((resolve) => {
      const socket = connect(port, '127.0.0.1', () => resolve(true))
      socket.on('error', () => resolve(false)).on('connect', () => socket.destroy())
    })
    if (accepted === (wanted === 'accepts')) return
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}
