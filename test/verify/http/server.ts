import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { test as base, type TestAPI } from 'vitest'
import { Deadline } from '../../../src/verify/deadline.ts'
import { type Outgoing, Wire } from '../../../src/verify/http/wire.ts'

interface Parts {
  /** A wire with these limits, closed at the end of the test. */
  openWire(limits?: { timeoutMs?: number; deadlineMs?: number }): Wire
  /** An HTTP server that answers so. @returns its origin */
  answer(listener: RequestListener): Promise<string>
}

export const test: TestAPI<Parts> = base.extend<Parts>({
  // biome-ignore lint/correctness/noEmptyPattern: vitest wants the pattern.
  openWire: async ({}, use) => {
    const wires: Wire[] = []
    await use(({ timeoutMs = 5_000, deadlineMs = 60_000 } = {}) => {
      const wire = new Wire({ timeoutMs, deadline: new Deadline(deadlineMs) })
      wires.push(wire)
      return wire
    })
    for (const wire of wires) {
      wire.deadline.close()
      wire.close()
    }
  },
  // biome-ignore lint/correctness/noEmptyPattern: vitest wants the pattern.
  answer: async ({}, use) => {
    const servers: Server[] = []
    await use(async (listener) => {
      const server = createServer(listener)
      servers.push(server)
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
      return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    })
    for (const server of servers) {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    }
  },
}) as TestAPI<Parts>

export const get = (url: string): Outgoing => ({ operation: 'getJob', method: 'GET', url, headers: {}, body: null })
