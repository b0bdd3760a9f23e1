import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setupServer } from 'msw/node'
import { test as base, describe, type TestAPI } from 'vitest'
import defaultWorld from '../../fixtures/worlds/default.ts'
import type { Drive } from '../../src/drive/drive.ts'
import type { Account } from '../../src/engine/account.ts'
import { InProcessHost } from '../../src/fixture/host.ts'
import { photaHandlers } from '../../src/fixture/msw.ts'
import { RECEIVER_HOST, Receivers } from '../../src/fixture/receiver.ts'
import type { PhotaWorldOptions as WorldOptions } from '../../src/phota/options.ts'
import { World } from '../../src/phota/world.ts'
import { startServer } from '../../src/server/server.ts'

/** An answer as a client sees it. */
export interface Answer {
  status: number
  headers: Headers
  text: string
  // biome-ignore lint/suspicious/noExplicitAny: tests look into bodies of every shape.
  body: any
}

export interface Callback {
  rawBody: string
  headers: Record<string, string | string[] | undefined>
  // biome-ignore lint/suspicious/noExplicitAny: as above.
  body: any
}

/** A receiver of callbacks behind either door. */
export interface TestReceiver {
  url: string
  received: Callback[]
  /** A status for each attempt in turn (the last goes on), or `'hang'`. */
  answers: (number | 'hang')[]
}

/** A World behind one of the two running doors, seen as a client sees it, with its insides at hand. */
export interface Door {
  world: World
  clock: Drive
  account(id: string): Account
  request(method: string, path: string, options?: RequestOptions): Promise<Answer>
  get(url: string): Promise<{ status: number; type: string | null; bytes: Uint8Array }>
  receiver(...answers: (number | 'hang')[]): Promise<TestReceiver>
}

export interface RequestOptions {
  /** Account id; `null` sends no key. @default 'alice' */
  as?: string | null
  key?: string
  body?: unknown
  rawBody?: BodyInit
  headers?: Record<string, string>
}

type Opened = Door & { close(): Promise<void> }
export type DoorOptions = Partial<WorldOptions>

const KEYS: Record<string, string> = { alice: 'test-key-alice', bob: 'test-key-bob', broke: 'test-key-broke' }
const START = Date.parse('2026-06-22T12:00:00Z')

async function mswDoor(options: DoorOptions): Promise<Opened> {
  const world = new World({
    keep: 'everything',
    startMs: START,
    ...options,
    allowCallbackHosts: [RECEIVER_HOST, ...(options.allowCallbackHosts ?? [])],
  })
  world.load(defaultWorld)
  const host = new InProcessHost()
  const receivers = new Receivers()
  const clock = host.add(world, { mode: 'manual', send: receivers.send, callbackGraceMs: 40 })
  const server = setupServer(...photaHandlers(host))
  server.listen({ onUnhandledRequest: 'error', onUnhandledFrame: 'error' } as object)
  return {
    ...seenByClient('https://api.photalabs.com', world, clock),
    receiver: async (...answers) => {
      const seen: TestReceiver = { url: '', received: [], answers }
      const receiver = receivers.open(({ rawBody, headers, job }) => {
        seen.received.push({ rawBody, headers: { ...headers }, body: job })
        const answer = nextAnswer(seen)
        return answer === 'hang' ? new Promise(() => {}) : answer
      })
      seen.url = receiver.url
      return seen
    },
    close: async () => {
      server.close()
      host.remove(world)
    },
  }
}

async function socketDoor(options: DoorOptions): Promise<Opened> {
  const server = await startServer({
    port: 0,
    clock: 'manual',
    checkResponses: true,
    contents: defaultWorld,
    world: { keep: 'everything', startMs: START, ...options },
  })
  const closers: (() => void)[] = []
  return {
    ...seenByClient(server.url, server.world, server.drive),
    receiver: async (...answers) => {
      const seen: TestReceiver = { url: '', received: [], answers }
      const listener = createServer(async (request, response) => {
        const rawBody = await readText(request)
        seen.received.push({ rawBody, headers: request.headers, body: JSON.parse(rawBody) })
        const answer = nextAnswer(seen)
        if (answer !== 'hang') response.writeHead(answer).end()
      })
      await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve))
      closers.push(() => {
        listener.closeAllConnections()
        listener.close()
      })
      seen.url = `http://127.0.0.1:${(listener.address() as AddressInfo).port}/callback`
      return seen
    },
    close: async () => {
      for (const close of closers) close()
      await server.close(100)
    },
  }
}

