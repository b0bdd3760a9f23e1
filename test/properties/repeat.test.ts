import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type Answer, type Command, command, play } from './playing.ts'
import { holds } from './support.ts'

const seed = fc.string({ maxLength: 8 })
const commands = fc.array(command, { minLength: 1, maxLength: 10, size: 'max' })

test('the same seed and the same requests get the same bytes: status, headers, bodies, callbacks', async () => {
  await holds(
    fc.asyncProperty(seed, commands, async (seed, commands) => {
      expect(await play(seed, commands)).toEqual(await play(seed, commands))
    }),
  )
})

test('another seed gives other ids, keys and secrets, and the same answers but for them (submit.job-id-opaque)', async () => {
  await holds(
    fc.asyncProperty(fc.uniqueArray(seed, { minLength: 2, maxLength: 2 }), commands, async (seeds, commands) => {
      const own = commands.filter((command) => command.do !== 'ask' || findsItsWorld(command))
      const [one, other] = [await play(seeds[0] as string, own), await play(seeds[1] as string, own)]
      expect(one.answers.map(({ status }) => status)).toEqual(other.answers.map(({ status }) => status))
      expect(one.apiKey).not.toBe(other.apiKey)
      expect(one.webhookSecret).not.toBe(other.webhookSecret)
      const ids = (played: typeof one) => [...played.jobs, ...played.answers.flatMap(requestId)]
      for (const id of ids(one)) expect(id).toMatch(/^[0-9a-f]{32}$/)
      expect(ids(one).filter((id) => ids(other).includes(id))).toEqual([])
      expect(new Set(one.answers.flatMap(requestId)).size).toBe(one.answers.flatMap(requestId).length)
    }),
  )
})

test('a World that its snapshot makes goes on as the World itself would have, to the byte', async () => {
  const keep = fc.constantFrom('everything' as const, { entries: 3, bytes: 5_000 })
  await holds(
    fc.asyncProperty(seed, commands, fc.nat({ max: 9 }), keep, async (seed, commands, at, keep) => {
      const snapshotAfter = at % commands.length
      expect(await play(seed, commands, { keep, snapshotAfter })).toEqual(await play(seed, commands, { keep }))
    }),
  )
})

/** A request that finds no World is answered by none of the two. */
function findsItsWorld({ method, path, key }: Extract<Command, { do: 'ask' }>): boolean {
  return key === 'own' && path !== 'nowhere' && (method === 'POST') === (path === 'edit')
}

function requestId({ headers }: Answer): string[] {
  return headers.flatMap(([name, value]) => (name === 'x-request-id' ? [value] : []))
}
