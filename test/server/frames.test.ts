import { once } from 'node:events'
import { createConnection, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { ownerOf } from '../../src/server/shard.ts'
import { Frames } from '../../src/server/workers/frames.ts'

type Frame = [head: unknown[], body: Uint8Array]

test('frames arrive whole, in their order, however the stream is cut', async () => {
  const frame: fc.Arbitrary<Frame> = fc.tuple(
    fc.array(fc.oneof(fc.string({ unit: 'binary' }), fc.integer(), fc.constant(null))),
    fc.uint8Array({ maxLength: 200_000, size: 'max' }),
  )
  await fc.assert(
    fc.asyncProperty(fc.array(frame, { maxLength: 6 }), async (frames) => {
      const path = join(tmpdir(), `phota-mock-frames-${process.pid}.sock`)
      const got: Frame[] = []
      const server = createServer(
        (socket) => new Frames(socket, (head, body) => got.push([[...head], new Uint8Array(body)])),
      )
      await new Promise<void>((resolve) => server.listen(path, resolve))
      const socket = createConnection(path)
      const out = new Frames(socket, () => undefined)
      for (const [head, body] of frames) out.send(head, body)
      out.send(['last'], 'schluß')
      while (got.at(-1)?.[0][0] !== 'last' || got.length <= frames.length)
        await new Promise((resolve) => setTimeout(resolve, 1))
      socket.destroy()
      server.close()
      await once(server, 'close')
      expect(got).toEqual([...frames, [['last'], new Uint8Array(Buffer.from('schluß'))]])
    }),
    { numRuns: 30 },
  )
})

test.for([
  [['', 'p2-'], 'test-key-alice', 0],
  [['', 'p2-'], 'p2-test-key-alice', 1],
  [['', 'p2-'], 'p2', 0],
  [['', 'p2-'], '', 0],
  [['s1-', 's1-p2-'], 's1-default', 0],
  [['s1-', 's1-p2-'], 's1-p2-default', 1],
  [['s1-', 's1-p2-'], 'unknown', 0],
] as const)('of %o, %s is that of number %i', ([prefixes, name, owner]) => {
  expect(ownerOf(prefixes, name)).toBe(owner)
})
