import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Answer } from './answer.ts'
import { Api } from './api.ts'
import { Control } from './control.ts'
import { Downloads } from './downloads.ts'
import { Flaw } from './flaw.ts'
import type { ClockMode } from './timeline.ts'
import { Worlds } from './worlds.ts'

export interface TargetOptions {
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
}

export interface Target {
  readonly url: string
  close(): Promise<void>
}

/** The keys of the default world; the last one has no money. */
export const TARGET_KEYS = { alice: 'alice-key', bob: 'bob-key', broke: 'broke-key' } as const

/** An implementation of the API that has nothing in common with the mock but the documents. */
export async function startTarget(options: TargetOptions = {}): Promise<Target> {
  const flaw = new Flaw(options.defect ?? null)
  const downloads = new Downloads(flaw)
  const worlds = new Worlds(flaw, downloads, {
    pendingMs: options.pendingMs ?? 2_000,
    runningMs: options.runningMs ?? 16_000,
    retentionMs: options.retentionMs ?? 86_400_000,
    retryMs: options.retryMs ?? [1_000, 5_000, 25_000],
  })
  const first = worlds.add({ id: 'default', clock: options.clock ?? 'real', start: Date.now() })
  const alice = first.addAccount('alice', [TARGET_KEYS.alice], 1_000_000_000)
  alice.profiles.set('abc123', { id: 'abc123', tag: null, held: 0, status: 'READY', message: '', cancel: [] })
  first.addAccount('bob', [TARGET_KEYS.bob], 1_000_000_000)
  first.addAccount('broke', [TARGET_KEYS.broke], 0)

  const api = new Api(flaw, worlds)
  const control = options.control === false ? null : new Control(worlds)
  const server = createServer((request, response) => {
    serve(request, { api, control, downloads }).then(
      (answer) => send(response, answer),
      () => response.destroy(),
    )
  })
  downloads.origin = await listen(server)
  return {
    url: downloads.origin,
    close: () => {
      worlds.close()
      return new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      })
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
  const bytes = Buffer.from(answer.body)
  response.writeHead(answer.status, {
    ...(answer.type !== null && { 'content-type': answer.type, 'content-length': bytes.length }),
    ...answer.headers,
  })
  response.end(bytes)
}

function listen(server: Server): Promise<string> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(0, '127.0.0.1', () => resolve(`http://127.0.0.1:${(server.address() as AddressInfo).port}`))
  })
}
