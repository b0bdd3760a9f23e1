import { execFile, execFileSync } from 'node:child_process'
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { transform } from 'esbuild'
import { type Cell, cells, SOME } from '../test/matrix/cells.ts'
import { type Result, readResults, writeResults } from './compatibility-table.ts'

const HELP = `npm run check:matrix -- [--list] [--some] [--only TEXT]... [--built] [--write] [--keep]

Packs the package, installs it into empty projects, and runs the same tests under each runner, client and compiler.
  --list       names the cells
  --some       the few that CI runs
  --only TEXT  those whose id contains it; repeatable
  --built      takes dist as it is
  --write      writes docs/compatibility.md; a cell that was not run keeps its row
  --keep       leaves the projects where they are`

const { values: flags } = parseArgs({
  options: {
    help: { type: 'boolean' },
    list: { type: 'boolean' },
    some: { type: 'boolean' },
    built: { type: 'boolean' },
    only: { type: 'string', multiple: true },
    write: { type: 'boolean' },
    keep: { type: 'boolean' },
  },
})

const SOURCES = resolve('test/matrix/sources')
/** At once: an install waits for the network, a test for the processor. */
const CONCURRENCY = 2
const LONGEST_MS = 300_000
const SHOWN_LINES = 40

const chosen = cells.filter(
  ({ id }) => (!flags.some || SOME.has(id)) && (!flags.only || flags.only.some((text) => id.includes(text))),
)
async function main(): Promise<void> {
  const root = await mkdtemp(join(tmpdir(), 'phota-mock-matrix-'))
  try {
    console.log(`packing; ${chosen.length} cells in ${root}`)
    if (!flags.built) execFileSync('npm', ['run', '--silent', 'build'], { stdio: ['ignore', 'ignore', 'inherit'] })
    execFileSync('npm', ['pack', '--silent', '--ignore-scripts', '--pack-destination', root], { stdio: 'ignore' })
    const tarball = (await readdir(root)).find((name) => name.endsWith('.tgz')) as string
    const workshop = new Workshop(root, join(root, tarball))
    const before = readResults()
    const results: Result[] = []
    const waiting = [...chosen]
    const work = async (): Promise<void> => {
      for (let cell = waiting.shift(); cell; cell = waiting.shift()) {
        const result = await workshop.try(cell)
        results.push(result)
        if (flags.write) writeResults(cells, [...before, ...results])
        const sign = result.isAsExpected ? (cell.unsupported ? 'no, as expected' : 'yes') : 'FAILED'
        console.log(
          `${String(results.length).padStart(3)}/${chosen.length} ${sign.padEnd(6)} ${cell.id} (${result.seconds} s)`,
        )
        if (!result.isAsExpected) console.log(indented(result.output))
      }
    }
    await Promise.all(Array.from({ length: CONCURRENCY }, work))
    const failed = results.filter(({ isAsExpected }) => !isAsExpected)
    console.log(`${results.length - failed.length} cells as expected, ${failed.length} not`)
    if (failed.length > 0) process.exitCode = 1
  } finally {
    if (!flags.keep) await rm(root, { recursive: true, force: true })
  }
}

/** Makes projects and runs cells in them; what cells share is installed once. */
class Workshop {
  readonly #root: string
  readonly #tarball: string
  readonly #projects = new Map<string, Promise<string>>()
  readonly #nodes = new Map<string, Promise<string>>()

  constructor(root: string, tarball: string) {
    this.#root = root
    this.#tarball = tarball
  }

  async try(cell: Cell): Promise<Result> {
    const begin = Date.now()
    let output = ''
    let works = false
    let versions: Record<string, string> = {}
    try {
      const node = await this.#node(cell.node ?? '24')
      const project = await this.#project(cell)
      versions = { node: execFileSync(node, ['-p', 'process.versions.node'], { encoding: 'utf8' }).trim() }
      for (const specifier of cell.install) {
        const name = specifier.slice(0, specifier.indexOf('@', 1) === -1 ? undefined : specifier.indexOf('@', 1))
        versions[name] = JSON.parse(await readFile(join(project, 'node_modules', name, 'package.json'), 'utf8')).version
      }
      output = await runCell(cell, node, project)
      works = true
    } catch (error) {
      output = (error as Error).message
    }
    const isAsExpected = works === (cell.unsupported === undefined)
    return { id: cell.id, works, isAsExpected, versions, output, seconds: Math.round((Date.now() - begin) / 1000) }
  }

