import { getEventListeners, once } from 'node:events'
import { createServer } from 'node:http'
import { type AddressInfo, connect, type Socket } from 'node:net'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { expect, onTestFinished } from 'vitest'
import { connect as control } from '../../src/control/index.ts'
import type { Follow } from '../../src/control-api/events.ts'
import { streamEvents } from '../../src/server/event-stream.ts'
import type { ControlEvent } from '../../src/spec/control/index.ts'
import { ask, SYNC, test } from './serving.ts'

/** A client that asks for a stream, and reads nothing. */
async function silent(port: number, path: string): Promise<Socket> {
  const socket = connect(port, '127.0.0.1').pause()
  socket.on('error', () => undefined)
  await once(socket, 'connect')
  socket.write(`GET ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n`)
  onTestFinished(() => {
    socket.destroy()
  })
  return socket
}

setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as () => void

const event = (bytes: number): ControlEvent => ({
  at: '2026-06-22T12:00:00.000Z',
  kind: 'job.created',
  account: null,
  id: null,
  detail: 'x'.repeat(bytes),
})

test('a client that stops reading is cut off, and nothing is written to it any more', async () => {
  let emit: (event: ControlEvent) => void = () => undefined
  let isFollowed = true
  const follow: Follow = (tell) => {
    emit = tell
    return () => {
      isFollowed = false
    }
  }
  const server = createServer((_, response) => streamEvents(response, follow, new AbortController().signal))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  await silent((server.address() as AddressInfo).port, '/')
  await once(server, 'request')
  for (let i = 0; i < 40; i++) emit(event(1024 * 1024))
  await expect.poll(() => isFollowed).toBe(false)
  emit(event(1))
})

test('streams that ended leave no listener behind, however often garbage was collected meanwhile', async () => {
  const closing = new AbortController()
  const server = createServer((_, response) => streamEvents(response, () => () => undefined, closing.signal))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void server.close())
  const clients: Socket[] = []
  for (let i = 0; i < 10; i++) {
    clients.push(await silent((server.address() as AddressInfo).port, '/'))
    await once(server, 'request')
    collect()
  }
  expect(getEventListeners(closing.signal, 'abort')).toHaveLength(10)
  for (const client of clients) client.destroy()
  await expect.poll(() => getEventListeners(closing.signal, 'abort')).toHaveLength(0)
})

test('who leaves before the stream begins is not followed', async () => {
  let followed = 0
  const follow: Follow = () => {
    followed++
    return () => {
      followed--
    }
  }
  const begun = Promise.withResolvers<void>()
  const server = createServer(async (request, response) => {
    await once(request.socket, 'close')
    streamEvents(response, follow, new AbortController().signal)
    begun.resolve()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    server.close()
  })
  const socket = await silent((server.address() as AddressInfo).port, '/')
  await once(server, 'request')
  socket.destroy()
  await begun.promise
  expect(followed).toBe(0)
})

test.for(['reset', 'delete', 'restore', 'close'] as const)(
  '%s ends a stream and an open synchronous request, and the server goes on',
  async (what, { server, start }) => {
    const levers = control(server.url)
    const world =
      what === 'delete'
        ? await levers.worlds.create({
            clock: { mode: 'manual' },
            accounts: [{ id: 'ann', keys: ['ann-key'], deposit: '9' }],
          })
        : levers.worlds.get('default')
    const key = what === 'delete' ? 'ann-key' : 'test-key-alice'
    const snapshot = await world.snapshot()
    const begun = Promise.withResolvers<void>()
    const drained = (async () => {
      for await (const _ of world.events()) begun.resolve()
    })().catch(() => undefined)
    await begun.promise
    const waiting = ask(server.url, '/generate', SYNC, key).catch(() => null)
    await expect.poll(async () => (await world.clock.read()).open_requests).toBe(1)
    if (what === 'reset') await world.reset()
    if (what === 'delete') await world.remove()
    if (what === 'restore') await world.restore(snapshot)
    if (what === 'close') await server.close(50)
    await Promise.all([waiting, drained])
    const other = what === 'close' ? await start() : server
    expect((await ask(other.url, '/profiles/ids')).status).toBe(200)
  },
)
