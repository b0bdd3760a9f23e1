import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { constants } from 'node:os'
import type { Readable } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'

export interface RunOptions {
  /** Program and arguments; no shell in between. */
  readonly command: readonly [program: string, ...args: string[]]
  /** All of its environment. */
  readonly env: NodeJS.ProcessEnv
  /** @default that of this process */
  readonly cwd?: string
  /** Ends it when aborted, with all that it started. */
  readonly signal?: AbortSignal
  /** How long it may run, in ms. @default no limit */
  readonly timeoutMs?: number
  /** Whether what it prints goes where our output goes, or into the result. @default 'inherit' */
  readonly output?: 'inherit' | 'capture'
  /** Whether it reads our standard input. @default true */
  readonly stdin?: boolean
  /** Told once it runs; sends a signal to it and all that it started. */
  readonly started?: (send: (signal: NodeJS.Signals) => void) => void
}

export interface RunResult {
  /** Its own; 128 + n if signal n ended it; 127 if there is no such program; 126 if it may not run. */
  readonly exitCode: number
  /** The signal that ended it, else `null`. */
  readonly signal: NodeJS.Signals | null
  /** Whether it took longer than `timeoutMs`. */
  readonly isTimedOut: boolean
  /** Why it did not start, else `null`. */
  readonly problem: string | null
  /** The last 1 MiB; empty unless captured. */
  readonly stdout: string
  readonly stderr: string
  readonly durationMs: number
}

const MOST_CAPTURED_BYTES = 1024 * 1024
/** How long a process may take to end after SIGTERM. */
const GRACE_MS = 2_000
const NOT_FOUND = 127
const NOT_EXECUTABLE = 126

/**
 * Runs a command to its end, and ends what it leaves behind. It has a process group of its own, so that nothing that
 * it starts outlives it, unless it leaves the group.
 */
export async function runCommand(options: RunOptions): Promise<RunResult> {
  const { command, env, cwd, signal, timeoutMs, output = 'inherit', stdin = true, started } = options
  const startedMs = performance.now()
  const child = spawn(command[0], command.slice(1), {
    env,
    ...(cwd !== undefined && { cwd }),
    detached: true,
    stdio: [
      stdin ? 'inherit' : 'ignore',
      ...(output === 'inherit' ? ['inherit', 'inherit'] : ['pipe', 'pipe']),
    ] as never,
  })
  const told = { stdout: capture(child.stdout), stderr: capture(child.stderr) }
  const resultOf = (ended: Pick<RunResult, 'exitCode' | 'signal' | 'problem'>): RunResult => ({
    ...ended,
    isTimedOut,
    stdout: told.stdout(),
    stderr: told.stderr(),
    durationMs: performance.now() - startedMs,
  })
  let isTimedOut = false
  try {
    await once(child, 'spawn')
  } catch (error) {
    const { code = '', message } = error as NodeJS.ErrnoException
    return resultOf({
      exitCode: code === 'ENOENT' ? NOT_FOUND : NOT_EXECUTABLE,
      signal: null,
      problem: code || message,
    })
  }
  const group = child.pid as number
  const end = (): void => void endGroup(group)
  started?.((each) => send(group, each))
  const timer =
    timeoutMs === undefined
      ? undefined
      : setTimeout(() => {
          isTimedOut = true
          end()
        }, timeoutMs)
  signal?.addEventListener('abort', end)
  if (signal?.aborted) end()
  const [code, endedBy] = (await once(child, 'exit')) as [number | null, NodeJS.Signals | null]
  clearTimeout(timer)
  signal?.removeEventListener('abort', end)
  await endGroup(group)
  await closed(child)
  return resultOf({
    exitCode: endedBy === null ? (code as number) : 128 + constants.signals[endedBy],
    signal: endedBy,
    problem: null,
  })
}

/** SIGTERM to all of a process group, and SIGKILL to what is left of it. */
async function endGroup(group: number): Promise<void> {
  if (!send(group, 'SIGTERM')) return
  const deadlineMs = performance.now() + GRACE_MS
  for (let waitMs = 5; performance.now() < deadlineMs; waitMs = Math.min(waitMs * 2, 100)) {
    if (!isAlive(group)) return
    await sleep(waitMs)
  }
  send(group, 'SIGKILL')
}

function isAlive(group: number): boolean {
  return send(group, 0)
}

/** @returns whether there was anybody to send it to */
function send(group: number, signal: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(-group, signal)
  } catch {
    return false
  }
}

/** What left the group may still hold the pipes, and is not waited for. */
async function closed({ stdout, stderr }: ChildProcess): Promise<void> {
  const pipes = [stdout, stderr].filter((pipe): pipe is Readable => pipe !== null)
  const timeout = AbortSignal.timeout(GRACE_MS)
  await Promise.all(
    pipes.map((pipe) => pipe.closed || once(pipe, 'close', { signal: timeout }).catch(() => pipe.destroy())),
  )
}

/** @returns what was read so far */
function capture(pipe: Readable | null): () => string {
  const chunks: Buffer[] = []
  let bytes = 0
  pipe?.on('data', (chunk: Buffer) => {
    chunks.push(chunk)
    bytes += chunk.length
    while (bytes - (chunks[0] as Buffer).length >= MOST_CAPTURED_BYTES) bytes -= (chunks.shift() as Buffer).length
  })
  return () => Buffer.concat(chunks).subarray(-MOST_CAPTURED_BYTES).toString('utf8')
}
