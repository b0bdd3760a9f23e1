import { digits, median } from './measure.ts'
import { probe } from './processes.ts'
import { takeProfile } from './profile.ts'
import type { Bench, Findings, Row, Section, Table } from './report.ts'

/** µs for one operation: as a request that is judged and answered, without a socket; and the engine's part alone. */
export interface Costs {
  submit: number
  poll: number
  replay: number
  engineSubmit: number
  enginePoll: number
  engineReplay: number
}

/** ms for the 24 hours in which all jobs run and end, and for the minute thereafter in which all expire. */
export interface Advanced {
  dayMs: number
  expiryMs: number
}

/** Bytes a job, by how far it is. */
export interface Memory {
  pending: number
  succeeded: number
  expired: number
}

const HEAP = ['--expose-gc', '--max-old-space-size=8192']
const OPERATIONS = ['submit', 'poll', 'replay'] as const
const PARTS = { engineSubmit: 'submit', enginePoll: 'poll', engineReplay: 'replay' } as const
const WAYS = ['phota', 'engine'] as const
const EVENTS_PER_JOB = 3

/** What more jobs in a World do to time and memory. */
export const growth: Section = {
  name: 'growth',
  title: 'Growth',
  async run(bench) {
    const sizes = bench.quick ? [1000, 10_000] : [1000, 10_000, 100_000, 1_000_000]
    const parts = [await operations(bench, sizes), await advances(bench, sizes), await memory(bench, sizes)]
    return {
      notes: parts.flatMap(({ notes }) => notes),
      tables: parts.flatMap(({ tables }) => tables),
      rows: parts.flatMap(({ rows }) => rows),
    }
  },
}

async function operations(bench: Bench, sizes: readonly number[]): Promise<Findings> {
  const costs = new Map<number, Costs[]>(sizes.map((size) => [size, []]))
  for (let round = 0; round < bench.rounds; round++) {
    bench.progress(`operations: round ${round + 1} of ${bench.rounds}`)
    for (const size of sizes) costs.get(size)?.push(await probe('operations.ts', [size], HEAP))
  }
  const least = sizes[0] as number
  const most = sizes.at(-1) as number
  const of = (size: number, operation: keyof Costs) => (costs.get(size) as Costs[]).map((cost) => cost[operation])
  const grown = (operation: keyof Costs) =>
    median(of(most, operation).map((us, round) => us / (of(least, operation)[round] as number)))
  const cells = (operation: keyof Costs) => sizes.map((size) => digits(median(of(size, operation))))
  return {
    notes: [
      'Requests without a socket, default options, each size in a process of its own. A submit is one of those ' +
        'that fill the second half of a World of that size; then come 40,000 polls and as many replays, of ids ' +
        'and idempotency keys drawn at random. Means, garbage collection included; median of the rounds. Below, ' +
        'the engine alone: its part grows by the misses of the processor’s caches, since a small World fits ' +
        'into them; how many steps it takes stays the same.',
    ],
    tables: [
      {
        head: ['µs an operation', ...sizes.map(String)],
        rows: [
          ...OPERATIONS.map((operation) => [operation, ...cells(operation)]),
          ...Object.entries(PARTS).map(([part, operation]) => [
            `${operation}, engine alone`,
            ...cells(part as keyof typeof PARTS),
          ]),
        ],
      },
    ],
    rows: OPERATIONS.map((operation) => ({
      name: `${operation} at ${most} jobs`,
      goal: { atMost: 1.5 },
      measured: grown(operation),
      unit: '×',
      peer: `at ${least} jobs`,
      subject: {
        title: `operations in a World of ${most} jobs, its filling included`,
        take: () => takeProfile('cpu', (nodeOptions) => probe('operations.ts', [most], [...HEAP, ...nodeOptions])),
      },
    })),
  }
}

