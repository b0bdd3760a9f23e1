import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { createServer } from 'node:net'
import { fileURLToPath } from 'node:url'
import { Client } from './client.ts'

const ROOT = fileURLToPath(new URL('../../..', import.meta.url))
/** What Node has compiled of the sources, so that the next of some hundred starts need not. */
const COMPILED = fileURLToPath(new URL('../../../node_modules/.cache/phota-mock', import.meta.url))
const PATIENCE_MS = 60_000

/** A run of the real command, whatever becomes of it. */
export interface Run {
  readonly process: ChildProcess
  readonly stdout: string
  readonly stderr: string
  /** Its exit code, or the signal that ended it. */
  readonly ended: Promise<number | NodeJS.Signals>
  readonly isAlive: boolean
  kill(): Promise<void>
}

export interface Served extends Run {
  readonly client: Client
}

/** `phota-mock …`. */
export function run(args: readonly string[], env: Record<string, string> = {}): Run {
  const child = spawn(process.execPath, ['src/cli.ts', ...args], {
    cwd: ROOT,
    env: { PATH: process.env['PATH'], NO_COLOR: '1', NODE_COMPILE_CACHE: COMPILED, ...env },
    stdio: ['pipe', 'pipe', 'pipe'],
  })
  const printed = { stdout: '', stderr: '' }
  for (const name of ['stdout', 'stderr'] as const)
    child[name].setEncoding('utf8').on('data', (text: string) => {
      if (printed[name].length < 50_000) printed[name] += text
    })
  const ended = once(child, 'close').then(([code, signal]) => (code ?? signal) as number | NodeJS.Signals)
  return {
    process: child,
    get stdout() {
      return printed.stdout
    },
    get stderr() {
      return printed.stderr
    },
    ended,
    get isAlive() {
      return child.exitCode === null && child.signalCode === null
    },
    kill: async () => {
      child.kill('SIGKILL')
      await ended
    },
  }
}

/**
 * `phota-mock serve --data FOLDER …`, once it is ready.
 *
 * @throws {Error} if it ends before
 */
export async function serve(
  folder: string,
  port: number,
  args: readonly string[],
  env: Record<string, string> = {},
): Promise<Served> {
  const served = begin(folder, port, args, env)
  const client = new Client(`http://127.0.0.1:${port}`)
  const untilMs = performance.now() + PATIENCE_MS
  while (served.isAlive && performance.now() < untilMs) {
    if ((await client.control('GET', '/health')).status === 200)
      return Object.defineProperties({} as Served, {
        ...Object.getOwnPropertyDescriptors(served),
        client: { value: client },
        kill: {
          value: async () => {
            await served.kill()
            client.close()
          },
        },
      })
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
  const how = served.isAlive ? `was not ready within ${PATIENCE_MS} ms` : `ended with ${await served.ended}`
  await served.kill()
  throw new Error(`the server did not start: it ${how}: ${served.stderr}`)
}

/** The same, without waiting. */
export function begin(folder: string, port: number, args: readonly string[], env: Record<string, string> = {}): Run {
  const own = ['--port', String(port), '--data', folder, '--log-level', 'error']
  // So that it does not outlive whoever interrupts this.
  return run(['serve', ...own, '--stop-with-stdin', ...args], env)
}

export async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1')
  await once(probe, 'listening')
  const { port } = probe.address() as AddressInfo
  probe.close()
  await once(probe, 'close')
  return port
}
