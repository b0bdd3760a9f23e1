import { execFileSync, spawnSync } from 'node:child_process'
import { globSync } from 'node:fs'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { build } from 'esbuild'
import { expect, test } from 'vitest'
import { nodeProblem } from '../../src/node/node-version.ts'

test.for([
  ['22.13.0', true],
  ['22.13.1', true],
  ['24.0.0', true],
  ['22.12.9', false],
  ['20.20.2', false],
  ['9.99.0', false],
] as const)('Node %s is new enough: %s', ([version, isNewEnough]) => {
  expect(nodeProblem(version) === null).toBe(isNewEnough)
})

test('The oldest Node that runs is the one that package.json names', async () => {
  const { engines } = JSON.parse(await readFile('package.json', 'utf8')) as { engines: { node: string } }
  const [oldest = ''] = /\d+\.\d+/.exec(engines.node) ?? []
  const [major, minor] = oldest.split('.').map(Number) as [number, number]
  expect(nodeProblem(`${oldest}.0`)).toBeNull()
  expect(nodeProblem(`${major}.${minor - 1}.0`)).toContain(`needs Node ${oldest} or newer`)
})

/** A Node of this machine that is too old. */
const oldNode = spawnSync('which', ['-a', 'node'], { encoding: 'utf8' })
  .stdout.split('\n')
  .filter((path) => path !== '')
  .find(
    (path) => nodeProblem(execFileSync(path, ['-p', 'process.versions.node'], { encoding: 'utf8' }).trim()) !== null,
  )

test.for([['--version'], ['serve'], ['verify', 'http://127.0.0.1:9']])(
  'An older Node says so before anything runs: phota-mock %s',
  async (args, { skip }) => {
    if (oldNode === undefined) skip('this machine has no Node that is too old')
    const folder = await mkdtemp(join(tmpdir(), 'phota-node-'))
    try {
      const entry = join(folder, 'cli.mjs')
      await build({ entryPoints: ['src/cli.ts'], outfile: entry, bundle: true, external: ['*/main.ts'], format: 'esm' })
      const { status, stdout, stderr } = spawnSync(oldNode as string, [entry, ...args], { encoding: 'utf8' })
      expect(stderr).toMatch(/^phota-mock needs Node 22\.13 or newer; this is \d+\.\d+\.\d+\. Install .*\n$/)
      expect([status, stdout]).toEqual([2, ''])
    } finally {
      await rm(folder, { recursive: true })
    }
  },
)

/** The sources of all modules that package.json offers. */
async function offered(): Promise<string[]> {
  const { exports } = JSON.parse(await readFile('package.json', 'utf8')) as { exports: Record<string, unknown> }
  const targets = JSON.stringify(exports).match(/\.\/dist\/(?!cjs\/)[^"]*(?=\.js")/g) ?? []
  // Worlds are put together by collections.ts, which nobody imports by itself.
  return [...new Set(targets)]
    .flatMap((path) => globSync(`${path.replace('./dist/', '')}.ts`))
    .filter((path) => !path.endsWith('collections.ts'))
}

test('Every export asks for the version before it imports anything else', async () => {
  const sources = await offered()
  expect(sources).toEqual(
    expect.arrayContaining(['src/index.ts', 'src/fixture/vitest.ts', 'fixtures/worlds/default.ts']),
  )
  for (const source of sources) {
    const [, first = ''] = /^(?:import|export)\b.*?'([^']+)'/m.exec(await readFile(source, 'utf8')) ?? []
    expect(join(dirname(resolve(source)), first), source).toBe(resolve('src/node/required.ts'))
  }
})

test('An older Node is told what it needs by an import, too', async ({ skip }) => {
  if (oldNode === undefined) skip('this machine has no Node that is too old')
  const folder = await mkdtemp(join(tmpdir(), 'phota-node-'))
  try {
    const entry = join(folder, 'required.mjs')
    await build({
      entryPoints: ['src/node/required.ts'],
      outfile: entry,
      bundle: true,
      format: 'esm',
      target: 'es2020',
    })
    const { stderr } = spawnSync(oldNode as string, [entry], { encoding: 'utf8' })
    expect(stderr).toMatch(/Error: phota-mock needs Node 22\.13 or newer; this is \d+\.\d+\.\d+\./)
  } finally {
    await rm(folder, { recursive: true })
  }
})
