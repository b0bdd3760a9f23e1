import { defineConfig, type ViteUserConfig } from 'vitest/config'

const config: ViteUserConfig = defineConfig({
  test: {
    testTimeout: 30_000,
    projects: [
      {
        extends: true,
        test: { name: 'msw 3', include: ['test/**/*.test.ts'], exclude: ['test/dashboard/**', '**/node_modules/**'] },
      },
      {
        // The page in a browser. It is built first.
        extends: true,
        test: { name: 'dashboard', include: ['test/dashboard/*.test.ts'], globalSetup: ['test/dashboard/build.ts'] },
      },
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
