import { renameSync } from 'node:fs'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { Drive } from '../../src/drive/drive.ts'
import type { AttemptOutcome, DueAttempt } from '../../src/engine/delivery.ts'
import { phota } from '../../src/phota/api.ts'
import { World } from '../../src/phota/world.ts'
import { sendOnceWritten } from '../../src/server/stored-worlds.ts'
import { Storage } from '../../src/storage/storage.ts'
import { emptyFolder } from '../storage/keeping.ts'

/** A World that is kept, and all that its callbacks' sender was given. */
function keep(): {
  folder: string
  storage: Storage
  change(): void
  sent: DueAttempt[]
  send(): Promise<AttemptOutcome>
} {
  const folder = join(emptyFolder(), 'data')
  const storage = new Storage(folder, phota)
  onTestFinished(() => storage.close())
  const world = new World()
  const alice = world.createAccount({ id: 'alice' })
  const sent: DueAttempt[] = []
  const sender = sendOnceWritten(storage, async (due) => {
    sent.push(due)
    return { kind: 'answered', status: 200, wallMs: 1 }
  })
  storage.follow(world, new Drive(world, { mode: 'manual', send: sender }), () => null)
  storage.commit()
  const change = (): void => world.deposit(alice, 1)
  return { folder, storage, change, sent, send: () => sender({} as DueAttempt, { wallMs: 1, isGrace: false }) }
}

test('a callback and an event leave once what they tell of is written, in order, and no sooner', async () => {
  const { storage, change, sent, send } = keep()
  const told: string[] = []
  change()
  const sending = send()
  storage.whenCommitted(() => told.push('first'))
  storage.whenCommitted(() => told.push('second'))
  await Promise.resolve()
  expect([sent.length, told]).toEqual([0, []])
  expect(storage.commit()).toBe(true)
  storage.whenCommitted(() => told.push('third'))
  expect(await sending).toMatchObject({ kind: 'answered' })
  expect([sent.length, told]).toEqual([1, ['first', 'second', 'third']])
})

test('what cannot be written is told to nobody', async () => {
  const { folder, storage, change, sent, send } = keep()
  const told: string[] = []
  renameSync(folder, `${folder}-elsewhere`)
  change()
  const sending = send()
  storage.whenCommitted(() => told.push('never'))
  expect(storage.commit()).toBe(false)
  expect(await sending).toMatchObject({ kind: 'failed', error: expect.stringContaining('was removed or replaced') })
  await expect(storage.committed()).rejects.toThrow('was removed or replaced')
  storage.whenCommitted(() => told.push('nor this'))
  expect([sent, told]).toEqual([[], []])
  expect(storage.canWrite()).toBe(false)
  renameSync(`${folder}-elsewhere`, folder)
  expect(storage.canWrite()).toBe(true)
  expect(storage.failure).toBe(null)
})