  #project({ install, module }: Cell): Promise<string> {
    const key = JSON.stringify([install, module])
    const known = this.#projects.get(key)
    if (known) return known
    const made = this.#makeProject(`project-${this.#projects.size + 1}`, install, module)
    this.#projects.set(key, made)
    return made
  }

  async #makeProject(name: string, install: readonly string[], module: Cell['module']): Promise<string> {
    const folder = join(this.#root, name)
    await mkdir(folder)
    const type = module === 'esm' ? 'module' : 'commonjs'
    // jest as ESM is told that by its users; as it comes, babel would rewrite the tests.
    const jest = module === 'esm' ? { transform: {} } : {}
    await writeFile(join(folder, 'package.json'), JSON.stringify({ name: 'user', private: true, type, jest }))
    await npmInstall(folder, [this.#tarball, ...install], '--ignore-scripts')
    for (const file of await readdir(SOURCES)) {
      const source = await readFile(join(SOURCES, file), 'utf8')
      const code = module === 'esm' || file.endsWith('.ts') ? source : (await transform(source, { format: 'cjs' })).code
      await writeFile(join(folder, file), code)
    }
    // The README's own test, word for word.
    const [, readme] = /```ts\n(import \{ expect \}[\s\S]*?)```/.exec(await readFile('README.md', 'utf8')) ?? []
    if (readme === undefined) throw new Error('README.md has no test that begins with `import { expect }`')
    await writeFile(join(folder, 'readme.test.ts'), readme)
    return folder
  }

  #node(version: string): Promise<string> {
    const known = this.#nodes.get(version)
    if (known) return known
    const made = this.#installNode(version)
    this.#nodes.set(version, made)
    return made
  }

  async #installNode(version: string): Promise<string> {
    const folder = join(this.#root, `node-${version}`)
    await mkdir(folder)
    await writeFile(join(folder, 'package.json'), '{ "private": true }')
    await npmInstall(folder, [`node@${version}`])
    return join(folder, 'node_modules/node/bin/node')
  }
}

async function npmInstall(folder: string, what: readonly string[], ...options: string[]): Promise<void> {
  await run(
    'npm',
    ['install', '--prefer-offline', '--no-audit', '--no-fund', '--loglevel=error', ...options, ...what],
    folder,
  )
}

/** @throws {Error} with the output, if the cell does not work */
async function runCell(cell: Cell, node: string, project: string): Promise<string> {
  const [command = '', ...args] = cell.run
  if (command === 'types') return await checkTypes(project, cell.module, ...(args as [string, string]))
  if (command === 'old-node') return await tryOldNode(project, node)
  const log = join(project, `${cell.id}.log`)
  await writeFile(log, '')
  const output = await run(node, args, project, {
    ...cell.env,
    MATRIX_LOG: log,
    PATH: dirname(node) + delimiter + process.env['PATH'],
  })
  const ended = (await readFile(log, 'utf8')).trim().split('\n')
  const wanted = [...(await dozenTitles()), ...(cell.also ?? [])]
  const missing = wanted.filter((title) => !ended.includes(title))
  if (missing.length > 0) throw new Error(`did not run to their ends: ${missing.join('; ')}\n${output}`)
  return output
}

async function dozenTitles(): Promise<string[]> {
  const source = await readFile(join(SOURCES, 'dozen.js'), 'utf8')
  const titles = [...source.matchAll(/^ {4}'(.* .*)',$/gm)].map(([, title]) => title as string)
  if (titles.length !== 12) throw new Error(`dozen.js has ${titles.length} titles`)
  return titles
}

