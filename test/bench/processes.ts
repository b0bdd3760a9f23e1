import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync, readFileSync } from 'node:fs'
import { get } from 'node:http'
import { createServer } from 'node:net'
import { fileURLToPath } from 'node:url'

export const PROJECT: string = fileURLToPath(new URL('../..', import.meta.url))
export const HERE: string = fileURLToPath(new URL('.', import.meta.url))

/** What a child process is started with. */
export interface Start {
  /** @default the Node that runs the bench */
  command?: string
  args: readonly string[]
  env?: Record<string, string>
  cwd?: string
}

/** A child process of the bench. All that still run end with the bench, however it ends. */
export class Child {
  readonly #process: ChildProcess
  readonly #exit: Promise<unknown[]>
  readonly #args: readonly string[]
  #stdout = ''
  #stderr = ''

  constructor({ command = process.execPath, args, env = {}, cwd = PROJECT }: Start) {
    this.#args = args
    this.#process = spawn(command, args, {
      cwd,
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    this.#process.stdout?.setEncoding('utf8').on('data', (text: string) => (this.#stdout += text))
    // Of a server that complains at every request, the beginning is enough.
    this.#process.stderr?.setEncoding('utf8').on('data', (text: string) => {
      if (this.#stderr.length < 100_000) this.#stderr += text
    })
    this.#exit = once(this.#process, 'close')
    running.add(this)
    void this.#exit.then(() => running.delete(this))
  }

  get pid(): number {
    return this.#process.pid as number
  }

  get hasExited(): boolean {
    return this.#process.exitCode !== null || this.#process.signalCode !== null
  }

  /** It and all processes below it. */
  tree(): number[] {
    return [this.pid, ...descendants(this.pid)]
  }

  /** @returns what it printed, once it has ended by itself @throws if it failed */
  async output(): Promise<string> {
    const [code] = await this.#exit
    if (code !== 0) throw new Error(`${this.complaint(`ended with ${code}`)}`)
    return this.#stdout
  }

  /** Asks it to end, and makes it end after five seconds. */
  async stop(signal: 'SIGTERM' | 'SIGKILL' = 'SIGTERM'): Promise<void> {
    if (this.hasExited) return
    const tree = this.tree()
    this.#process.kill(signal)
    const patience = setTimeout(() => killEach(tree), 5000)
    await this.#exit
    clearTimeout(patience)
    killEach(tree.slice(1))
  }

  kill(): void {
    if (!this.hasExited) killEach(this.tree())
  }

  complaint(what: string): string {
    const said = `${this.#stdout.slice(-1000)}\n${this.#stderr.slice(-3000)}`.trim()
    return `node ${this.#args.join(' ')}: ${what}\n${said}`
  }
}

const running = new Set<Child>()

/** Ends every child, at once. */
export function killAll(): void {
  for (const child of running) child.kill()
}

process.once('exit', killAll)
for (const [signal, code] of [
  ['SIGINT', 130],
  ['SIGTERM', 143],
] as const) {
  process.once(signal, () => process.exit(code))
}

/** Runs one of probes/ in a Node of its own. @returns the JSON it printed */
export async function probe<Result>(
  file: string,
  args: readonly (string | number)[] = [],
  nodeOptions: readonly string[] = [],
): Promise<Result> {
  const child = new Child({ args: [...nodeOptions, `${HERE}probes/${file}`, ...args.map(String)] })
  return JSON.parse(await child.output()) as Result
}

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as { port: number }
  server.close()
  await once(server, 'close')
  return port
}

const READY_WITHIN_MS = 30_000

/** Waits until `url` is answered with 200. @throws if the process that should answer ends before, or takes too long */
export async function untilReady(child: Child, url: string, headers: Record<string, string>): Promise<void> {
  const startMs = performance.now()
  for (;;) {
    const status = await statusOf(url, headers)
    if (status === 200) return
    if (child.hasExited) throw new Error(child.complaint('ended before it was ready'))
    if (performance.now() - startMs > READY_WITHIN_MS) {
      throw new Error(child.complaint(`${url} is answered ${status ?? 'not at all'}, for ${READY_WITHIN_MS / 1000} s`))
    }
    await new Promise((resolve) => setTimeout(resolve, 4))
  }
}

function statusOf(url: string, headers: Record<string, string>): Promise<number | null> {
  return new Promise((resolve) => {
    get(url, { headers, agent: false }, (response) => {
      response.resume()
      response.on('end', () => resolve(response.statusCode ?? null))
    }).on('error', () => resolve(null))
  })
}

function killEach(pids: readonly number[]): void {
  for (const pid of pids) {
    try {
      process.kill(pid, 'SIGKILL')
    } catch {
      // It has ended by itself.
    }
  }
}

function descendants(pid: number): number[] {
  try {
    const children = readdirSync(`/proc/${pid}/task`).flatMap((thread) =>
      readFileSync(`/proc/${pid}/task/${thread}/children`, 'utf8').split(' ').filter(Boolean).map(Number),
    )
    return children.flatMap((child) => [child, ...descendants(child)])
  } catch {
    return []
  }
}
