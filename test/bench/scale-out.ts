import { availableParallelism } from 'node:os'
import { type Asked, type Measured, type Part, shoot, submitTo } from './load.ts'
import { alternating, digits, median, medianRatio } from './measure.ts'
import { control, serveOurs } from './operations.ts'
import { OURS, type Served, serve } from './peers.ts'
import type { Findings, Section } from './report.ts'

const WORLDS = 16
const SERVERS = 2

/** `examples/scale-out/serve.sh`: several of ours behind nginx. */
const SCALED = {
  ...OURS,
  key: 's1-test-key-alice',
  start: (port: number) => ({
    command: 'sh',
    args: ['examples/scale-out/serve.sh', String(SERVERS), '--log-level', 'error'],
    env: { PORT: String(port), PHOTA_MOCK: `${process.execPath} dist/src/cli.js` },
  }),
}

const VARIANTS: Record<string, () => Promise<Served[]>> = {
  serve: async () => [await serveOurs()],
  [`${SERVERS} separate serve`]: () => Promise.all(Array.from({ length: SERVERS }, () => serveOurs())),
  [`${SERVERS} serve behind nginx`]: async () => [await serve(SCALED, { submit: '', poll: '' })],
}
const [ONE, SEPARATE, BEHIND] = Object.keys(VARIANTS) as [string, string, string]

/** What several servers behind a stock proxy gain over one, with requests to many Worlds. */
export const scaleOut: Section = {
  name: 'scale-out',
  title: 'Several servers behind nginx',
  async run(bench): Promise<Findings> {
    const runs = new Map<string, Measured[]>(Object.keys(VARIANTS).map((title) => [title, []]))
    for (let round = 0; round < bench.rounds; round++) {
      bench.progress(`round ${round + 1} of ${bench.rounds}`)
      for (const [title, start] of alternating(Object.entries(VARIANTS), round))
        runs.get(title)?.push(await once(await start(), bench.quick ? 1 : 2))
    }
    const of = (title: string, figure: keyof Measured) =>
      (runs.get(title) as Measured[]).map((measured) => measured[figure])
    const name = `${SERVERS} servers behind nginx: throughput`
    const measured = (than: string) => medianRatio(of(BEHIND, 'perSecond'), of(than, 'perSecond'))
    return {
      notes: [
        `Submits to ${WORLDS} Worlds, each known by its key. The load generator and nginx have work of their own: ` +
          `on this machine of ${availableParallelism()} cores they share them with the servers.`,
      ],
      tables: [
        {
          head: ['', 'requests/s', 'CPU µs/request, all processes', 'of the busiest process'],
          rows: Object.keys(VARIANTS).map((title) => [
            title,
            ...(['perSecond', 'cpuUs', 'busiestCpuUs'] as const).map((figure) => digits(median(of(title, figure)))),
          ]),
        },
      ],
      rows: [
        { name, goal: null, measured: measured(ONE), unit: '×', peer: 'serve' },
        { name, goal: null, measured: measured(SEPARATE), unit: '×', peer: `${SERVERS} separate servers` },
      ],
    }
  },
}

async function once(all: readonly Served[], durationS: number): Promise<Measured> {
  const requests: Asked[] = []
  for (let i = 0; i < WORLDS; i++) {
    const served = all[i % all.length] as Served
    const world = await control(served, '/worlds', { accounts: [{ id: 'alice', deposit: '999999999.00' }] })
    const asked = submitTo(served)
    const key = `${(JSON.parse(world) as { id: string }).id}.alice`
    requests.push({ ...asked, headers: { ...asked.headers, 'X-API-Key': key } })
  }
  const [first, ...others] = all as [Served, ...Served[]]
  const parts: Part[] = requests.map((request) => ({ url: request.url, requests: [request] }))
  const measured = await shoot(first, { ...submitTo(first), parts, warmUpS: 1, durationS }, others)
  await Promise.all(all.map(({ child }) => child.stop()))
  return measured
}
