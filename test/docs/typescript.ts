import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'
import defaultWorld from '../../fixtures/worlds/default.ts'
import { startServer } from '../../src/server/server.ts'
import type { Block } from './markdown.ts'

const execute = promisify(execFile)

/** Where each export of the package is in the sources. */
const EXPORTS: Readonly<Record<string, string>> = {
  'phota-mock': 'src/index.ts',
  'phota-mock/msw': 'src/fixture/msw.ts',
  'phota-mock/vitest': 'src/fixture/vitest.ts',
  'phota-mock/server': 'src/server/index.ts',
  'phota-mock/control': 'src/control/index.ts',
  'phota-mock/verify': 'src/verify/index.ts',
  'phota-mock/grade': 'src/grade/index.ts',
}

/** Whether a block is for `node --test`. */
function isNodeTest({ code }: Block): boolean {
  return code.includes("'node:test'")
}

/**
 * Runs the blocks as a reader would: a file of tests as it is, lines of a test within one. Types are checked as a
 * user's are.
 *
 * @returns what failed, empty if nothing did
 */
export async function runTypeScript(blocks: readonly Block[]): Promise<string[]> {
  const server = await startServer({ port: 0, clock: 'manual', contents: defaultWorld })
  // Inside of the project, so that imports are found.
  const folder = await mkdtemp(resolve('test/docs/.run-'))
  try {
    const submit = blocks.find(({ code }) => code.startsWith('async function submit('))?.code ?? ''
    const nodeTests: string[] = []
    for (const block of blocks) {
      const name = `${block.page.replaceAll(/\W/g, '-')}-${block.line}`
      const file = join(folder, isNodeTest(block) ? 'node' : 'vitest', `${name}.test.ts`)
      if (isNodeTest(block)) nodeTests.push(file)
      const code = (isNodeTest(block) || isFile(block) ? block.code : asTest(block, submit))
        .replaceAll(/'(phota-mock[^']*)'/g, (_, name: string) => `'${sourceOf(name)}'`)
        // In brief, as test/docs/shell.ts.
        .replace('contractSuite({', "contractSuite({ depth: 'quick', timeoutMs: 120_000,")
        .replaceAll(/127\.0\.0\.1:(4010|8000)/g, new URL(server.url).host)
      await mkdir(join(file, '..'), { recursive: true })
      await writeFile(file, code)
    }
    await writeFile(
      join(folder, 'vitest.config.ts'),
      'export default { test: { globals: true, testTimeout: 30_000, isolate: false, maxWorkers: 1 } }',
    )
    await writeFile(
      join(folder, 'tsconfig.json'),
      JSON.stringify({
        extends: resolve('tsconfig.json'),
        compilerOptions: {
          types: ['node', 'vitest/globals'],
          isolatedDeclarations: false,
          declaration: false,
          exactOptionalPropertyTypes: false,
          // The sources are imported by their absolute paths.
          rewriteRelativeImportExtensions: false,
        },
        include: ['vitest', 'node'],
        exclude: [],
      }),
    )
    const reports = await Promise.all([
      problemsOf('types', [resolve('node_modules/typescript/bin/tsc'), '-p', folder]),
      problemsOf('vitest', [
        resolve('node_modules/vitest/vitest.mjs'),
        'run',
        '--root',
        join(folder),
        '--dir',
        join(folder, 'vitest'),
      ]),
      ...nodeTests.map((file) => problemsOf('node --test', ['--test', file])),
    ])
    return reports.flat()
  } finally {
    await server.close(100)
    await rm(folder, { recursive: true, force: true })
  }
}

async function problemsOf(what: string, args: string[]): Promise<string[]> {
  try {
    // A file of tests knows that it runs in vitest, and vitest in vitest would not start.
    const { VITEST: _, VITEST_WORKER_ID: __, VITEST_POOL_ID: ___, NODE_TEST_CONTEXT: ____, ...env } = process.env
    await execute(process.execPath, args, { env: { ...env, NO_COLOR: '1', PHOTA_KEY: 'test-key-alice' } })
    return []
  } catch (error) {
    const { stdout, stderr } = error as { stdout: string; stderr: string }
    return [`${what}: ${stdout}${stderr}`]
  }
}

/** Whether it has tests of its own, or makes them. */
function isFile({ code }: Block): boolean {
  return /^(test|contractSuite)\(/m.test(code)
}

/** Lines of a test: within one, with what its page speaks of. */
function asTest({ page, line, code }: Block, submit: string): string {
  const imports = code.match(/^import .*$/gm) ?? []
  const rest = code.replaceAll(/^import .*\n/gm, '')
  const helper = rest.includes('submit(') && !rest.includes('function submit(') ? submit : ''
  return [
    "import { expect } from 'vitest'",
    "import { test as inWorld } from 'phota-mock/vitest'",
    ...imports,
    `inWorld('${page}:${line}', async ({ phota }) => {`,
    helper,
    rest,
    '})',
  ].join('\n')
}

function sourceOf(name: string): string {
  const fixture = /^phota-mock\/fixtures\/(.*)$/.exec(name)?.[1]
  const path = fixture === undefined ? EXPORTS[name] : `fixtures/worlds/${fixture}.ts`
  if (path === undefined) throw new Error(`${name} is no export of the package`)
  return resolve(path)
}
