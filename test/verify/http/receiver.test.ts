import { connect, type Socket } from 'node:net'
import { describe, expect } from 'vitest'
import { Receiver } from '../../../src/verify/http/receiver.ts'
import type { Wire } from '../../../src/verify/http/wire.ts'
import { test } from './server.ts'

const listen = (wire: Wire): Promise<Receiver> => Receiver.listen(wire, '127.0.0.1', 0)
const post = (url: string, body = '{}'): Promise<Response> => fetch(url, { method: 'POST', body })

describe.concurrent('The receiver', () => {
  test('keeps 60 callbacks of a mailbox, and counts all', async ({ openWire }) => {
    const receiver = await listen(openWire())
    const mailbox = receiver.open([500, 204])
    for (let nth = 0; nth < 70; nth++) await post(mailbox.url, `${nth}`)
    expect(mailbox.arrivals.map(({ requestBody }) => Number(requestBody))).toEqual(
      Array.from({ length: 60 }).map((_, nth) => nth),
    )
    expect(mailbox.arrivals.slice(0, 2).map(({ status }) => status)).toEqual([500, 204])
    expect(mailbox.count).toBe(70)
    expect(await mailbox.wait(70, 10_000)).toHaveLength(60)
    await receiver.close()
  })

  test('refuses a body beyond 1 MiB, and cuts an endless one', async ({ openWire }) => {
    const receiver = await listen(openWire())
    const mailbox = receiver.open()
    const { socket, text } = open(mailbox.url, 'Transfer-Encoding: chunked\r\n')
    const chunk = `10000\r\n${'x'.repeat(65_536)}\r\n`
    const pour = setInterval(() => socket.write(chunk), 1)
    expect(await text).toMatch(/^(HTTP\/1.1 413 |$)/)
    clearInterval(pour)
    expect(mailbox.count).toBe(0)
    await receiver.close()
  })

  test('answers an unknown path without reading what is sent there', async ({ openWire }) => {
    const receiver = await listen(openWire())
    const { text } = open(`${receiver.url}/elsewhere`, 'Content-Length: 1000000000\r\n')
    expect(await text).toMatch(/^HTTP\/1.1 404 /)
    await receiver.close()
  })

  test('answers late, resets, and hangs as it is told to', async ({ openWire }) => {
    const receiver = await listen(openWire())
    const mailbox = receiver.open([{ status: 202, delayMs: 200 }, 'drop', 'hang'])
    const begun = performance.now()
    expect((await post(mailbox.url)).status).toBe(202)
    expect(performance.now() - begun).toBeGreaterThanOrEqual(190)
    await expect(post(mailbox.url)).rejects.toThrow()
    const hanging = post(mailbox.url)
    const hung = expect(hanging).rejects.toThrow()
    await mailbox.wait(3, 10_000)
    await receiver.close()
    await hung
    expect(mailbox.arrivals.map(({ problem }) => problem)).toEqual([
      null,
      'had its connection reset on purpose',
      'was left without an answer on purpose',
    ])
  })

  test('tells when nothing has arrived for a while', async ({ openWire }) => {
    const receiver = await listen(openWire())
    const mailbox = receiver.open()
    await post(mailbox.url)
    const begun = performance.now()
    setTimeout(() => post(mailbox.url), 200)
    expect(await mailbox.quiet(1_500)).toBe(true)
    expect(performance.now() - begun).toBeGreaterThanOrEqual(1_650)
    expect(mailbox.count).toBe(2)
    await receiver.close()
  })
})

/** A connection on which anything can be sent. */
function open(url: string, headers: string): { socket: Socket; text: Promise<string> } {
  const { hostname, port, pathname } = new URL(url)
  const socket = connect(Number(port), hostname)
  socket.write(`POST ${pathname} HTTP/1.1\r\nHost: x\r\n${headers}\r\n`)
  let received = ''
  socket.setEncoding('utf8').on('data', (chunk: string) => {
    received += chunk
  })
  socket.on('error', () => undefined)
  return { socket, text: new Promise((resolve) => socket.on('close', () => resolve(received))) }
}
