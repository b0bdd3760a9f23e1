import { existsSync } from 'node:fs'
import { defineConfig, type ViteUserConfig } from 'vitest/config'
import { BaseSequencer, type TestSpecification } from 'vitest/node'

/** By itself, vitest takes large files first, and these are small but long: last, they would leave a core idle. */
const LONGEST = /test\/(run\/clients|docs\/blocks|verify\/(mutants|suite|command))\.test\.ts$/

class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files)
    return sorted.sort((a, b) => Number(LONGEST.test(b.moduleId)) - Number(LONGEST.test(a.moduleId)))
  }
}

/** What starts processes by the dozen, or is long otherwise: `npm run test:slow`, and CI. */
const SLOW = [
  'test/docs/blocks.test.ts',
  'test/docker/*.test.ts',
  'test/examples/{scale-out,staging}.test.ts',
  'test/run/{clients,run-command}.test.ts',
  'test/cli/{commands,run,serve,wait}.test.ts',
  'test/explain/{browser,proxy}.test.ts',
  'test/verify/{command,hostile,mutants,suite}.test.ts',
  'test/verify/report/again.test.ts',
  'test/grade/{command,grade,mutants}.test.ts',
  'test/recording/recording.test.ts',
  'test/spec/generate.test.ts',
  'test/storage/faults.test.ts',
]

/** Debian's. Without it the page cannot be tried; in CI it must be. */
const CHROMIUM = '/usr/bin/chromium'
const isCi = Boolean(process.env['CI'])
const isPageTried = existsSync(CHROMIUM) || isCi
if (!isPageTried) console.warn(`The dashboard's tests are left out: they need ${CHROMIUM} (apt-get install chromium).`)

const config: ViteUserConfig = defineConfig({
  test: {
    // What is waited for comes when it comes, and a busy machine takes its time.
    testTimeout: isCi ? 120_000 : 30_000,
    expect: { poll: { timeout: isCi ? 100_000 : 20_000, interval: 20 } },
    // Left to itself, vitest would leave one core of two idle.
    maxWorkers: '100%',
    sequence: { sequencer: LongestFirst },
    projects: [
      {
        extends: true,
        test: {
          name: 'msw 3',
          include: ['test/**/*.test.ts'],
          exclude: ['test/dashboard/**', ...SLOW, '**/node_modules/**'],
        },
      },
      { extends: true, test: { name: 'slow', include: SLOW } },
      // The page in a browser. It is built first.
      ...(isPageTried
        ? [
            {
              extends: true as const,
              test: {
                name: 'slow: the page',
                include: ['test/dashboard/*.test.ts'],
                globalSetup: ['test/dashboard/build.ts'],
              },
            },
          ]
        : []),
      {
        // The same tests of the in-process door under the oldest msw that is supported.
        extends: true,
        test: {
          name: 'msw 2',
          include: ['test/fixture/**/*.test.ts', 'test/rules/*.test.ts', 'test/api/faults.test.ts'],
          server: { deps: { inline: [/msw-2/] } },
        },
        resolve: { alias: [{ find: /^msw(\/node)?$/, replacement: 'msw-2$1' }] },
      },
    ],
  },
})

export default config
