import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { expect, onTestFinished, test } from 'vitest'
import { alternating, digits, median, medianRatio } from './measure.ts'
import { cpuShares, groupOf, heapShares, remedy } from './profile.ts'
import { closingTable, isMet, markdown, merged, type Part, type Row, shortfall } from './report.ts'

test('the median is the value in the middle, or the mean of two', () => {
  expect([median([3, 1, 2]), median([4, 1, 3, 2]), median([7])]).toEqual([2, 2.5, 7])
  expect(() => median([])).toThrow('expects at least one value')
})

test('a ratio is taken in each round, before the median', () => {
  // The medians alone, 10 and 10, would say 1.
  expect(medianRatio([10, 2, 30], [5, 10, 12])).toBe(2)
  expect(() => medianRatio([1], [1, 2])).toThrow('1 rounds against 2')
})

test('every other round goes backwards', () => {
  expect([0, 1, 2].map((round) => alternating(['a', 'b'], round).join(''))).toEqual(['ab', 'ba', 'ab'])
})

test('figures have three digits, and no exponent', () => {
  expect([0.012345, 1.2345, 123.45, 12_345.6, 0].map(digits)).toEqual(['0.0123', '1.23', '123', '12346', '0'])
})

const row: Row = { name: 'poll', goal: { atLeast: 0.85 }, measured: 0.68, unit: '×', peer: 'node:http' }

test('a goal is met at its limit, missed beyond it, and absent without one', () => {
  expect(isMet(row)).toBe(false)
  expect(isMet({ ...row, measured: 0.85 })).toBe(true)
  expect(isMet({ goal: { atMost: 60 }, measured: 60 })).toBe(true)
  expect(isMet({ goal: { atMost: 60 }, measured: 61 })).toBe(false)
  expect(isMet({ goal: null, measured: 61 })).toBeNull()
})

test('what is short of a goal is told as a part of our own cost', () => {
  expect(shortfall(row)).toBeCloseTo(0.2)
  expect(shortfall({ goal: { atMost: 60 }, measured: 120 })).toBe(0.5)
  expect(shortfall({ ...row, measured: 1 })).toBe(0)
})

test('the closing table says target, measured, peer, and whether it is met', () => {
  const rows: Row[] = [row, { name: 'import', goal: { atMost: 60 }, measured: 54.21, unit: 'ms', peer: '' }]
  expect(markdown(closingTable(rows, 'Load'))).toBe(
    [
      '| section | what | target | measured | peer | met |',
      '| --- | --- | --- | --- | --- | --- |',
      '| Load | poll | ≥ 0.85× | 0.68× | node:http | **no** |',
      '| Load | import | ≤ 60 ms | 54.2 ms |  | yes |',
    ].join('\n'),
  )
})

