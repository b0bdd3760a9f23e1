import { expect, test } from 'vitest'
import { connect } from '../../src/control/index.ts'
import { startServer } from '../../src/server/server.ts'

const START = '2026-06-22T12:00:00.000Z'

test('a manual World on the fastest server stands from its first moment: made, begun anew, and restored', async () => {
  const server = await startServer({ port: 0, clock: 'real', speed: 1_000_000 })
  try {
    const { worlds } = connect(server.url)
    // A millisecond of this server's time is a quarter of an hour, so one that passes unnoticed ends every job.
    for (let i = 0; i < 20; i++) {
      const world = await worlds.create({
        start: START,
        clock: { mode: 'manual' },
        contents: { accounts: [{ id: 'ann', keys: ['ann-key'], deposit: '9' }], jobs: pendingJobs },
      })
      const snapshot = await world.snapshot()
      const moments = [await world.describe(), await world.reset(), await world.restore(snapshot)]
      await world.remove()
      moments.push(await world.restore(snapshot))
      expect(moments.map(({ clock }) => [clock.mode, clock.now])).toEqual(moments.map(() => ['manual', START]))
      expect(await world.jobs.list({ status: 'pending' })).toHaveLength(pendingJobs.length)
      await world.remove()
    }
  } finally {
    await server.close(100)
  }
})

test('a World keeps the speed and the standstill that it is made with', async () => {
  const server = await startServer({ port: 0, clock: 'manual' })
  try {
    const { worlds } = connect(server.url)
    const world = await worlds.create({ start: START, clock: { mode: 'real', speed: 1_000_000, frozen: true } })
    const clock = { now: START, mode: 'real', speed: 1_000_000, frozen: true, open_requests: 0 }
    expect(await world.clock.read()).toEqual(clock)
    expect((await world.reset()).clock).toEqual(clock)
  } finally {
    await server.close(100)
  }
})

const pendingJobs = Array.from({ length: 50 }, () => ({ account: 'ann', status: 'pending', operation: 'generate' }))
