import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Measured, shoot } from './load.ts'
import { alternating, digits, median, medianRatio } from './measure.ts'
import { type Operation, prepare, serveOurs, TITLES } from './operations.ts'
import { OURS, serve } from './peers.ts'
import { probe } from './processes.ts'
import { takeProfile } from './profile.ts'
import type { Bench, Findings, Section } from './report.ts'

const NONE = { submit: '', poll: '' }
const OPERATIONS: readonly Operation[] = ['submit', 'poll', 'poll-succeeded']

/** What keeping Worlds in a folder costs, and how long a start with it takes. */
export const data: Section = {
  name: 'data',
  title: 'What is kept',
  async run(bench) {
    const root = await mkdtemp(join(tmpdir(), 'phota-mock-bench-'))
    try {
      const parts = [await costs(bench, root), await starts(bench, root)]
      return {
        notes: parts.flatMap(({ notes }) => notes),
        tables: parts.flatMap(({ tables }) => tables),
        rows: parts.flatMap(({ rows }) => rows),
      }
    } finally {
      await rm(root, { recursive: true, force: true })
    }
  },
}

async function costs(bench: Bench, root: string): Promise<Findings> {
  const ways = ['without', 'with'] as const
  const measured = new Map<string, Measured[]>()
  let folders = 0
  for (const operation of OPERATIONS) {
    for (let round = 0; round < bench.rounds; round++) {
      bench.progress(`${TITLES[operation]}: round ${round + 1} of ${bench.rounds}`)
      for (const way of alternating(ways, round)) {
        const extra = way === 'with' ? ['--data', join(root, `load-${++folders}`)] : []
        const served = await serveOurs(extra)
        const [warmUpS, durationS] = bench.quick ? [0.5, 1] : [4, 2]
        const result = await shoot(served, { ...(await prepare(served, operation, NONE)), warmUpS, durationS })
        await served.child.stop()
        const key = `${operation} ${way}`
        measured.set(key, [...(measured.get(key) ?? []), result])
      }
    }
  }
  const of = (operation: Operation, way: (typeof ways)[number], figure: keyof Measured): number[] =>
    (measured.get(`${operation} ${way}`) ?? []).map((each) => each[figure])
  const share = (operation: Operation): number =>
    medianRatio(of(operation, 'with', 'perSecond'), of(operation, 'without', 'perSecond'))
  return {
    notes: [
      'The same server with `--data` and without, side by side, under autocannon with 32 keep-alive connections; a ' +
        'folder on the disk of the machine, new for each round. A submit that is kept is written before it is ' +
        'answered, those of a turn of the event loop at once.',
    ],
    tables: [
      {
        head: ['with --data', 'requests/s', 'without', 'ratio', 'CPU µs/request', 'without'],
        rows: OPERATIONS.map((operation) => [
          TITLES[operation],
          digits(median(of(operation, 'with', 'perSecond'))),
          digits(median(of(operation, 'without', 'perSecond'))),
          digits(share(operation)),
          digits(median(of(operation, 'with', 'cpuUs'))),
          digits(median(of(operation, 'without', 'cpuUs'))),
        ]),
      },
    ],
    rows: OPERATIONS.map((operation) => ({
      name: `${TITLES[operation]}: throughput with --data`,
      goal: { atLeast: 0.6 },
      measured: share(operation),
      unit: '×',
      peer: 'without',
      subject: {
        title: `\`serve --data\` under load, ${TITLES[operation]}`,
        take: () =>
          takeProfile('cpu', async (nodeOptions) => {
            const folder = await mkdtemp(join(tmpdir(), 'phota-mock-bench-'))
            const served = await serveOurs(['--data', folder], nodeOptions)
            await shoot(served, { ...(await prepare(served, operation, NONE)), warmUpS: 0.5, durationS: 3 })
            await served.child.stop()
            await rm(folder, { recursive: true, force: true })
          }),
      },
    })),
  }
}

async function starts(bench: Bench, root: string): Promise<Findings> {
  const sizes = bench.quick ? [1000] : [1000, 100_000, 1_000_000]
  const most = sizes.at(-1) as number
  const folderOf = (size: number): string => join(root, `start-${size}`)
  const readyMs = new Map<number, number[]>()
  const bytes = new Map<number, number>()
  for (const size of sizes) {
    bench.progress(`start: ${size} jobs are written`)
    bytes.set(size, (await probe<number>('fill-data.ts', [folderOf(size), size])) / size)
  }
  for (let round = 0; round < bench.rounds; round++) {
    bench.progress(`start: round ${round + 1} of ${bench.rounds}`)
    for (const size of sizes) {
      const startMs = performance.now()
      const { child } = await serve(OURS, NONE, ['--data', folderOf(size)])
      readyMs.set(size, [...(readyMs.get(size) ?? []), performance.now() - startMs])
      // It has nothing to write, and what it would write takes part in the next round.
      await child.stop('SIGKILL')
    }
  }
  const of = (size: number): number => median(readyMs.get(size) ?? [])
  return {
    notes: [
      'A start is from the start of the process to its first 200, with a folder that holds so many jobs that have ' +
        'ended, each with an idempotency key, a reservation and a settlement.',
    ],
    tables: [
      {
        head: ['jobs in the folder', 'start, ms', 'bytes a job'],
        rows: sizes.map((size) => [String(size), digits(of(size)), digits(bytes.get(size) ?? 0)]),
      },
    ],
    rows: [
      {
        name: `start with ${most} jobs in the folder`,
        goal: { atMost: 10 },
        measured: of(most) / 1000,
        unit: 's',
        peer: '',
        subject: {
          title: `a start with ${most} jobs in the folder`,
          take: () =>
            takeProfile('cpu', async (nodeOptions) => {
              const folder = await mkdtemp(join(tmpdir(), 'phota-mock-bench-'))
              await probe('fill-data.ts', [folder, most])
              await (await serve(OURS, NONE, ['--data', folder], nodeOptions)).child.stop()
              await rm(folder, { recursive: true, force: true })
            }),
        },
      },
      {
        name: 'a job in the folder',
        goal: null,
        measured: bytes.get(most) ?? 0,
        unit: 'bytes',
        peer: '',
      },
    ],
  }
}
