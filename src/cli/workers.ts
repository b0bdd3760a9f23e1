import cluster, { type Worker } from 'node:cluster'
import { mkdtempSync, rmSync } from 'node:fs'
import type { Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { shardPrefix } from '../server/shard.ts'
import { Dispatch } from '../server/workers/dispatch.ts'
import { Link, type LinkOptions } from '../server/workers/link.ts'

const LINK_VARIABLE = 'PHOTA_MOCK_WORKER_LINK'

/** Between the process that was started and its workers. */
type Message =
  // The worker can be asked by others, and waits.
  | { what: 'linked' }
  | { what: 'start' }
  | { what: 'started'; banner: string }
  // With a connection; in base64, what was read of it.
  | { what: 'connection'; read: string }
  | { what: 'close' }

/** What the names of each worker's Worlds and keys begin with: the first one's as if it were alone. */
export function prefixesOf(workers: number, shard: string | undefined): string[] {
  const own = shard === undefined ? '' : shardPrefix(shard)
  return Array.from({ length: workers }, (_, i) => (i === 0 ? own : `${own}p${i + 1}-`))
}

/** How many workers to run, and where. */
export interface WorkersOptions {
  readonly count: number
  readonly shard: string | undefined
  readonly port: number
  readonly host: string
}

/**
 * Listens, and starts as many processes of the same command line to answer what comes. Stays with them: one that ends takes the others
 * along, since its Worlds are gone.
 *
 * @param print told what a person sees first, once all of them have started
 * @returns the exit code
 * @throws {Error} with code EADDRINUSE or EACCES if it cannot listen
 */
export async function runWorkers(
  { count, shard, port, host }: WorkersOptions,
  print: (banner: string) => void,
): Promise<number> {
  const prefixes = prefixesOf(count, shard)
  const workers: Worker[] = []
  const ready = Promise.withResolvers<void>()
  const dispatch = new Dispatch(prefixes, ready.promise, (worker, connection, read) => {
    const to = workers[worker] as Worker
    if (to.isConnected()) to.send({ what: 'connection', read: read.toString('base64') } satisfies Message, connection)
    else connection.destroy()
  })
  const url = await dispatch.listen(port, host)
  const folder = mkdtempSync(join(tmpdir(), 'phota-mock-'))
  try {
    for (const self of prefixes.keys()) {
      const link: LinkOptions = { url, folder, prefixes, self }
      workers.push(cluster.fork({ [LINK_VARIABLE]: JSON.stringify(link) }))
    }
    const ends = workers.map(ended)
    const closing = closeOnSignal(dispatch, workers)
    const isStarted = await Promise.race([started(workers), ...ends]).then((first) => {
      if (typeof first !== 'string') return false
      rmSync(folder, { recursive: true })
      ready.resolve()
      print(first)
      return true
    })
    const exitCode = await Promise.race(ends)
    if (isStarted && !closing.aborted)
      console.error('phota-mock: a worker has ended, and its Worlds with it; so the others end too.')
    dispatch.close()
    for (const worker of workers) tell(worker, { what: 'close' })
    await Promise.all(ends)
    return exitCode
  } finally {
    dispatch.close()
    rmSync(folder, { recursive: true, force: true })
  }
}

/** What makes this process a worker of another; `null` if it is none. */
export function workerLink(): Link | null {
  const link = process.env[LINK_VARIABLE]
  return cluster.isWorker && link !== undefined ? new Link(JSON.parse(link) as LinkOptions) : null
}

/** The worker's half: waits for its turn to start, takes connections, waits for the end. */
export async function beWorker(
  link: Link,
  start: () => Promise<{ banner: string; close: () => Promise<void> }>,
): Promise<void> {
  let close = async (): Promise<void> => undefined
  const heard = new Promise<void>((resolve) => {
    process.on('message', (message: Message, connection: Socket | undefined) => {
      if (message.what === 'start') resolve()
      // One that the client has closed meanwhile does not arrive.
      if (message.what === 'connection' && connection) link.give(connection, Buffer.from(message.read, 'base64'))
      if (message.what === 'close') close().then(() => process.exit(0))
    })
  })
  // The terminal tells all of its processes; when to end is for the first one to say.
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => undefined)
  process.once('disconnect', () => process.exit(1))
  process.send?.({ what: 'linked' } satisfies Message)
  await heard
  await link.connect()
  const server = await start().catch((error: unknown) => {
    // Nothing else keeps it: it ends once it has said why.
    process.channel?.unref()
    throw error
  })
  close = server.close
  process.send?.({ what: 'started', banner: server.banner } satisfies Message)
}

/** The first one alone at first, so that what is wrong is told once. @returns its banner */
async function started(workers: readonly Worker[]): Promise<string> {
  await Promise.all(workers.map((worker) => heard(worker, 'linked')))
  const banners: string[] = []
  for (const worker of workers) {
    tell(worker, { what: 'start' })
    const message = await heard(worker, 'started')
    if (message.what === 'started') banners.push(message.banner)
  }
  return banners[0] as string
}

function heard(worker: Worker, what: Message['what']): Promise<Message> {
  return new Promise((resolve) => {
    const listen = (message: Message): void => {
      if (message.what !== what) return
      worker.off('message', listen)
      resolve(message)
    }
    worker.on('message', listen)
  })
}

/** @returns its exit code */
function ended(worker: Worker): Promise<number> {
  return new Promise((resolve) => {
    worker.once('exit', (code) => resolve(code ?? 1))
    worker.on('error', (error) => {
      // One that has just ended cannot be told so; that it has ended is heard as well.
      if (worker.process.pid !== undefined) return
      console.error(`phota-mock: a worker could not be started: ${error.message}`)
      resolve(1)
    })
  })
}

function tell(worker: Worker, message: Message): void {
  if (worker.isConnected()) worker.send(message)
}

/** The first signal lets the workers drain; a second one does not wait. @returns aborted once there was one */
function closeOnSignal(dispatch: Dispatch, workers: readonly Worker[]): AbortSignal {
  const closing = new AbortController()
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => {
      if (closing.signal.aborted) for (const worker of workers) worker.process.kill('SIGKILL')
      closing.abort()
      dispatch.close()
      for (const worker of workers) tell(worker, { what: 'close' })
    })
  }
  return closing.signal
}
