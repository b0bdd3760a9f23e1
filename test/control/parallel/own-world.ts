import { expect, test } from 'vitest'
import { connect } from '../../../src/control/index.ts'

const TESTS = 25
const DAY_S = 86_400

/**
 * The tests of one worker: each has a World of its own on the server that all of them share, with a start, a price and
 * a pace that no other has, so that whatever leaks from another World is seen.
 */
export function testOwnWorlds(worker: number, url: string): void {
  test.concurrent.each(Array.from({ length: TESTS }, (_, i) => i))(`worker ${worker}, World %i`, async (i) => {
    const n = worker * TESTS + i
    const levers = connect(url)
    const start = Date.UTC(2030, 0, 1) + n * 1000 * DAY_S
    const world = await levers.worlds.create({
      start: new Date(start).toISOString(),
      clock: { mode: 'manual' },
      // Alike in all Worlds, so that only the key tells them apart.
      seed: 'one seed for all',
      accounts: [{ id: 'alice', deposit: '20' }],
    })
    const { accounts } = await world.describe()
    const key = accounts[0]?.keys[0] as string
    await world.scenarios.add({ effect: { settle_micro_usd: 10_000 + n } })
    const ask = async (method: string, path: string, body?: object) => {
      const response = await fetch(`${levers.baseUrl}${path}`, {
        method,
        headers: { 'X-API-Key': key, 'Content-Type': 'application/json' },
        ...(body && { body: JSON.stringify(body) }),
      })
      return { status: response.status, body: (await response.json()) as Record<string, unknown> }
    }
    const ids: string[] = []
    for (let round = 0; round < 3; round++) {
      const { status, body } = await ask('POST', '/generate', {
        prompt: `${n}.${round}`,
        async: true,
        response_mode: 'urls',
        client_request_id: `round ${round}`,
      })
      expect(status).toBe(202)
      ids.push(body['job_id'] as string)
      const result = await world.clock.advance(`${20 + n}s`)
      expect(result.now).toBe(moment(start / 1000 + (round + 1) * (20 + n)))
      expect(result.counts['job.succeeded']).toBe(1)
    }
    expect((await ask('GET', `/jobs/${ids[0]}`)).body).toMatchObject({
      status: 'succeeded',
      completed_at: moment(start / 1000 + 18),
    })
    expect((await world.jobs.list()).map(({ prompt }) => prompt)).toEqual([`${n}.0`, `${n}.1`, `${n}.2`])
    expect(await world.accounts.get('alice')).toMatchObject({
      spent_micro_usd: 3 * (10_000 + n),
      reserved_micro_usd: 0,
      available_micro_usd: 20_000_000 - 3 * (10_000 + n),
    })
    await world.clock.advance('25h')
    for (const id of ids) expect((await ask('GET', `/jobs/${id}`)).status).toBe(410)
    expect((await world.journal.list()).every(({ account }) => account === 'alice')).toBe(true)
    expect(await world.journal.list()).toHaveLength(7)
    await world.remove()
    expect((await ask('GET', `/jobs/${ids[0]}`)).status).toBe(401)
  })
}

function moment(seconds: number): string {
  return new Date(seconds * 1000).toISOString().replace('.000Z', 'Z')
}
