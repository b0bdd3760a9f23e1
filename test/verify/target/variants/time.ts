import type { Behaviour } from '../behaviour.ts'
import { isPoll } from '../edge/call.ts'
import { onAnswer, withHeaders } from '../edge/layers.ts'
import type { Variant } from '../variant.ts'
import type { Probe } from './probe.ts'

const open = 'time'
const HALF_A_MINUTE = 30_000

/** The answers to a poll at these moments, counted from the submit. */
async function statusesAt(probe: Probe, moments: readonly string[], start?: string): Promise<string> {
  const { advance } = await probe.world(start)
  const { poll_url: path } = (await probe.submit({}, 'generate', 'ann')).body
  const statuses: number[] = []
  for (const moment of moments) {
    await advance(moment)
    statuses.push((await probe.poll(path, 'ann')).status)
  }
  return statuses.join(' ')
}

/** HTTP dates follow the clock of the implementation. */
const dated = (): Behaviour => ({
  layer: onAnswer((answer, _call, { worlds }) => withHeaders(answer, { date: new Date(worlds.wall()).toUTCString() })),
})

const skewed = (id: string, description: string, skewMs: number): Variant => ({
  id,
  open,
  description,
  options: { skewMs },
  build: dated,
  shows: async (probe) => {
    const ahead = Date.parse((await probe.first()).created_at) - Date.now()
    const { headers } = await probe.send('/v1/phota/webhook-secret')
    return Math.abs(ahead - skewMs) < 5_000 && Math.abs(Date.parse(headers.date ?? '') - Date.now() - skewMs) < 5_000
  },
})

/** How long a probe looks at a job that takes its time. */
const lasts = async (probe: Probe, status: string): Promise<boolean> => {
  const { poll_url: path } = (await probe.submit()).body
  await new Promise((resolve) => setTimeout(resolve, 150))
  return (await probe.poll(path)).body.status === status
}

/** When a job moves on, ends and is forgotten. */
export const time: readonly Variant[] = [
  {
    id: 'jobs-at-once',
    open,
    description: 'a job is over at its first poll',
    options: { pendingMs: 0, runningMs: 0 },
    shows: async (probe) => {
      const body = { id: 'still', clock: { mode: 'manual' }, accounts: [{ id: 'dan', keys: ['dan'], deposit: '1.00' }] }
      await probe.send('/_mock/worlds', { method: 'POST', body, key: null })
      const { poll_url: path } = (await probe.submit({}, 'generate', 'dan')).body
      return (await probe.poll(path, 'dan')).body.status === 'succeeded'
    },
  },
  {
    id: 'jobs-wait-long',
    open,
    description: 'a job waits for 3 seconds, and is done quickly',
    options: { pendingMs: 3_000, runningMs: 10 },
    shows: (probe) => lasts(probe, 'pending'),
  },
  {
    id: 'jobs-run-long',
    open,
    description: 'a job starts at once, and runs for 4 seconds',
    options: { pendingMs: 0, runningMs: 4_000 },
    shows: (probe) => lasts(probe, 'running'),
  },
  {
    id: 'jobs-take-half-a-minute',
    open,
    description: 'a job takes 30 seconds',
    options: { pendingMs: HALF_A_MINUTE / 3, runningMs: (HALF_A_MINUTE * 2) / 3 },
    shows: (probe) => lasts(probe, 'pending'),
  },
  {
    id: 'retention-from-submit',
    open,
    description: 'the retention counts from the submit',
    options: { retentionFrom: 'submit' },
    shows: async (probe) => (await statusesAt(probe, ['18s', '86381s', '1s'])) === '200 200 410',
  },
  {
    id: 'sweeps-2s',
    open,
    description: 'expired jobs are swept every 2 seconds',
    options: { sweepMs: 2_000 },
    shows: async (probe) =>
      (await statusesAt(probe, ['18s', '86400s', '1s'], '2026-06-22T12:00:01Z')) === '200 200 410',
  },
  {
    id: 'sweeps-5s',
    open,
    description: 'expired jobs are swept every 5 seconds',
    options: { sweepMs: 5_000 },
    shows: async (probe) =>
      (await statusesAt(probe, ['18s', '86401s', '1s'], '2026-06-22T12:00:00Z')) === '200 200 410',
  },
  skewed('clock-ahead', 'its clock is 90 seconds ahead', 90_000),
  skewed('clock-behind', 'its clock is 90 seconds behind', -90_000),
  {
    id: 'retry-after-on-polls',
    open,
    description: 'an unfinished job is polled with `Retry-After`',
    build: () => ({
      layer: onAnswer((answer, call) =>
        isPoll(call) && /"status":\s*"(pending|running)"/.test(String(answer.body))
          ? withHeaders(answer, { 'retry-after': '1' })
          : answer,
      ),
    }),
    shows: async (probe) => {
      await probe.world()
      const { poll_url: path } = (await probe.submit({}, 'generate', 'ann')).body
      return (await probe.poll(path, 'ann')).headers['retry-after'] === '1'
    },
  },
]
