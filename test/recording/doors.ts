import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setupServer } from 'msw/node'
import { type Control, connect } from '../../src/control/index.ts'
import { InProcessHost } from '../../src/fixture/host.ts'
import { inProcess } from '../../src/fixture/in-process.ts'
import { photaHandlers } from '../../src/fixture/msw.ts'
import { startServer } from '../../src/server/server.ts'
import type { ServerOptions } from '../../src/server/server-options.ts'
import type { Answer, Asked, Callback } from './exchange.ts'

// All that the recording knows of the project's own modules stands here, so that a move of them is followed in one
// place.
export type { ControlEvent, ControlScenario, ControlSnapshot, NewWorld } from '../../src/spec/control/index.ts'
export { basePath as controlBasePath, operations as controlOperations } from '../../src/spec/control/index.ts'
export type { Control }

const API = 'https://api.photalabs.com'
/**
 * Where images are found behind either door: the in-process one has no other place for Worlds that its control makes.
 */
const IMAGES = 'https://cache-cdn.photalabs.com'
const START_MS = Date.parse('2026-06-22T12:00:00Z')

/** A way to reach Worlds, and a receiver of their callbacks. */
export interface Door {
  readonly name: string
  readonly control: Control
  ask(asked: Asked): Promise<Answer>
  /** A request to the control API over HTTP; `null` where there is no HTTP. */
  readonly askControl: ((asked: Asked) => Promise<Answer>) | null
  readonly receiver: Receiver
  close(): Promise<void>
}

/** msw in this process. */
export async function openInProcess(): Promise<Door> {
  const host = new InProcessHost()
  const server = setupServer(...photaHandlers(host))
  // The callbacks leave for a receiver on a socket.
  server.listen({ onUnhandledRequest: 'bypass', onUnhandledFrame: 'bypass' } as object)
  const receiver = await openReceiver()
  return {
    name: 'in-process',
    control: inProcess(host),
    ask: (asked) => ask(asked.path.startsWith('/') ? API + asked.path : asked.path, asked),
    askControl: null,
    receiver,
    close: async () => {
      for (const world of await inProcess(host).worlds.list()) await inProcess(host).worlds.get(world.id).remove()
      server.close()
      await receiver.close()
    },
  }
}

/** A server on a socket, which tells of images where the other door has them. */
export function openSocket(name = 'socket'): Promise<Door> {
  return openServer(name)
}

/** @param options besides those that make two runs alike */
export async function openServer(name: string, options: ServerOptions = {}): Promise<Door> {
  // Requests without a known key are numbered by the World that answers them: in-process it is called so.
  const world = { seed: 'lobby', startMs: START_MS }
  const server = await startServer({ port: 0, clock: 'manual', publicUrl: IMAGES, world, ...options })
  const receiver = await openReceiver()
  const here = (asked: Asked): Promise<Answer> => ask(server.url + asked.path.replace(IMAGES, ''), asked)
  return {
    name,
    control: connect(server.url),
    ask: here,
    askControl: here,
    receiver,
    close: async () => {
      await server.close(100)
      await receiver.close()
    },
  }
}

async function ask(url: string, { method, headers, body }: Asked): Promise<Answer> {
  const sent = typeof body === 'object' && 'letters' in body ? 'a'.repeat(body.letters) : body
  let response: Response
  try {
    response = await fetch(url, {
      method,
      headers,
      redirect: 'manual',
      ...(sent !== undefined && { body: sent as BodyInit }),
    })
  } catch {
    return { status: null, headers: [], bytes: new Uint8Array(), lost: 'before the answer' }
  }
  const answered = { status: response.status, headers: [...response.headers] }
  try {
    return { ...answered, bytes: new Uint8Array(await response.arrayBuffer()), lost: null }
  } catch {
    return { ...answered, bytes: new Uint8Array(), lost: 'in the body' }
  }
}

/**
 * A receiver on a socket. What it answers depends on the path and on nothing that a race could decide: callbacks that
 * are due at one instant arrive in any order.
 */
export interface Receiver {
  readonly port: number
  /** Whether `/flaky` fails. */
  isDown: boolean
  /** What came since it was last asked, in an order of its own. */
  taken(): Callback[]
  close(): Promise<void>
}

/** By the first segment of the path. */
const ANSWERS: Readonly<Record<string, number>> = { ok: 200, accepted: 202, empty: 204, gone: 410, broken: 500 }

async function openReceiver(): Promise<Receiver> {
  let received: Callback[] = []
  const server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const path = request.url as string
      const headers = Object.entries(request.headers).map(([name, value]) => [name, String(value)] as const)
      // The body comes first, because the headers are partly the door's own, and the order is to be the same for both.
      received.push({ path, body: Buffer.concat(chunks).toString(), headers })
      const kind = path.split('/')[1] as string
      if (kind === 'moved') response.writeHead(307, { location: '/ok' }).end()
      else if (kind === 'silent') return
      else response.writeHead(kind === 'flaky' ? (receiver.isDown ? 503 : 200) : (ANSWERS[kind] ?? 404)).end()
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const receiver: Receiver = {
    port: (server.address() as AddressInfo).port,
    isDown: true,
    taken: () => {
      const taken = received.map((callback) => ({ callback, text: JSON.stringify(callback) }))
      received = []
      return taken.sort((a, b) => (a.text < b.text ? -1 : 1)).map(({ callback }) => callback)
    },
    close: async () => {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
  return receiver
}