async function advances(bench: Bench, sizes: readonly number[]): Promise<Findings> {
  const most = sizes.at(-1) as number
  const took = new Map<string, Advanced[]>()
  for (let round = 0; round < bench.rounds; round++) {
    bench.progress(`advance: round ${round + 1} of ${bench.rounds}`)
    for (const size of sizes) {
      for (const way of WAYS) {
        const key = `${way} ${size}`
        took.set(key, [...(took.get(key) ?? []), await probe<Advanced>('advance.ts', [size, way], HEAP)])
      }
    }
  }
  const of = (way: string, size: number, figure: (advanced: Advanced) => number) =>
    median((took.get(`${way} ${size}`) as Advanced[]).map(figure))
  const all = ({ dayMs, expiryMs }: Advanced) => dayMs + expiryMs
  const table: Table = {
    head: ['advance', 'jobs', 'all start and end, ms', 'all expire, ms', 'µs an event'],
    rows: WAYS.flatMap((way) =>
      sizes.map((size) => [
        way === 'phota' ? "phota.clock.advance('24h')" : 'world.runUntil alone',
        String(size),
        digits(of(way, size, ({ dayMs }) => dayMs)),
        digits(of(way, size, ({ expiryMs }) => expiryMs)),
        digits((of(way, size, all) * 1000) / size / EVENTS_PER_JOB),
      ]),
    ),
  }
  return {
    notes: [
      'Three events a job: it starts and ends in the first 24 h, and expires in the minute thereafter; the target ' +
        'is held to the sum. `phota` keeps everything, as it does by default; the engine alone has its own defaults.',
    ],
    tables: [table],
    rows: WAYS.map(
      (way): Row => ({
        name: `24 h over ${most} jobs, ${way === 'phota' ? 'by phota.clock' : 'the engine alone'}`,
        goal: { atMost: 3 },
        measured: of(way, most, all) / 1000,
        unit: 's',
        peer: '',
        subject: {
          title: `submits and \`advance\` of ${most} jobs (${way})`,
          take: () => takeProfile('cpu', (nodeOptions) => probe('advance.ts', [most, way], [...HEAP, ...nodeOptions])),
        },
      }),
    ),
  }
}

async function memory(bench: Bench, sizes: readonly number[]): Promise<Findings> {
  bench.progress('memory')
  const most = sizes.at(-1) as number
  const taken: { size: number; keys: string; bytes: Memory }[] = []
  for (const size of sizes.slice(-2)) {
    for (const keys of ['keys', 'none']) taken.push({ size, keys, bytes: await probe('memory.ts', [size, keys], HEAP) })
  }
  const { bytes } = taken.find(({ size, keys }) => size === most && keys === 'none') as (typeof taken)[number]
  const row = (name: string, limit: number, measured: number, until: string[]): Row => ({
    name,
    goal: { atMost: limit },
    measured,
    unit: 'bytes',
    peer: '',
    subject: {
      title: `memory of ${most} jobs, by where it was allocated`,
      take: () =>
        takeProfile('heap', (nodeOptions) => probe('memory.ts', [most, 'none', ...until], [...HEAP, ...nodeOptions])),
    },
  })
  return {
    notes: [
      'Memory is the difference of `heapUsed` and `external` (which holds the array buffers) after garbage ' +
        'collection, in a fresh process, divided by the jobs.',
    ],
    tables: [
      {
        head: ['bytes a job', 'idempotency keys', 'pending', 'succeeded', 'expired'],
        rows: taken.map(({ size, keys, bytes: { pending, succeeded, expired } }) => [
          `${size} jobs`,
          keys === 'keys' ? 'yes' : 'no',
          ...[pending, succeeded, expired].map(digits),
        ]),
      },
    ],
    rows: [
      row('a pending job', 1500, bytes.pending, ['pending']),
      row('a succeeded job', 1500, bytes.succeeded, ['succeeded']),
      row('an expired job', 100, bytes.expired, []),
    ],
  }
}
