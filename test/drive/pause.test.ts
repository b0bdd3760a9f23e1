import { setImmediate as nextTurn } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { Drive } from '../../src/drive/drive.ts'
import { World } from '../../src/phota/world.ts'
import { imageRequest } from '../properties/support.ts'

test('a long move pauses every so many steps, and comes to the same', async () => {
  const seen: number[] = []
  const [paused, whole] = [true, false].map((canPause) => {
    const world = new World()
    const account = world.createAccount({ id: 'alice', depositMicroUsd: 1_000_000_000 })
    for (let i = 0; i < 3_000; i++) world.submit(account, imageRequest(), 'async')
    const drive: Drive = new Drive(world, {
      mode: 'manual',
      send: () => Promise.reject(new Error('there are no callbacks here')),
      ...(canPause && {
        pause: async () => {
          seen.push(world.jobs.unfinishedCount)
          await nextTurn()
        },
      }),
    })
    return { world, drive }
  })
  if (!paused || !whole) throw new Error('there are two')
  const [{ counts }, { counts: wanted }] = await Promise.all([paused.drive.advance('1m'), whole.drive.advance('1m')])
  expect(counts).toEqual(wanted)
  // 3,000 starts, then 3,000 ends: the first pause is among the starts, the second and third among the ends.
  expect(seen).toEqual([3_000, 2_000, 0])
})
