import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { defineConfig, type UserConfig } from 'vite'

/** Bundles the dashboard into the static files that the server sends. */
const config: UserConfig = defineConfig({
  root: import.meta.dirname,
  // Relative, so that it works below whatever path a proxy puts the server.
  base: './',
  publicDir: false,
  logLevel: 'warn',
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  build: {
    outDir: resolve(import.meta.dirname, '../../dist/dashboard'),
    emptyOutDir: true,
    target: 'es2023',
    // The page's Content-Security-Policy allows no inline scripts, and data: URLs for images only.
    assetsInlineLimit: 0,
    modulePreload: false,
    reportCompressedSize: false,
  },
  plugins: [
    {
      // The table of operations refers to validators, 400 kB that only the server needs.
      name: 'without-validators',
      async load(id) {
        if (!/\/src\/spec\/(control\/)?validators\.js$/.test(id)) return null
        const names = (await readFile(id.replace(/\.js$/, '.d.ts'), 'utf8')).matchAll(/export const (\w+)/g)
        return Array.from(names, ([, name]) => `export const ${name} = null`).join('\n')
      },
    },
  ],
})

export default config