/** Errors in declarations of others are theirs; the row says so. */
async function checkTypes(
  project: string,
  module: Cell['module'],
  version: string,
  resolution: string,
): Promise<string> {
  const folder = join(project, 'node_modules', `typescript-${version}`)
  const { bin } = JSON.parse(await readFile(join(folder, 'package.json'), 'utf8')) as { bin: { tsc: string } }
  // node16 cannot require ES modules, which msw 3, vitest, and so our doors to them, are.
  const files = module === 'commonjs' ? ['types.ts'] : ['types.ts', 'types-vitest.ts']
  const newest = Number(version) >= 5.7 ? 'es2024' : 'es2023'
  const config = join(project, `tsconfig.${version}.${module}.${resolution}.json`)
  const compilerOptions = {
    strict: true,
    noEmit: true,
    skipLibCheck: false,
    target: 'es2022',
    lib: [newest],
    types: ['node'],
    module: resolution === 'bundler' ? 'esnext' : resolution,
    moduleResolution: resolution,
  }
  await writeFile(config, JSON.stringify({ compilerOptions, files }))
  try {
    await run(process.execPath, [join(folder, bin.tsc), '-p', config, '--pretty', 'false'], project)
    return ''
  } catch (error) {
    const lines = (error as Error).message.split('\n').filter((line) => /\berror TS/.test(line))
    const ours = lines.filter(
      (line) => !line.startsWith('node_modules/') || line.startsWith('node_modules/phota-mock/'),
    )
    if (lines.length === 0 || ours.length > 0) throw new Error(ours.join('\n') || (error as Error).message)
    const theirs = new Set(lines.map((line) => /^node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(line)?.[1] ?? line))
    return `errors in declarations of ${[...theirs].sort().join(', ')} only: those need \`skipLibCheck\``
  }
}

async function tryOldNode(project: string, node: string): Promise<string> {
  const said = /phota-mock needs Node \d+\.\d+ or newer; this is 20\./
  const manifest = JSON.parse(await readFile(join(project, 'node_modules/phota-mock/package.json'), 'utf8'))
  const doors = Object.keys(manifest.exports)
    .filter((door) => !/\.(json|yaml)$/.test(door))
    .map((door) => `phota-mock${door.slice(1)}`.replace('*', 'default'))
  const command = join(project, 'node_modules/phota-mock', manifest.bin['phota-mock'])
  const tries = [
    [command, 'serve'],
    ...doors.flatMap((door) => [
      ['--input-type=module', '-e', `await import('${door}')`],
      ['--input-type=commonjs', '-e', `require('${door}')`],
    ]),
  ]
  for (const args of tries) {
    const message = await run(node, args, project).then(
      () => 'it went on',
      (error: Error) => error.message,
    )
    if (!said.test(message)) throw new Error(`${args.join(' ')}: ${message}`)
  }
  return ''
}

/** @throws {Error} with all that was printed, if it fails */
function run(command: string, args: readonly string[], cwd: string, env: NodeJS.ProcessEnv = {}): Promise<string> {
  const options = {
    cwd,
    env: { ...process.env, NODE_OPTIONS: '', CI: '1', FORCE_COLOR: '0', ...env },
    maxBuffer: 2 ** 26,
    timeout: LONGEST_MS,
  }
  return new Promise((done, refuse) => {
    execFile(command, args, options, (error, stdout, stderr) => {
      const output = `${stdout}${stderr}`.trim()
      if (error) refuse(new Error(output || error.message))
      else done(output)
    })
  })
}

function indented(text: string): string {
  const lines = text.split('\n')
  const shown =
    lines.length > SHOWN_LINES ? [...lines.slice(0, SHOWN_LINES), `… ${lines.length - SHOWN_LINES} lines more`] : lines
  return shown.map((line) => `      ${line}`).join('\n')
}

function fail(message: string): void {
  console.error(`check:matrix: ${message}`)
  process.exitCode = 2
}

if (flags.help) console.log(HELP)
else if (flags.list) for (const { id, group, what } of chosen) console.log(`${id.padEnd(38)} ${group}: ${what}`)
else if (chosen.length === 0) fail(`no cell has ${flags.only?.join(' or ')} in its id; --list names them`)
else await main()
