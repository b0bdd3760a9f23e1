import { describe, test, vi } from 'vitest'
import { Phota } from '../../src/fixture/phota.ts'
import { createLogger } from '../../src/server/logger.ts'
import { startServer } from '../../src/server/server.ts'

const START = { startMs: Date.parse('2026-06-22T12:00:00Z') }
const SYNC = JSON.stringify({ prompt: 'x', response_mode: 'urls' })
const warn = vi.spyOn(console, 'warn').mockImplementation(() => undefined)

function submit(phota: Phota, signal?: AbortSignal): Promise<Response> {
  return phota.fetch(`${phota.baseUrl}/generate`, {
    method: 'POST',
    headers: { 'X-API-Key': phota.account.apiKey, 'Content-Type': 'application/json' },
    body: SYNC,
    ...(signal && { signal }),
  })
}

/** What was told of this World. */
function toldOf(id: string): string[] {
  return warn.mock.calls.map(([text]) => String(text)).filter((text) => text.includes(`World '${id}'`))
}

const second = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 1_300))

describe.concurrent('a synchronous request that waits for a clock that stands', () => {
  test('is told of on stderr, once for each World, with what to do', async ({ expect }) => {
    const phota = new Phota({ id: 'stands', ...START })
    const [first, other] = [submit(phota), submit(phota)]
    await expect.poll(() => toldOf('stands')).toHaveLength(1)
    expect(toldOf('stands')).toEqual([
      "phota-mock: a synchronous generate of tester waits for the clock of World 'stands', " +
        'which stands at 2026-06-22T12:00:00Z; it is answered once the clock has moved on by 18s. ' +
        'Move it once the request has arrived, or have it move by itself: ' +
        "phota.clock.setMode('auto').",
    ])
    phota.clock.setMode('auto')
    expect([(await first).status, (await other).status]).toEqual([200, 200])
    expect(toldOf('stands')).toHaveLength(1)
  })

  test('is not told of once it is answered', async ({ expect }) => {
    const phota = new Phota({ id: 'moves', ...START })
    const answer = submit(phota)
    await expect.poll(() => phota.world.jobs.openRequests()).toHaveLength(1)
    await phota.clock.settle()
    expect((await answer).status).toBe(200)
    await second()
    expect(toldOf('moves')).toEqual([])
  })

  test('is not told of while the clock moves, nor where no move of it would help, nor once the client is gone', async ({
    expect,
  }) => {
    const left = new Phota({ id: 'left', ...START })
    const leaving = submit(left, AbortSignal.timeout(200)).catch(({ name }) => name)
    const moving = new Phota({ id: 'real', clock: 'real' })
    const stuck = new Phota({ id: 'stuck', ...START })
    stuck.scenario({ effect: { stuck: 'forever' } })
    const answers = [submit(moving), submit(stuck)]
    await second()
    expect([...toldOf('real'), ...toldOf('stuck'), ...toldOf('left')]).toEqual([])
    expect(await leaving).toBe('TimeoutError')
    await Promise.all([moving.close(), stuck.close()])
    expect((await Promise.all(answers)).map(({ status }) => status)).toEqual([503, 503])
  })

  test('is told of in the log of a server', async ({ expect }) => {
    const lines: string[] = []
    const logger = createLogger('info', (line) => lines.push(line))
    const server = await startServer({ port: 0, clock: 'manual', world: START, ...(logger && { logger }) })
    server.world.createAccount({ id: 'ann', keys: ['key-of-ann'], depositMicroUsd: 1_000_000 })
    const answer = fetch(`${server.url}/v1/phota/generate`, {
      method: 'POST',
      headers: { 'X-API-Key': 'key-of-ann', 'Content-Type': 'application/json' },
      body: SYNC,
    })
    await expect.poll(() => lines).toHaveLength(1)
    expect(lines[0]).toBe(
      "---  a synchronous generate of ann waits for the clock of World 'default', which stands " +
        'at 2026-06-22T12:00:00Z; it is answered once the clock has moved on by 18s: phota-mock ' +
        'clock settle',
    )
    await server.drive.settle()
    expect((await answer).status).toBe(200)
    await server.close(100)
  })
})
