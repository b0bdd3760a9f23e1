import { test as base, type TestAPI } from 'vitest'
import defaultWorld from '../../fixtures/worlds/default.ts'
import { type RunningServer, startServer } from '../../src/server/server.ts'
import type { ServerOptions } from '../../src/server/server-options.ts'
import { Wire } from './wire.ts'

export interface Serving {
  server: RunningServer
  /** Starts another server, which ends with the test. */
  start(options?: ServerOptions): Promise<RunningServer>
  /** Opens a connection, which ends with the test. */
  open(server?: RunningServer): Promise<Wire>
}

function start(options: ServerOptions = {}): Promise<RunningServer> {
  return startServer({ port: 0, clock: 'manual', checkResponses: true, contents: defaultWorld, ...options })
}

/** Each test has a server of its own, on a port of its own, with the default World and a clock that stands. */
export const test: TestAPI<Serving> = base.extend<Serving>({
  // biome-ignore lint/correctness/noEmptyPattern: vitest wants the pattern.
  server: async ({}, use) => {
    const server = await start()
    await use(server)
    await server.close(50)
  },
  // biome-ignore lint/correctness/noEmptyPattern: as above.
  start: async ({}, use) => {
    const servers: RunningServer[] = []
    await use(async (options) => {
      const server = await start(options)
      servers.push(server)
      return server
    })
    await Promise.all(servers.map((server) => server.close(50)))
  },
  open: async ({ server }, use) => {
    const wires: Wire[] = []
    await use(async (to = server) => {
      const wire = await Wire.open(to.url)
      wires.push(wire)
      return wire
    })
    for (const wire of wires) wire.destroy()
  },
}) as TestAPI<Serving>

export const API = '/v1/phota'
export const ASYNC: string = JSON.stringify({ prompt: 'a lighthouse', async: true, response_mode: 'urls' })
export const SYNC: string = JSON.stringify({ prompt: 'a lighthouse', response_mode: 'urls' })

export interface Told {
  status: number
  // biome-ignore lint/suspicious/noExplicitAny: tests look into bodies of every shape.
  body: any
}

/** An ordinary request of an ordinary client. */
export async function ask(url: string, path: string, body?: string, key = 'test-key-alice'): Promise<Told> {
  const response = await fetch(`${url}${API}${path}`, {
    method: body === undefined ? 'GET' : 'POST',
    headers: { 'X-API-Key': key, ...(body !== undefined && { 'Content-Type': 'application/json' }) },
    ...(body !== undefined && { body }),
  })
  return { status: response.status, body: await response.json() }
}

/** Waits until so many synchronous requests are open in the server. */
export async function whileOpen(server: RunningServer, count = 1): Promise<void> {
  while (server.world.jobs.openRequests().length < count) await new Promise((resolve) => setImmediate(resolve))
}