function seenByClient(origin: string, world: World, clock: Drive): Omit<Door, 'receiver'> {
  return {
    world,
    clock,
    account: (id) => world.accounts.get(id) as Account,
    request: async (method, path, { as = 'alice', key, body, rawBody, headers = {} } = {}) => {
      const apiKey = key ?? (as === null ? undefined : (KEYS[as] ?? as))
      const response = await fetch(origin + path, {
        method,
        headers: {
          ...(apiKey !== undefined && { 'X-API-Key': apiKey }),
          ...((body !== undefined || rawBody !== undefined) && { 'Content-Type': 'application/json' }),
          ...headers,
        },
        ...(body !== undefined && { body: JSON.stringify(body) }),
        ...(rawBody !== undefined && { body: rawBody }),
      })
      const text = await response.text()
      const isJson = response.headers.get('content-type')?.startsWith('application/json')
      return { status: response.status, headers: response.headers, text, body: isJson ? JSON.parse(text) : null }
    },
    get: async (url) => {
      const response = await fetch(url)
      return {
        status: response.status,
        type: response.headers.get('content-type'),
        bytes: new Uint8Array(await response.arrayBuffer()),
      }
    },
  }
}

function nextAnswer(receiver: TestReceiver): number | 'hang' {
  return (receiver.answers.length > 1 ? receiver.answers.shift() : receiver.answers[0]) ?? 200
}

async function readText(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk)
  return Buffer.concat(chunks).toString()
}

export type DoorTest = TestAPI<{ doorOptions: DoorOptions; door: Door }>

/** Runs the same test bodies through msw and through a socket. */
export function behindEachDoor(title: string, define: (test: DoorTest) => void): void {
  for (const [name, open] of [
    ['msw', mswDoor],
    ['socket', socketDoor],
  ] as const) {
    describe(`${title}, ${name} door`, () => {
      define(base.extend<{ doorOptions: DoorOptions; door: Door }>({
        doorOptions: {} as never,
        door: async ({ doorOptions }, use) => {
          const door = await open(doorOptions)
          await use(door)
          await door.close()
        },
      }) as DoorTest)
    })
  }
}

export const API = '/v1/phota'
export const ASYNC = { async: true, response_mode: 'urls' } as const
export const EDIT: { prompt: string; images: string[] } = {
  prompt: 'Make it brighter',
  images: ['https://example.com/photo.jpg'],
}
export const IMAGE = 'https://example.com/photo.jpg'

/** The smallest valid body of each image operation. */
export const MINIMAL: Record<'edit' | 'generate' | 'enhance' | 'remix', Record<string, unknown>> = {
  edit: EDIT,
  generate: { prompt: 'a lighthouse' },
  enhance: { image: IMAGE },
  remix: { input_image: IMAGE, reference_image: IMAGE },
}
export const OPERATIONS: readonly ['edit', 'generate', 'enhance', 'remix'] = ['edit', 'generate', 'enhance', 'remix']

/** Submits an async edit. */
export function submit(
  door: Door,
  body: Record<string, unknown> = {},
  as = 'alice',
  operation = 'edit',
): Promise<Answer> {
  return door.request('POST', `${API}/${operation}`, {
    as,
    body: { ...MINIMAL[operation as 'edit'], ...ASYNC, ...body },
  })
}

export function poll(door: Door, jobId: string, as = 'alice'): Promise<Answer> {
  return door.request('GET', `${API}/jobs/${jobId}`, { as })
}

/** Submits an async edit and lets it end. */
export async function finished(door: Door, body: Record<string, unknown> = {}): Promise<Answer> {
  const { body: handle } = await submit(door, body)
  await door.clock.settle()
  return poll(door, handle.job_id)
}

export function balance(
  door: Door,
  id = 'alice',
): { deposited: number; available: number; reserved: number; spent: number } {
  const { deposited, available, reserved, spent } = door.account(id)
  return { deposited, available, reserved, spent }
}

/** Waits until a synchronous request is open, since its answer only comes once the clock has moved. */
export async function whileOpen(door: Door, count = 1): Promise<void> {
  while (door.world.jobs.openRequests().length < count) await new Promise((resolve) => setImmediate(resolve))
}
