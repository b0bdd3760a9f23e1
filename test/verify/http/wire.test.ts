import type { ServerResponse } from 'node:http'
import { gzipSync } from 'node:zlib'
import { describe, expect } from 'vitest'
import { textOf } from '../../../src/verify/http/exchange.ts'
import { CannotJudge } from '../../../src/verify/verdict.ts'
import { get, test } from './server.ts'

describe.concurrent('An exchange that passes a limit is cut off, and says which', () => {
  const mebibyte = Buffer.alloc(2 ** 20, 0x20)

  test.for<[string, string, (response: ServerResponse) => void]>([
    ['a long body', 'sent more than 1 MiB', (response) => void response.end(Buffer.concat([mebibyte, mebibyte]))],
    [
      'a body that is long once decompressed',
      'sent more than 1 MiB',
      (response) => {
        response.setHeader('content-encoding', 'gzip')
        response.end(gzipSync(Buffer.alloc(2 ** 24)))
      },
    ],
    ['silence', 'was not answered within 2 s', () => undefined],
    ['a body that drips', 'did not send its whole answer within 2 s', (response) => void response.write(' ')],
    [
      'a body that ends early',
      'found its connection closed before the whole answer came',
      (response) => {
        response.writeHead(200, { 'content-length': 1_000 }).write('{')
        setTimeout(() => response.socket?.destroy(), 50)
      },
    ],
    [
      'something else than HTTP',
      'was answered with something that is not HTTP (HPE_INVALID_CONSTANT)',
      (response) => void response.socket?.end('HELLO\r\n\r\n'),
    ],
    [
      'huge headers',
      'sent more than 64 KiB of headers',
      (response) => void response.writeHead(200, { 'x-huge': 'x'.repeat(100_000) }).end(),
    ],
    [
      'a body that is not what its coding says',
      'sent a body that cannot be decompressed (Z_DATA_ERROR)',
      (response) => void response.writeHead(200, { 'content-encoding': 'gzip' }).end('no gzip'),
    ],
    [
      'a coding that nobody asked for',
      'was answered with Content-Encoding: gzip, gzip, which nobody asked for',
      (response) => void response.writeHead(200, { 'content-encoding': 'gzip, gzip' }).end('x'),
    ],
    [
      'a flood of 1xx',
      'sent more than 100 interim answers (1xx)',
      (response) => {
        for (let nth = 0; nth < 200; nth++) response.writeProcessing()
      },
    ],
    [
      'deep JSON',
      'sent JSON that is nested deeper than 200 levels',
      (response) => void response.end('['.repeat(100_000) + ']'.repeat(100_000)),
    ],
  ])('%s', async ([, problem, respond], { openWire, answer }) => {
    const url = await answer((_, response) => respond(response))
    // Only what waits for the limit of time needs a short one.
    const wire = openWire({ timeoutMs: problem.includes('within') ? 2_000 : 20_000 })
    await expect(wire.send(get(`${url}/x`))).rejects.toEqual(new CannotJudge(`GET /x ${problem}`))
    expect(wire.exchanges[0]).toMatchObject({ status: 0, problem })
  })

  test('and its connection is destroyed', async ({ openWire, answer }) => {
    const closed = Promise.withResolvers<void>()
    const url = await answer((_, response) => {
      response.on('close', () => closed.resolve())
      const pour = (): void => {
        while (!response.destroyed && response.write(mebibyte));
        response.once('drain', pour)
      }
      pour()
    })
    await expect(openWire().send(get(url))).rejects.toThrow('sent more than 1 MiB')
    await closed.promise
  })
})

test('A compressed answer is read as what it says', async ({ openWire, answer }) => {
  const url = await answer((_, response) => {
    response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync('{"a":1}'))
  })
  expect(textOf(await openWire().send(get(url)))).toBe('{"a":1}')
})

test('What the run keeps is limited to 96 MiB', async ({ openWire, answer }) => {
  const body = Buffer.alloc(2 ** 20, 0x20)
  const url = await answer((_, response) => void response.end(body))
  const wire = openWire()
  for (let nth = 0; nth < 95; nth++) await wire.send(get(url))
  await expect(wire.send(get(url))).rejects.toThrow('cannot be kept: the answers of the run exceed 96 MiB')
})

test('The deadline ends an exchange that is under way', async ({ openWire, answer }) => {
  const url = await answer(() => undefined)
  const sent = openWire({ deadlineMs: 300, timeoutMs: 60_000 }).send(get(url))
  await expect(sent).rejects.toEqual(new CannotJudge("the run's deadline of 300 ms was reached (--deadline)"))
})

describe.concurrent('A 429 is waited out', () => {
  const limited = (retryAfter: () => string | undefined) => {
    const times: number[] = []
    return {
      times,
      listener: (_: unknown, response: ServerResponse) => {
        times.push(performance.now())
        if (times.length > 2) return void response.end('{}')
        const value = retryAfter()
        response.writeHead(429, value === undefined ? {} : { 'retry-after': value }).end()
      },
    }
  }

  test.for<[string, () => string | undefined, number[]]>([
    ['as many seconds as it says', () => '1', [1_000, 1_000]],
    ['until the date that it says', () => new Date(Date.now() + 2_000).toUTCString(), [500, 500]],
    ['longer each time if it says nothing', () => undefined, [1_000, 2_000]],
    ['longer each time if it says nonsense', () => 'soon', [1_000, 2_000]],
    ['a moment if it says at once', () => '0', [200, 200]],
  ])('%s', async ([, retryAfter, least], { openWire, answer }) => {
    const { times, listener } = limited(retryAfter)
    const url = await answer(listener)
    expect((await openWire().send(get(url))).status).toBe(200)
    const [first = 0, second = 0, third = 0] = times
    expect(second - first).toBeGreaterThanOrEqual((least[0] as number) - 20)
    expect(third - second).toBeGreaterThanOrEqual((least[1] as number) - 20)
  })

  test('but not for longer than the run waits in all', async ({ openWire, answer }) => {
    const url = await answer((_, response) => void response.writeHead(429, { 'retry-after': '301' }).end())
    await expect(openWire({ deadlineMs: 600_000 }).send(get(`${url}/x`))).rejects.toThrow(
      'GET /x was answered 429 with Retry-After: 301; the run waits 5 m in all for such answers, and has waited 0 ms.',
    )
  })

  test('but not beyond the deadline', async ({ openWire, answer }) => {
    const url = await answer((_, response) => void response.writeHead(429, { 'retry-after': '250' }).end())
    // Whatever waits for the deadline waits longer than a test may take.
    await expect(openWire({ deadlineMs: 200_000 }).send(get(url))).rejects.toThrow('was answered 429')
  })
})
