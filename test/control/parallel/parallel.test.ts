import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { expect, test } from 'vitest'
import { startVitest } from 'vitest/node'
import { startServer } from '../../../src/server/server.ts'

const WORKERS = process.env['CI'] ? 8 : 3

test('workers with 25 tests each share one server, each test with its own World and clock', async () => {
  const server = await startServer({ port: 0, clock: 'manual', checkResponses: true })
  const folder = await mkdtemp(join(import.meta.dirname, '../../.own-parallel-'))
  try {
    const tests = relative(folder, join(import.meta.dirname, 'own-world.ts'))
    for (let worker = 0; worker < WORKERS; worker++) {
      await writeFile(
        join(folder, `${worker}.test.ts`),
        `import { testOwnWorlds } from '${tests}'\ntestOwnWorlds(${worker}, '${server.url}')\n`,
      )
    }
    const vitest = await startVitest('test', [], {
      root: folder,
      config: false,
      watch: false,
      pool: 'threads',
      maxWorkers: WORKERS,
      testTimeout: 60_000,
      reporters: [{}],
      cache: false,
    })
    const cases = vitest.state.getTestModules().flatMap((module) => [...module.children.allTests()])
    const failures = cases.flatMap((one) => one.result().errors?.map(({ message }) => `${one.name}: ${message}`) ?? [])
    await vitest.close()
    // Ours to judge, not vitest's inside of vitest.
    process.exitCode = 0
    expect(failures).toEqual([])
    expect(cases.filter((one) => one.result().state === 'passed')).toHaveLength(WORKERS * 25)
    expect(Array.from(server.host.worlds, ({ options }) => options.id)).toEqual(['default'])
  } finally {
    await rm(folder, { recursive: true, force: true })
    await server.close(100)
  }
}, 120_000)