test('a part of a run replaces its own section and rows, and leaves those of earlier runs', () => {
  const order = ['Load', 'Start', 'Soak']
  const part = (title: string, measured: number): Part => ({
    title,
    text: `## ${title}\n\nmeasured ${measured}\n\n### What misses its target\n\n- it`,
    rows: [{ ...row, measured }],
  })
  const first = merged('# Benchmarks\n\nHow.\n', [part('Soak', 1), part('Load', 2)], order)
  const second = merged(first, [part('Load', 3), part('Start', 4)], order)
  expect(second).toBe(merged('# Benchmarks\n\nHow.\n', [part('Start', 4), part('Soak', 1), part('Load', 3)], order))
  expect(second.match(/^\| \w+ \| poll .*$/gm)).toEqual([
    '| Load | poll | ≥ 0.85× | 3× | node:http | yes |',
    '| Start | poll | ≥ 0.85× | 4× | node:http | yes |',
    '| Soak | poll | ≥ 0.85× | 1× | node:http | yes |',
  ])
  expect(second.match(/^## .*$/gm)).toEqual(['## Targets', '## Load', '## Start', '## Soak'])
})

test('the recorded benchmarks are what a run of nothing would write', async () => {
  const recorded = await readFile('docs/benchmarks.md', 'utf8')
  const titles = [...recorded.matchAll(/^## (.*)$/gm)].map(([, title = '']) => title).slice(1)
  expect(merged(recorded, [], titles)).toBe(recorded)
})

const frame = (functionName: string, url = '') => ({ functionName, url })
const POLL = frame('poll', 'file:///x/dist/src/engine/jobs.js')

test('functions are grouped by room, package and part of Node', () => {
  const groups = [
    POLL,
    frame('run', 'file:///x/dist/src/cli.js'),
    frame('reply', 'file:///x/node_modules/fastify/lib/reply.js'),
    frame('onHead', 'node:_http_server'),
    frame('(garbage collector)'),
    frame('(idle)'),
  ]
  expect(groups.map(({ functionName, url }) => groupOf(functionName, url))).toEqual([
    'src/engine',
    'src/cli',
    'fastify',
    'node http',
    'garbage collection',
    null,
  ])
})

test('functions of a chunk are of the modules that it was made of', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'phota-mock-chunk-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  const file = join(folder, 'dist/chunks/chunk-1.js')
  await mkdir(dirname(file), { recursive: true })
  await writeFile(file, '// src/engine/jobs.ts\nfunction poll() {}\n\n// src/api/body.ts\nfunction parse() {}\n')
  const url = pathToFileURL(file).href
  const node = (id: number, functionName: string, lineNumber: number) => ({
    id,
    callFrame: { functionName, url, lineNumber },
  })
  const { groups, ours } = cpuShares({
    nodes: [node(1, 'poll', 1), node(2, 'parse', 4)],
    samples: [1, 2],
    timeDeltas: [30, 10],
  })
  expect(groups).toEqual([
    { name: 'src/engine', share: 0.75 },
    { name: 'src/api', share: 0.25 },
  ])
  expect(ours.map(({ name }) => name)).toEqual(['poll in src/engine/jobs.ts', 'parse in src/api/body.ts'])
})

test('time is shared out without idle time, and built-in functions to whoever called them', () => {
  const profile = cpuShares({
    nodes: [
      { id: 1, callFrame: frame('(root)'), children: [2, 3, 5] },
      { id: 2, callFrame: frame('(idle)') },
      { id: 3, callFrame: POLL, children: [4] },
      { id: 4, callFrame: frame('stringify') },
      { id: 5, callFrame: frame('onHead', 'node:_http_server'), children: [6] },
      { id: 6, callFrame: frame('(garbage collector)') },
    ],
    samples: [2, 3, 4, 5, 6],
    timeDeltas: [900, 30, 20, 40, 10],
  })
  expect(profile.groups).toEqual([
    { name: 'src/engine', share: 0.5 },
    { name: 'node http', share: 0.4 },
    { name: 'garbage collection', share: 0.1 },
  ])
  expect(profile.ours.map(({ name }) => name)).toEqual([
    'poll in src/engine/jobs.js',
    'stringify, called by poll in src/engine/jobs.js',
  ])
})

test('memory is shared out the same way', () => {
  const leaf = (callFrame: ReturnType<typeof frame>, selfSize: number) => ({ callFrame, selfSize, children: [] })
  const { groups } = heapShares({
    head: {
      callFrame: frame('(root)'),
      selfSize: 0,
      children: [{ ...leaf(POLL, 60), children: [leaf(frame('set'), 20)] }, leaf(frame('f', 'node:fs'), 20)],
    },
  })
  expect(groups).toEqual([
    { name: 'src/engine', share: 0.8 },
    { name: 'node internals', share: 0.2 },
  ])
})

test('what would have to change is ours as long as that is enough', () => {
  const profile = {
    groups: [
      { name: 'node http', share: 0.7 },
      { name: 'src/api', share: 0.3 },
    ],
    ours: [],
  }
  expect(remedy(0.2, profile)).toBe(
    '20 % of its cost would have to go. Our own code is 30 %, so it can come from there: first src/api.',
  )
  expect(remedy(0.4, profile)).toBe(
    '40 % of its cost would have to go. All of our own code is 30 %, so what stands around it must change too.',
  )
})
