import { availableParallelism } from 'node:os'
import { afterEach, expect, vi } from 'vitest'
import { API, test, whileOpen } from './serving.ts'

// How many pictures are drawn, and how many at once.
const drawn = vi.hoisted(() => ({ all: 0, now: 0, most: 0 }))

vi.mock(import('../../src/phota/image/draw.ts'), async (original) => {
  const { drawImage } = await original()
  return {
    drawImage: async (spec) => {
      // A server warms up with a small one.
      if (spec.width === 256) return drawImage(spec)
      drawn.all++
      drawn.most = Math.max(drawn.most, ++drawn.now)
      return drawImage(spec).finally(() => drawn.now--)
    },
  }
})

afterEach(() => void Object.assign(drawn, { all: 0, now: 0, most: 0 }))

const LARGE = JSON.stringify({ prompt: 'a lighthouse', resolution: '4K', num_output_images: 4 })
const SMALL = JSON.stringify({ prompt: 'a lighthouse', num_output_images: 4 })

function generate(url: string, body: string, signal?: AbortSignal): Promise<Response> {
  return fetch(`${url}${API}/generate`, {
    method: 'POST',
    headers: { 'X-API-Key': 'test-key-alice', 'Content-Type': 'application/json' },
    body,
    ...(signal && { signal }),
  })
}

test('nothing is drawn for clients that left, whose work still ends and is charged', async ({ server }) => {
  const leaving = new AbortController()
  const left = Array.from({ length: 25 }, () => generate(server.url, LARGE, leaving.signal).catch(() => null))
  await whileOpen(server, 25)
  leaving.abort()
  await Promise.all(left)
  const staying = generate(server.url, SMALL)
  await whileOpen(server, 26)
  await server.drive.advance('1m')
  expect((await staying).status).toBe(200)
  expect(drawn.all).toBe(4)
  const { spent, reserved } = server.world.accounts.get('alice') ?? {}
  expect({ spent, reserved }).toEqual({ spent: 25 * 4 * 180_000 + 4 * 90_000, reserved: 0 })
  await expect
    .poll(() => server.world.journal.entries().map(({ status }) => status))
    .toEqual([...Array(25).fill(null), 200])
})

test('at most as many pictures are drawn at once as there are cores', async ({ server }) => {
  const answers = Array.from({ length: 6 }, () => generate(server.url, SMALL))
  await whileOpen(server, 6)
  await server.drive.advance('1m')
  for (const answer of await Promise.all(answers)) expect(answer.status).toBe(200)
  expect(drawn).toEqual({ all: 24, now: 0, most: availableParallelism() })
})
