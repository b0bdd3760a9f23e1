import { expect } from 'vitest'
import type { WorldControl } from '../../src/control/index.ts'
import { ask } from './serving.ts'

const JOBS = 20
const PRICE = 90_000

/**
 * All Worlds at once: each job is submitted twice under one idempotency key, ends, is polled and downloaded by its own
 * key, is unknown to the key of the next World, and is charged once.
 */
export async function askMany(url: string, worlds: readonly WorldControl[]): Promise<void> {
  const keys = await Promise.all(worlds.map(async (world) => (await world.accounts.get('alice')).keys[0] as string))
  await Promise.all(
    worlds.map(async (world, i) => {
      const [own, foreign] = [keys[i] as string, keys[(i + 1) % keys.length] as string]
      const ids = await Promise.all(
        Array.from({ length: JOBS }, async (_, n) => {
          const body = JSON.stringify({
            prompt: `${world.id}, number ${n}`,
            async: true,
            response_mode: 'urls',
            client_request_id: `order-${n}`,
          })
          const [first, second] = await Promise.all([1, 2].map(() => ask(url, '/generate', body, own)))
          expect([first?.status, second?.status]).toEqual([202, 202])
          expect(second?.body.job_id).toBe(first?.body.job_id)
          return first?.body.job_id as string
        }),
      )
      await world.clock.advance('20s')
      for (const id of ids) {
        const { status, body } = await ask(url, `/jobs/${id}`, undefined, own)
        expect([status, body.status]).toEqual([200, 'succeeded'])
      }
      const { body } = await ask(url, `/jobs/${ids[0]}`, undefined, own)
      const [image] = body.result.download_urls as [string]
      expect(image.startsWith(`${url}/${world.id}/`)).toBe(true)
      const download = await fetch(image)
      expect([download.status, (await download.arrayBuffer()).byteLength > 1000]).toEqual([200, true])
      const seed = await ask(url, `/jobs/${'0'.repeat(32)}`, undefined, foreign)
      expect(seed.status).toBe(404)
      expect(await world.accounts.get('alice')).toMatchObject({ reserved_micro_usd: 0, spent_micro_usd: JOBS * PRICE })
    }),
  )
}
