import { availableParallelism } from 'node:os'
import { type Asked, type Measured, type Part, shoot, submitTo } from './load.ts'
import { alternating, digits, median, medianRatio } from './measure.ts'
import { control, serveOurs } from './operations.ts'
import type { Served } from './peers.ts'
import { takeProfile } from './profile.ts'
import type { Findings, Section } from './report.ts'

const WORLDS = 16
const WORKERS = 2

interface Variant {
  readonly servers: number
  readonly extra: readonly string[]
  readonly isMixed: boolean
}

const ONE: Variant = { servers: 1, extra: [], isMixed: false }
const SEPARATE: Variant = { ...ONE, servers: WORKERS }
const SORTED: Variant = { ...ONE, extra: ['--workers', String(WORKERS)] }
const MIXED: Variant = { ...SORTED, isMixed: true }
const VARIANTS: readonly [string, Variant][] = [
  ['serve', ONE],
  [`${WORKERS} separate serve`, SEPARATE],
  [`serve --workers ${WORKERS}, each connection for one World`, SORTED],
  [`serve --workers ${WORKERS}, each request for another World`, MIXED],
]

/** What `serve --workers 2` gains over `serve`, with requests to many Worlds. */
export const workers: Section = {
  name: 'workers',
  title: 'Workers',
  async run(bench): Promise<Findings> {
    const runs = new Map<Variant, Measured[]>(VARIANTS.map(([, variant]) => [variant, []]))
    for (let round = 0; round < bench.rounds; round++) {
      bench.progress(`round ${round + 1} of ${bench.rounds}`)
      for (const [, variant] of alternating(VARIANTS, round))
        runs.get(variant)?.push(await once(variant, bench.quick ? 1 : 2))
    }
    const of = (variant: Variant, figure: keyof Measured) =>
      (runs.get(variant) as Measured[]).map((measured) => measured[figure])
    const throughput = (variant: Variant, than: Variant) => medianRatio(of(variant, 'perSecond'), of(than, 'perSecond'))
    const name = `serve --workers ${WORKERS}: throughput`
    const subject = {
      title: `a worker of \`serve --workers ${WORKERS}\` under load`,
      take: () => takeProfile('cpu', (nodeOptions) => once(SORTED, 2, nodeOptions)),
    }
    const separate = `${WORKERS} separate servers`
    return {
      notes: [
        `Submits to ${WORLDS} Worlds, each known by its key. A client of one World, such as a test's, has its connection given to the World's own worker; requests for many Worlds over one connection, such as a proxy's, are handed on one by one. The load generator has a core's worth of work itself, so that one server and the generator keep two cores busy: on a machine of ${availableParallelism()} cores, see whether workers reach what as many servers reach that share nothing.`,
      ],
      tables: [
        {
          head: ['', 'requests/s', 'CPU µs/request, all processes', 'of the busiest process'],
          rows: VARIANTS.map(([title, variant]) => [
            title,
            ...(['perSecond', 'cpuUs', 'busiestCpuUs'] as const).map((figure) => digits(median(of(variant, figure)))),
          ]),
        },
      ],
      rows: [
        {
          name,
          goal: { atLeast: 0.9 * WORKERS },
          measured: throughput(SORTED, ONE),
          unit: '×',
          peer: 'serve',
          subject,
        },
        { name, goal: { atLeast: 0.9 }, measured: throughput(SORTED, SEPARATE), unit: '×', peer: separate, subject },
        {
          name: `${name}, each request for another World`,
          goal: null,
          measured: throughput(MIXED, SEPARATE),
          unit: '×',
          peer: separate,
        },
      ],
    }
  },
}

async function once(
  { servers, extra, isMixed }: Variant,
  durationS: number,
  nodeOptions: readonly string[] = [],
): Promise<Measured> {
  const all = await Promise.all(Array.from({ length: servers }, () => serveOurs(extra, nodeOptions)))
  const requests: Asked[] = []
  for (let i = 0; i < WORLDS; i++) {
    const served = all[i % servers] as Served
    const world = await control(served, '/worlds', { accounts: [{ id: 'alice', deposit: '1000000000.00' }] })
    const asked = submitTo(served)
    const key = `${(JSON.parse(world) as { id: string }).id}.alice`
    requests.push({ ...asked, headers: { ...asked.headers, 'X-API-Key': key } })
  }
  const [first, ...others] = all as [Served, ...Served[]]
  const asked = submitTo(first)
  const parts: Part[] = isMixed
    ? [{ url: asked.url, requests }]
    : requests.map((request) => ({ url: request.url, requests: [request] }))
  const measured = await shoot(first, { ...asked, parts, warmUpS: 1, durationS }, others)
  await Promise.all(all.map(({ child }) => child.stop()))
  return measured
}
