import { type Measured, shoot, submitTo } from './load.ts'
import { alternating, digits, median, medianRatio } from './measure.ts'
import { control, serveOurs } from './operations.ts'
import { takeProfile } from './profile.ts'
import type { Findings, Section } from './report.ts'

const WORLDS = 16
const WORKERS = 2
const MANY: readonly string[] = ['--workers', String(WORKERS)]
const VARIANTS = {
  serve: { extra: [], isOnePerConnection: true },
  [`serve --workers ${WORKERS}, each connection for one World`]: { extra: MANY, isOnePerConnection: true },
  [`serve --workers ${WORKERS}, each request for another World`]: { extra: MANY, isOnePerConnection: false },
}

interface Variant {
  readonly extra: readonly string[]
  readonly isOnePerConnection: boolean
}

/** What `serve --workers 2` gains over `serve`, with requests to many Worlds. */
export const workers: Section = {
  name: 'workers',
  title: 'Workers',
  async run(bench): Promise<Findings> {
    const runs = new Map<string, Measured[]>(Object.keys(VARIANTS).map((name) => [name, []]))
    for (let round = 0; round < bench.rounds; round++) {
      bench.progress(`round ${round + 1} of ${bench.rounds}`)
      for (const [name, variant] of alternating(Object.entries(VARIANTS), round))
        runs.get(name)?.push(await once(variant, bench.quick ? 1 : 2))
    }
    const [one, sorted, mixed] = [...runs.values()] as [Measured[], Measured[], Measured[]]
    const of = (its: Measured[], figure: keyof Measured) => its.map((measured) => measured[figure])
    const capacity = (its: Measured[]) => medianRatio(of(one, 'busiestCpuUs'), of(its, 'busiestCpuUs'))
    const name = `serve --workers ${WORKERS}: requests for each CPU second of the busiest process`
    return {
      notes: [
        `Submits to ${WORLDS} Worlds, each known by its key. A client of one World, such as a test's, has its connection given to the World's own worker; requests for many Worlds over one connection, such as a proxy's, are handed on one by one. The load generator has a core's worth of work itself, so on a machine of two cores throughput cannot double; what workers can do with cores of their own is bounded by the busiest process, so the target is held to its CPU time for each request.`,
      ],
      tables: [
        {
          head: ['', 'requests/s', 'CPU µs/request, all processes', 'of the busiest process'],
          rows: [...runs].map(([variant, its]) => [
            variant,
            ...(['perSecond', 'cpuUs', 'busiestCpuUs'] as const).map((figure) => digits(median(of(its, figure)))),
          ]),
        },
      ],
      rows: [
        {
          name: `serve --workers ${WORKERS}: throughput`,
          goal: null,
          measured: medianRatio(of(sorted, 'perSecond'), of(one, 'perSecond')),
          unit: '×',
          peer: 'serve',
        },
        {
          name,
          goal: { atLeast: 1.8 },
          measured: capacity(sorted),
          unit: '×',
          peer: 'serve',
          subject: {
            title: `a worker of \`serve --workers ${WORKERS}\` under load`,
            take: () =>
              takeProfile('cpu', (nodeOptions) => once({ extra: MANY, isOnePerConnection: true }, 2, nodeOptions)),
          },
        },
        {
          name: `${name}, if each request is for another World`,
          goal: null,
          measured: capacity(mixed),
          unit: '×',
          peer: 'serve',
        },
      ],
    }
  },
}

async function once(
  { extra, isOnePerConnection }: Variant,
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
  const measured = await shoot(served, { ...asked, requests, isOnePerConnection, warmUpS: 1, durationS })
  await served.child.stop()
  return measured
}
