import { globSync } from 'node:fs'
import { copyFile, readFile, writeFile } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { type BuildOptions, build, type Plugin } from 'esbuild'

/** Those exports that work without vitest, which is ES modules alone. */
const DOORS = [
  'src/index.ts',
  'src/fixture/msw.ts',
  'src/fixture/undici.ts',
  'src/server/index.ts',
  'src/control/index.ts',
]

const ES_MODULES_ALONE = /^dist\/src\/(?:cli|grade|intercept|report|run|verify|fixture\/(?:vitest|overridable))\b/

/** Dependencies that are ES modules alone, and so cannot stay outside. */
const BUNDLED = ['@msw/data', 'eventsource-parser']

/**
 * The same modules for `require`, one `.cjs` beside each `.js`, for loaders that cannot require ES modules, such as
 * jest's. One to one, so that each class exists once, whichever door it comes through.
 */
export async function buildCommonJs(): Promise<void> {
  const worlds = globSync('fixtures/worlds/*.ts')
  const sources = await reachableFrom([...DOORS, ...worlds])
  const { metafile } = await build({
    ...COMMON,
    entryPoints: sources,
    outdir: 'dist',
    outbase: '.',
    outExtension: { '.js': '.cjs' },
    sourcemap: true,
    metafile: true,
    plugins: [oneToOne],
  })
  // esbuild takes a module of ours for one that Node wrote down as CommonJS, whose default export would be the whole.
  for (const file of Object.keys(metafile?.outputs ?? {}).filter((path) => path.endsWith('.cjs'))) {
    const code = await readFile(file, 'utf8')
    await writeFile(file, code.replace(/__toESM\(require\("(\.[^"]*)"\), 1\)/g, 'require("$1")'))
  }
  for (const file of Object.keys(metafile?.outputs ?? {}).filter((path) => path.endsWith('.cjs.map')))
    await dropOwnSources(file)
  await writeNotices(Object.keys(metafile?.inputs ?? {}))
  // Types are the same; only the names by which they import each other differ.
  const declarations = globSync('dist/{src,fixtures}/**/*.d.ts').filter((path) => !ES_MODULES_ALONE.test(path))
  for (const declaration of declarations) {
    const text = await readFile(declaration, 'utf8')
    const renamed = text
      .replace(/(from |import |import\()'(\.[^']*)\.js'/g, "$1'$2.cjs'")
      .replace('.d.ts.map', '.d.cts.map')
    await writeFile(declaration.replace(/\.d\.ts$/, '.d.cts'), BUNDLED.reduce(asEsModule, renamed))
    await copyFile(`${declaration}.map`, declaration.replace(/\.d\.ts$/, '.d.cts.map')).catch(() => undefined)
  }
}

/** What is ES modules alone may be imported for its types, if one says so. */
function asEsModule(declaration: string, name: string): string {
  const found = new RegExp(`import (?:type )?(\\{[^}]*\\}) from '(${name}[^']*)'`, 'g')
  return declaration.replace(found, "import type $1 from '$2' with { 'resolution-mode': 'import' }")
}

const COMMON: BuildOptions = {
  bundle: true,
  platform: 'node',
  format: 'cjs',
  target: 'node22',
  // jest has no `import()` either, unless it is told to run ES modules.
  supported: { 'dynamic-import': false },
  define: { 'import.meta.resolve': 'resolveFromHere' },
  inject: ['scripts/resolve-from-here.js'],
  logLevel: 'warning',
  logOverride: { 'empty-import-meta': 'error' },
}

/** All modules that these import, themselves included. */
async function reachableFrom(entryPoints: string[]): Promise<string[]> {
  const { metafile } = await build({
    ...COMMON,
    entryPoints,
    outdir: 'dist',
    write: false,
    metafile: true,
    packages: 'external',
  })
  return Object.keys(metafile?.inputs ?? {}).filter((path) => /^(src|fixtures)\//.test(path))
}

const REQUIRE_MSW = 'scripts/require-msw.cjs'

const oneToOne: Plugin = {
  name: 'one-to-one',
  setup(context) {
    context.onResolve({ filter: /.*/ }, ({ path, kind, importer }) => {
      if (path === 'msw')
        return importer.endsWith(REQUIRE_MSW) ? { path, external: true } : { path: resolve(REQUIRE_MSW) }
      if (kind === 'entry-point' || importer.includes('node_modules') || importer.includes('scripts')) return undefined
      if (path.startsWith('.')) return { path: path.replace(/\.[jt]s$/, '.cjs'), external: true }
      return BUNDLED.some((name) => path === name || path.startsWith(`${name}/`)) ? undefined : { path, external: true }
    })
  },
}

/** Takes those sources out of a map that are files of the package; the text of what is bundled stays. */
async function dropOwnSources(file: string): Promise<void> {
  const map = JSON.parse(await readFile(file, 'utf8')) as { sources: string[]; sourcesContent: (string | null)[] }
  const isOwn = map.sources.map((source) => /^(src|fixtures)\//.test(join(dirname(file), source)))
  map.sourcesContent = map.sourcesContent.map((text, at) => (isOwn[at] ? null : text))
  await writeFile(file, JSON.stringify(map))
}

/** The licences of what is bundled. */
async function writeNotices(inputs: string[]): Promise<void> {
  const folders = new Set(inputs.flatMap((path) => path.match(/^node_modules\/(?:@[^/]+\/)?[^/]+/) ?? []))
  const notices = [...folders].sort().map(async (folder) => {
    const [licence = ''] = globSync('LICEN[CS]E*', { cwd: folder })
    return `${folder.slice('node_modules/'.length)}\n\n${(await readFile(join(folder, licence), 'utf8')).trim()}\n`
  })
  await writeFile('dist/NOTICES.txt', (await Promise.all(notices)).join(`\n${'-'.repeat(80)}\n\n`))
}
