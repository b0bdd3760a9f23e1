import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { alternating, digits, median, medianRatio } from './measure.ts'
import { MOCKOON, OURS, PRISM, serve } from './peers.ts'
import { Child, HERE, PROJECT, probe } from './processes.ts'
import { takeProfile } from './profile.ts'
import type { Section } from './report.ts'

const NONE = { submit: '', poll: '' }
const VITEST = join(PROJECT, 'node_modules/vitest/vitest.mjs')

/** What probes/fixture-import.ts writes, in ms. */
interface Imports {
  msw: number
  phota: number
}

/** What probes/fresh-world.ts prints, in ms. */
interface FreshWorlds {
  first: number
  mean: number
}

/** From nothing to a first answer, and what a test file pays before its first test. */
export const start: Section = {
  name: 'start',
  title: 'Start',
  async run(bench) {
    const servers = [OURS, PRISM, MOCKOON]
    const readyMs = new Map<string, number[]>(servers.map(({ name }) => [name, []]))
    const imports: Imports[] = []
    const worlds: FreshWorlds[] = []
    for (let round = 0; round < bench.rounds; round++) {
      bench.progress(`round ${round + 1} of ${bench.rounds}`)
      for (const kind of alternating(servers, round)) {
        const startMs = performance.now()
        const { child } = await serve(kind, NONE)
        readyMs.get(kind.name)?.push(performance.now() - startMs)
        await child.stop()
      }
      imports.push(await importFixture())
      worlds.push(await probe('fresh-world.ts'))
    }
    const of = (name: string) => readyMs.get(name) as number[]
    const toPrism = medianRatio(of(OURS.name), of(PRISM.name))
    return {
      notes: [
        'A server’s start is from the start of its process to its first 200, asked for every 4 ms. An import is ' +
          'timed in a vitest of its own, from the build and untransformed, after vitest and in this order: `msw` ' +
          'and `msw/node`, then `phota-mock/vitest`, so that the second is only what ours adds. A fresh World ' +
          'is a `new Phota()` and its `close()`, the mean of the first hundred of a process, the first of all ' +
          'included.',
      ],
      tables: [
        {
          head: ['start', 'ms', 'ours ÷ it'],
          rows: servers.map(({ name }) => [
            name,
            digits(median(of(name))),
            digits(medianRatio(of(OURS.name), of(name))),
          ]),
        },
        {
          head: ['in a test process', 'ms'],
          rows: [
            ['import of msw and msw/node', digits(median(imports.map(({ msw }) => msw)))],
            ['what phota-mock/vitest adds', digits(median(imports.map(({ phota }) => phota)))],
            ['the first World', digits(median(worlds.map(({ first }) => first)))],
            ['a fresh World, mean of the first hundred', digits(median(worlds.map(({ mean }) => mean)))],
          ],
        },
      ],
      rows: [
        {
          name: 'serve: ready',
          goal: { atMost: 0.35 },
          measured: toPrism,
          unit: '×',
          peer: 'Prism',
          subject: {
            title: 'a start of `serve`',
            take: () =>
              takeProfile('cpu', async (nodeOptions) => (await serve(OURS, NONE, [], nodeOptions)).child.stop()),
          },
        },
        {
          name: 'serve: ready',
          goal: null,
          measured: medianRatio(of(OURS.name), of(MOCKOON.name)),
          unit: '×',
          peer: 'Mockoon CLI',
        },
        {
          name: 'phota-mock/vitest: added import',
          goal: { atMost: 60 },
          measured: median(imports.map(({ phota }) => phota)),
          unit: 'ms',
          peer: `msw itself: ${digits(median(imports.map(({ msw }) => msw)))} ms`,
          subject: {
            title: 'an import of `phota-mock`, without vitest',
            take: () => takeProfile('cpu', (nodeOptions) => probe('import-only.ts', [], nodeOptions)),
          },
        },
        {
          name: 'a fresh World',
          goal: { atMost: 0.3 },
          measured: median(worlds.map(({ mean }) => mean)),
          unit: 'ms',
          peer: '',
          subject: {
            title: 'many fresh Worlds',
            take: () => takeProfile('cpu', (nodeOptions) => probe('fresh-world.ts', [5000], nodeOptions)),
          },
        },
      ],
    }
  },
}

/** In a vitest of its own, since the fixture can only be imported by one. */
async function importFixture(): Promise<Imports> {
  const folder = await mkdtemp(join(tmpdir(), 'phota-mock-import-'))
  const file = join(folder, 'imports.json')
  try {
    const args = [VITEST, 'run', '--config', `${HERE}probes/vitest.config.ts`, '--root', `${HERE}probes`]
    await new Child({ args, env: { BENCH_RESULT: file } }).output()
    return JSON.parse(await readFile(file, 'utf8')) as Imports
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}
