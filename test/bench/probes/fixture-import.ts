// Told in BENCH_RESULT: how long the imports of a test file take, in ms, after vitest's own.
import { writeFile } from 'node:fs/promises'
import { test } from 'vitest'

// By a variable, as tsc need not have the build. Unawaited by vite's transform: these are Node's own imports.
const [msw, mswNode, fixture] = ['msw', 'msw/node', 'phota-mock/vitest'] as [string, string, string]
const startMs = performance.now()
await import(msw)
await import(mswNode)
const mswMs = performance.now()
await import(fixture)
const fixtureMs = performance.now()

test('imports are timed', async () => {
  await writeFile(
    process.env['BENCH_RESULT'] as string,
    JSON.stringify({ msw: mswMs - startMs, phota: fixtureMs - mswMs }),
  )
})
