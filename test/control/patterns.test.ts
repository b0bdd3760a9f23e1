import { expect, test } from 'vitest'
import { connect, type control } from '../../src/control/index.ts'
import { Phota } from '../../src/fixture/phota.ts'
import { startServer } from '../../src/server/server.ts'

test('a World whose scenario matches by a RegExp takes no snapshot, and says which scenario', async () => {
  const phota = new Phota()
  const id = phota.scenario({ match: { prompt: /doomed/ }, effect: { fail: 'TIMEOUT' } })
  await expect(phota.control.snapshot()).rejects.toMatchObject({
    status: 400,
    message:
      `takeSnapshot: The scenario '${id}' matches prompts by a RegExp, which no snapshot can hold; ` +
      'remove it, or match by a text.',
  })
  await phota.control.scenarios.remove(id)
  await expect(phota.control.snapshot()).resolves.toMatchObject({ scenarios: [] })
  await phota.close()
})

test('a RegExp of one’s own code outlives a reset, and none comes in with a snapshot', async () => {
  const server = await startServer({
    port: 0,
    clock: 'manual',
    contents: { accounts: [{ id: 'ann', keys: ['ann-key'], deposit: '9' }] },
    scenarios: [{ match: { prompt: /doom(ed)?$/ }, effect: { fail: 'TIMEOUT' } }],
  })
  try {
    const { worlds } = connect(server.url)
    const world = worlds.get('default')
    await world.reset()
    const response = await fetch(`${server.url}/v1/phota/generate`, {
      method: 'POST',
      headers: { 'X-API-Key': 'ann-key', 'Content-Type': 'application/json' },
      body: JSON.stringify({ prompt: 'all doomed', async: true, response_mode: 'urls' }),
    })
    expect(response.status).toBe(202)
    await world.clock.settle()
    expect(await world.jobs.list()).toMatchObject([{ status: 'failed' }])

    const other = await worlds.create()
    await other.scenarios.add({ match: { prompt: 'a' }, effect: { fail: 'TIMEOUT' } })
    const snapshot = await other.snapshot()
    const [scenario] = snapshot.scenarios as [control.ControlSnapshot['scenarios'][number]]
    const prompt = { $: 'RegExp', source: '(a+)+$', flags: '' }
    await expect(other.restore({ ...snapshot, scenarios: [{ ...scenario, match: { prompt } }] })).rejects.toMatchObject(
      {
        status: 400,
      },
    )
  } finally {
    await server.close(100)
  }
})
