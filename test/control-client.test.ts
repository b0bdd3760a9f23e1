import { expect, test } from 'vitest'
import { type Control, ControlFailure, connect } from '../src/control/index.ts'
import { startServer } from '../src/server/server.ts'

async function withServer(run: (control: Control, url: string) => Promise<void>): Promise<void> {
  const server = await startServer({ port: 0, clock: 'manual', checkResponses: true })
  try {
    await run(connect(server.url), server.url)
  } finally {
    await server.close(100)
  }
}

test('a client makes a World, moves its clock, fills its accounts and reads its ledger', () =>
  withServer(async (control, url) => {
    const world = await control.worlds.create({ clock: { mode: 'manual' }, start: '2026-06-22T12:00:00Z' })
    const account = await world.accounts.create({ id: 'carol', deposit: '1.00' })
    await world.scenarios.remove(await world.scenarios.add({ effect: { stuck: 'forever' } }))
    const response = await fetch(`${url}/v1/phota/generate`, {
      method: 'POST',
      headers: { 'X-API-Key': account.keys[0] as string, 'Content-Type': 'application/json' },
      body: JSON.stringify({ async: true, response_mode: 'urls' }),
    })
    expect(response.status).toBe(202)
    expect((await world.clock.advance('18s')).now).toBe('2026-06-22T12:00:18Z')
    expect((await world.clock.set(new Date('2026-06-22T13:00:00Z'))).now).toBe('2026-06-22T13:00:00Z')
    expect((await world.clock.settle()).stuck).toEqual([])
    expect((await world.clock.update({ mode: 'real', speed: 2 })).speed).toBe(2)
    expect((await world.clock.read()).mode).toBe('real')
    expect((await world.accounts.ledger('carol')).entries.map(({ kind }) => kind)).toEqual([
      'deposit',
      'reservation',
      'settlement',
    ])
    expect(await world.accounts.deposit('carol', '2')).toMatchObject({
      deposited_micro_usd: 3_000_000,
      spent_micro_usd: 90_000,
    })
    expect((await control.worlds.list()).map(({ id }) => id)).toEqual(['default', world.id])
    expect((await control.worlds.get('default').describe()).id).toBe('default')
    await world.remove()
    await expect(world.describe()).rejects.toThrow(`getWorld: There is no World '${world.id}'; there are: default.`)
  }))

test('a refusal is the server’s sentence with its status, and a server that is not there is told as such', async () => {
  await withServer(async (control) => {
    const refusal = control.worlds.get('default').clock.advance('soon')
    await expect(refusal).rejects.toThrow(/^advanceClock: by: /)
    await expect(refusal).rejects.toMatchObject({ status: 400 })
  })
  const failure = await connect('http://127.0.0.1:1')
    .worlds.list()
    .catch((error) => error)
  expect(failure).toBeInstanceOf(ControlFailure)
  expect(failure).toMatchObject({
    status: null,
    message: 'listWorlds: http://127.0.0.1:1/_mock/worlds could not be reached',
  })
})
