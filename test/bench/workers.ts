import { type Measured, shoot, submitTo } from './load.ts'
import { alternating, digits, median, medianRatio } from './measure.ts'
import { control, serveOurs } from './operations.ts'
import { Child } from './processes.ts'
import { takeProfile } from './profile.ts'
import type { Findings, Section } from './report.ts'

const WORLDS = 16
const WORKERS = 2
const VARIANTS = { serve: [], [`serve --workers ${WORKERS}`]: ['--workers', String(WORKERS)] }

/** What `serve --workers 2` gains over `serve`, with requests to many Worlds. */
export const workers: Section = {
  name: 'workers',
  title: 'Workers',
  async run(bench): Promise<Findings> {
    if (!(await knowsWorkers())) {
      return { notes: ['Skipped: this build’s `serve` knows no `--workers`.'], tables: [], rows: [] }
    }
    const runs = new Map<string, Measured[]>(Object.keys(VARIANTS).map((name) => [name, []]))
    for (let round = 0; round < bench.rounds; round++) {
      bench.progress(`round ${round + 1} of ${bench.rounds}`)
      for (const [name, extra] of alternating(Object.entries(VARIANTS), round))
        runs.get(name)?.push(await once(extra, bench.quick ? 1 : 2))
    }
    const [one, many] = [...runs.values()] as [Measured[], Measured[]]
    const of = (its: Measured[], figure: keyof Measured) => its.map((measured) => measured[figure])
    const capacity = medianRatio(of(one, 'busiestCpuUs'), of(many, 'busiestCpuUs'))
    const throughput = medianRatio(of(many, 'perSecond'), of(one, 'perSecond'))
    return {
      notes: [
        `Submits to ${WORLDS} Worlds in turn, each known by its key. The load generator has a core's worth of work itself, so on a machine of two cores throughput cannot double; what workers can do with cores of their own is bounded by the busiest process, so the target is held to its CPU time for each request.`,
      ],
      tables: [
        {
          head: ['', 'requests/s', 'CPU µs/request, all processes', 'of the busiest process'],
          rows: [...runs].map(([name, its]) => [
            name,
            ...(['perSecond', 'cpuUs', 'busiestCpuUs'] as const).map((figure) => digits(median(of(its, figure)))),
          ]),
        },
      ],
      rows: [
        { name: `serve --workers ${WORKERS}: throughput`, goal: null, measured: throughput, unit: '×', peer: 'serve' },
        {
          name: `serve --workers ${WORKERS}: requests for each CPU second of the busiest process`,
          goal: { atLeast: 1.8 },
          measured: capacity,
          unit: '×',
          peer: 'serve',
          subject: {
            title: `a worker of \`serve --workers ${WORKERS}\` under load`,
            take: () => takeProfile('cpu', (nodeOptions) => once(['--workers', String(WORKERS)], 2, nodeOptions)),
          },
        },
      ],
    }
  },
}

async function knowsWorkers(): Promise<boolean> {
  return (await new Child({ args: ['dist/src/cli.js', 'serve', '--help'] }).output()).includes('--workers')
}

async function once(
  extra: readonly string[],
  durationS: number,
  nodeOptions: readonly string[] = [],
): Promise<Measured> {
  const served = await serveOurs(extra, nodeOptions)
  const keys: string[] = []
  for (let i = 0; i < WORLDS; i++) {
    const world = await control(served, '/worlds', { accounts: [{ id: 'alice', deposit: '1000000000.00' }] })
    keys.push(`${(JSON.parse(world) as { id: string }).id}.alice`)
  }
  const asked = submitTo(served)
  const requests = keys.map((key) => ({ ...asked, headers: { ...asked.headers, 'X-API-Key': key } }))
  const measured = await shoot(served, { ...asked, requests, warmUpS: 1, durationS })
  await served.child.stop()
  return measured
}
