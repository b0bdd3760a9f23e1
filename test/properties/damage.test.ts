import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { control } from '../../src/control/index.ts'
import { checkSnapshot } from '../../src/engine/snapshot-check.ts'
import type { WorldSnapshot } from '../../src/engine/world-snapshot.ts'
import { fetchFrom, InProcessHost } from '../../src/fixture/host.ts'
import { inProcess } from '../../src/fixture/in-process.ts'
import { RECEIVER_HOST } from '../../src/fixture/receiver.ts'
import { dialect } from '../../src/phota/world.ts'
import { defaultBaseUrl } from '../../src/spec/index.ts'
import { command, play } from './playing.ts'
import { holds } from './support.ts'

/** What becomes of one value of a snapshot: another in its place, none, or one more like it. */
type Damage = { put: unknown } | { remove: true } | { repeat: true } | { add: number } | { swap: number }

const damage: fc.Arbitrary<Damage> = fc.oneof(
  fc.record({
    put: fc.constantFrom<unknown>(null, true, '', 'NaN', '-1', 'ab'.repeat(16), -1, 0, 0.5, 3, 2 ** 53, 1e300, {}, []),
  }),
  fc.record({ remove: fc.constant(true as const) }),
  fc.record({ repeat: fc.constant(true as const) }),
  fc.record({ add: fc.constantFrom(-1_000_000, -1000, -1, 1, 1000, 1_000_000) }),
  fc.record({ swap: fc.nat() }),
)
/** Where: a turn at each level, and how deep to go at most. */
const place = fc.record({
  turns: fc.array(fc.nat(), { minLength: 6, maxLength: 6 }),
  depth: fc.integer({ min: 1, max: 6 }),
})

test('a snapshot with one field damaged is refused, and the World is as it was to the byte; or it is taken, and all works', async () => {
  const commands = fc.array(command, { minLength: 1, maxLength: 10, size: 'max' })
  const damages = fc.array(fc.tuple(place, damage), { minLength: 8, maxLength: 8 })
  const keep = fc.constantFrom('everything' as const, { entries: 3, bytes: 5_000 })
  await holds(
    fc.asyncProperty(commands, keep, fc.constantFrom(200, 500), damages, async (commands, keep, answer, damages) => {
      const { end: snapshot } = await play('seed', commands, { keep, answer })
      // A port that `fetch` calls never.
      const text = JSON.stringify({ ...snapshot, ...EXTRAS }).replaceAll(`//${RECEIVER_HOST}`, '//127.0.0.1:1')
      for (const [where, damage] of damages) await tryRestore(text, where, damage)
    }),
  )
})

const EXTRAS = {
  clock: { mode: 'manual', speed: 1, frozen: false },
  scenarios: [
    {
      id: 'late',
      match: { prompt: 'a', probability: 0.5 },
      effect: { fail: 'TIMEOUT', message: 'Too late.', pending: '2s', callback: { delay: '1s' } },
      left: 2,
      matched: 1,
    },
    {
      id: 'costly',
      match: { nth: 2 },
      effect: { settle_micro_usd: 5, known_subjects: { a: 1 } },
      left: null,
      matched: 0,
    },
  ],
} as const

async function tryRestore(text: string, where: Place, damage: Damage): Promise<void> {
  const host = new InProcessHost()
  const { worlds } = inProcess(host)
  const world = worlds.get('w')
  await world.restore(JSON.parse(text))
  // Until no attempt is on its way.
  await world.clock.advance('0s')
  const before = JSON.stringify(await world.snapshot())
  const damaged = JSON.parse(text)
  inflict(damaged, where, damage)
  try {
    await world.restore(damaged)
  } catch (error) {
    expect(error).toMatchObject({ name: 'ControlFailure', status: 400 })
    expect(JSON.stringify(await world.snapshot())).toBe(before)
    return
  }
  const fetch = fetchFrom(host, defaultBaseUrl)
  for (const by of ['0s', '25h']) {
    await world.clock.advance(by)
    const { accounts } = await world.describe()
    for (const { id, keys } of accounts) {
      await world.accounts.ledger(id)
      for (const job of await world.jobs.list({ account: id })) {
        const polled = await fetch(`${defaultBaseUrl}/jobs/${job.job_id}`, { headers: { 'X-API-Key': keys[0] ?? '' } })
        expect(keys.length === 0 || polled.status === 200).toBe(true)
      }
    }
    await world.deliveries.list()
    await world.jobs.timeline()
    const { clock: _, ...rest } = await world.snapshot()
    checkSnapshot(rest as WorldSnapshot, dialect)
  }
}

type Place = { turns: readonly number[]; depth: number }

function inflict(snapshot: control.ControlSnapshot, { turns, depth }: Place, damage: Damage): void {
  let holder = snapshot as unknown as Record<string, unknown>
  let key = 'format'
  for (const [level, turn] of turns.entries()) {
    const names = Object.keys(holder)
    key = names[turn % names.length] as string
    const inner = holder[key]
    if (level + 1 === depth || inner === null || typeof inner !== 'object' || Object.keys(inner).length === 0) break
    holder = inner as Record<string, unknown>
  }
  const value = holder[key]
  if ('put' in damage) holder[key] = damage.put
  else if ('add' in damage) holder[key] = typeof value === 'number' ? value + damage.add : `${value}x`
  else if ('swap' in damage) {
    const others = Object.values(holder)
    holder[key] = others[damage.swap % others.length]
  } else if ('repeat' in damage && Array.isArray(holder)) holder.push(structuredClone(value))
  else if (Array.isArray(holder)) holder.splice(Number(key), 1)
  else delete holder[key]
}
