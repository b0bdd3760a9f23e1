import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Answer } from './answer.ts'
import { Api } from './api.ts'
import { Control } from './control.ts'
import type { DialectName } from './dialects.ts'
import { Downloads } from './downloads.ts'
import { Flaw } from './flaw.ts'
import type { ClockMode } from './timeline.ts'
import { Variation } from './variation.ts'
import { Worlds } from './worlds.ts'

export interface TargetOptions {
  /** What it does differently and yet lawfully, by the id of a variant. */
  readonly variant?: string
  /** More of the same kind, all at once. */
  readonly variants?: readonly string[]
  /** As whom it answers where the contract leaves that open. */
  readonly dialect?: DialectName
  /** What it gets wrong, by the id of a defect; nothing if null or left out. */
  readonly defect?: string | null
  /** Whether it serves `/_mock`. */
  readonly control?: boolean
  /** The clock of the default world. */
  readonly clock?: ClockMode
  readonly pendingMs?: number
  readonly runningMs?: number
  readonly retentionMs?: number
  /** How long to wait before each further attempt of a callback. */
  readonly retryMs?: readonly number[]
  /** How long after its end a job is called back. */
  readonly callbackDelayMs?: number
  /** How long a receiver of callbacks may take. */
  readonly callbackTimeoutMs?: number
  readonly retentionFrom?: 'submit' | 'completion'
  /** Expired jobs are swept at multiples of this. */
  readonly sweepMs?: number
  /** How far its clock is ahead of ours. */
  readonly skewMs?: number
  /** Whether downloads are served at a port of their own. */
  readonly hasStorage?: boolean
  /** The name that its own URL has for 127.0.0.1. */
  readonly host?: string
}

export interface Target {
  readonly url: string
  close(): Promise<void>
}

/** The keys of the default world; the last one has no money. */
export const TARGET_KEYS = { alice: 'alice-key', bob: 'bob-key', broke: 'broke-key' } as const

/** An implementation of the API that has nothing in common with the mock but the documents. */
export async function startTarget(given: TargetOptions = {}): Promise<Target> {
  const variation = new Variation(given)
  const options = { ...variation.options, ...given }
  const flaw = new Flaw(options.defect ?? null)
  const downloads = new Downloads(flaw)
  const worlds = new Worlds(flaw, downloads, {
    ...options,
    variation,
    pendingMs: options.pendingMs ?? 2_000,
    runningMs: options.runningMs ?? 16_000,
    retentionMs: options.retentionMs ?? 86_400_000,
    retryMs: options.retryMs ?? [1_000, 5_000, 25_000],
  })
  const first = worlds.add({ id: 'default', clock: options.clock ?? 'real', start: worlds.wall() })
  const alice = first.addAccount('alice', [TARGET_KEYS.alice], 1_000_000_000)
  alice.profiles.set('abc123', { id: 'abc123', tag: null, held: 0, status: 'READY', message: '', cancel: [] })
  first.addAccount('bob', [TARGET_KEYS.bob], 1_000_000_000)
  first.addAccount('broke', [TARGET_KEYS.broke], 0)

  const api = new Api(flaw, worlds)
  const control = options.control === false ? null : new Control(worlds)
  const listener = (request: IncomingMessage, response: ServerResponse): void => {
    variation
      .serve(request, { worlds, downloads }, (inner) => serve(inner, { api, control, downloads }))
      .then(
        (answer) => send(response, answer),
        () => response.destroy(),
      )
  }
  const servers = [createServer(listener)]
  const url = await listen(servers[0] as Server)
  downloads.origin = url
  if (options.hasStorage) {
    servers.push(createServer(listener))
    downloads.origin = await listen(servers[1] as Server)
  }
  for (const server of servers) variation.tune(server)
  return {
    url: options.host === undefined ? url : url.replace('127.0.0.1', options.host),
    close: async () => {
      worlds.close()
      await Promise.all(servers.map(stop))
    },
  }
}

interface Parts {
  readonly api: Api
  readonly control: Control | null
  readonly downloads: Downloads
}

async function serve(request: IncomingMessage, { api, control, downloads }: Parts): Promise<Answer> {
  const url = new URL(request.url ?? '/', downloads.origin)
  if (control !== null && url.pathname.startsWith('/_mock/')) return control.answer(request, url)
  if (request.method === 'GET' && url.pathname.startsWith('/downloads/')) {
    return downloads.serve(url, request.headers['x-api-key'] as string | undefined)
  }
  return api.answer(request, url)
}

function send(response: ServerResponse, answer: Answer): void {
  response.writeHead(answer.status, {
    ...(answer.type !== null && { 'content-type': answer.type, 'content-length': Buffer.byteLength(answer.body) }),
    ...answer.headers,
  })
  response.end(answer.body)
}

function stop(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve())
    server.closeAllConnections()
  })
}

function listen(server: Server): Promise<string> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(0, '127.0.0.1', () => resolve(`http://127.0.0.1:${(server.address() as AddressInfo).port}`))
  })
}
