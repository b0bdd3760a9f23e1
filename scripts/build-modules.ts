import { globSync } from 'node:fs'
import { copyFile, readFile, writeFile } from 'node:fs/promises'
import { dirname, relative, resolve } from 'node:path'
import { type BuildOptions, build, type Plugin } from 'esbuild'

/** What package.json tells users of: its command and its exports, as they are in the source. */
async function entries(): Promise<string[]> {
  const { bin, exports } = JSON.parse(await readFile('package.json', 'utf8')) as { bin: object; exports: object }
  const built = JSON.stringify([bin, exports]).match(/(?<=\.\/dist\/)(src\/[^"*]+|fixtures\/[^"]+)(?=\.js")/g) ?? []
  return [...new Set(built)].flatMap((path) => globSync(`${path}.ts`))
}

/** Generated as JavaScript, and written small already. */
const VALIDATORS = /(?:^|\/)validators\.js$/
/** What each entry imports first: it stops an older Node before anything else is evaluated. */
const REQUIRED = /\/node\/required\.ts$/

/**
 * The package's exports as ES modules. What several of them need is in chunks, so that each class exists once; files of
 * their own would double the time of an import.
 */
export async function buildModules(): Promise<void> {
  const { metafile } = await build({
    ...COMMON,
    entryPoints: await entries(),
    outdir: 'dist',
    outbase: '.',
    splitting: true,
    chunkNames: 'chunks/[name]-[hash]',
    sourcemap: true,
    sourcesContent: false,
    metafile: true,
    plugins: [apart],
  })
  await build({
    ...COMMON,
    entryPoints: ['src/node/required.ts'],
    outfile: 'dist/src/node/required.js',
    sourcemap: true,
  })
  for (const file of globSync('src/spec/**/validators.{js,d.ts}')) await copyFile(file, `dist/${file}`)
  for (const file of Object.keys(metafile?.outputs ?? {}).filter((path) => path.endsWith('.js'))) {
    const code = await readFile(file, 'utf8')
    await writeFile(
      file,
      code.replace(APART, (_, path: string) => `"${specifier(file, path)}"`),
    )
  }
}

const COMMON: BuildOptions = {
  bundle: true,
  packages: 'external',
  platform: 'node',
  format: 'esm',
  target: 'node22',
  logLevel: 'warning',
}

// Which file an import will stand in, and so by what path it finds another, is known once all are written.
const apart: Plugin = {
  name: 'apart',
  setup(context) {
    context.onResolve({ filter: VALIDATORS }, ({ path, importer }) => ({ path: place(importer, path), external: true }))
    context.onResolve({ filter: REQUIRED }, ({ path, importer }) => ({ path: place(importer, path), external: true }))
  },
}

const APART = /"apart:([^"]+)"/g

function place(importer: string, path: string): string {
  return `apart:dist/${relative('.', resolve(dirname(importer), path)).replace(/\.ts$/, '.js')}`
}

function specifier(from: string, to: string): string {
  const path = relative(dirname(from), to)
  return path.startsWith('.') ? path : `./${path}`
}
