import { digits } from './measure.ts'
import { probe } from './processes.ts'
import { takeProfile } from './profile.ts'
import type { Section } from './report.ts'

/** What a long run leaves behind. */
export interface Soaked {
  /** Memory above that of an empty World. */
  points: { jobs: number; bytes: number }[]
  seconds: number
  /** How many of what are still there. */
  left: Record<string, number>
}

const HEAP = ['--expose-gc', '--max-old-space-size=8192']
const BYTES_PER_EXPIRED = 100

/** Millions of jobs through one World: only the expired ones may stay. */
export const soak: Section = {
  name: 'soak',
  title: 'Soak',
  async run(bench) {
    const total = bench.quick ? 50_000 : 5_000_000
    bench.progress(`${total} jobs through one World`)
    const { points, seconds, left } = await probe<Soaked>('soak.ts', [total, total / 5], HEAP)
    const last = points.at(-1) as Soaked['points'][number]
    const unexpected = Object.entries(left).filter(([name, count]) => name !== 'expired jobs' && count > 0)
    const rest = Object.entries(left).map(([name, count]) => `${count} ${name}`)
    return {
      notes: [
        `Batches of 10,000 jobs, each taken past its expiry before the next: ${total} in ${digits(seconds)} s. ` +
          `What is left at the end: ${rest.join(', ')}. ` +
          'A hash table doubles at powers of two, so that the bytes for each job rise and fall.',
      ],
      tables: [
        {
          head: ['jobs', 'MB', 'bytes an expired job'],
          rows: points.map(({ jobs, bytes }) => [String(jobs), digits(bytes / 1e6), digits(bytes / jobs)]),
        },
      ],
      rows: [
        {
          name: `soak of ${total} jobs: growth for each`,
          goal: { atMost: BYTES_PER_EXPIRED },
          measured: last.bytes / last.jobs,
          unit: 'bytes',
          peer: 'an empty World',
          subject: {
            title: 'memory after a soak, by where it was allocated',
            take: () =>
              takeProfile('heap', (nodeOptions) => probe('soak.ts', [total / 5, total / 5], [...HEAP, ...nodeOptions])),
          },
        },
        {
          name: 'soak: anything left but expired jobs',
          goal: { atMost: 0 },
          measured: unexpected.reduce((sum, [, count]) => sum + count, 0),
          unit: 'things',
          peer: '',
        },
      ],
    }
  },
}
