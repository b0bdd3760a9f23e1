import { defineConfig, type ViteUserConfig } from 'vitest/config'

// As in a user's project: what is installed is imported as it is, and not transformed.
const config: ViteUserConfig = defineConfig({
  test: { include: ['fixture-import.ts'], server: { deps: { external: [/\/dist\/(src|fixtures)\//] } } },
})

export default config
