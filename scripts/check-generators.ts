import { execFile } from 'node:child_process'
import { copyFile, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import defaultWorld from '../fixtures/worlds/default.ts'
import { startServer } from '../src/server/index.ts'
import { type Generator, generators } from './generators.ts'

// Generates a client from openapi.yaml by each tool, checks its types, and follows a job with it. Writes
// docs/generators.md.

const run = promisify(execFile)
const INSTALLED = { typescript: '5.9.3', tsx: '4.23.15', '@types/node': '24.19.2' }
const MODULE = { type: 'module', private: true }

const TSCONFIG = {
  compilerOptions: {
    strict: true,
    noEmit: true,
    target: 'es2022',
    module: 'esnext',
    moduleResolution: 'bundler',
    lib: ['es2023', 'dom', 'dom.iterable'],
    types: ['node'],
    skipLibCheck: true,
    allowImportingTsExtensions: true,
  },
  include: ['journey.ts', 'client.ts'],
}

const JOURNEY = `import assert from 'node:assert/strict'
import { codeOf, imageOf, submit } from './client'

const url = process.env['URL'] as string
async function control(path: string, body?: object): Promise<void> {
  const response = await fetch(url + '/_mock/worlds/default/clock/' + path, {
    method: 'POST',
    ...(body && { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
  })
  assert.equal(response.status, 200)
  await response.arrayBuffer()
}

const id = await submit(url + '/v1/phota', 'test-key-alice')
assert.match(id, /^[0-9a-f]{32}$/)
await control('settle')
const image = await fetch(await imageOf(id))
assert.equal(image.status, 200)
assert.equal(image.headers.get('content-type'), 'image/jpeg')
// An answer that nobody reads would keep this process alive.
assert.equal(Buffer.from(await image.arrayBuffer()).subarray(0, 3).toString('hex'), 'ffd8ff')
await control('advance', { by: '24h' })
assert.equal(await codeOf(id), 'JOB_EXPIRED')
`

interface Row {
  readonly tool: string
  readonly generates: string
  readonly types: string
  readonly journey: string
  readonly note: string
}

const only = process.argv[2]
const chosen = generators.filter(({ name }) => only === undefined || name === only)
if (chosen.length === 0)
  throw new Error(
    `check:generators expects one of ${generators.map(({ name }) => name).join(', ')}, received '${only}'`,
  )

const rows: Row[] = []
for (const generator of chosen) {
  const row = await rowOf(generator)
  rows.push(row)
  console.log(`${row.tool}: generates ${row.generates}, types ${row.types}, journey ${row.journey}`)
}
if (only === undefined) await writeFile('docs/generators.md', page(rows))
if (rows.some(({ generates, types, journey }) => [generates, types, journey].some((told) => told !== 'yes')))
  process.exitCode = 1

/** What comes of one tool, in a project of its own. */
async function rowOf({ name, version, packages, files, command, note = '', adapter }: Generator): Promise<Row> {
  const tool = `${name} ${version}`
  const project = await mkdtemp(join(tmpdir(), 'phota-mock-generator-'))
  const server = await startServer({ port: 0, clock: 'manual', contents: defaultWorld })
  try {
    const write = (path: string, text: string) => writeFile(join(project, path), text)
    const tried = async (file: string, ...args: string[]): Promise<string> => {
      const env = { ...process.env, URL: server.url, DO_NOT_TRACK: '1' }
      const bin = join(project, 'node_modules/.bin', file)
      return run(bin, args, { cwd: project, env, timeout: 300_000 }).then(
        () => 'yes',
        ({ message, signal, stdout, stderr }) => {
          console.error(`${tool}, ${file}: ${message}${signal === null ? '' : ` (${signal})`}\n${stdout}${stderr}`)
          return 'no'
        },
      )
    }
    await mkdir(project, { recursive: true })
    await copyFile('openapi.yaml', join(project, 'openapi.yaml'))
    const dependencies = { ...INSTALLED, [name]: version, ...packages }
    await write('package.json', JSON.stringify({ ...MODULE, dependencies }))
    await write('tsconfig.json', JSON.stringify(TSCONFIG))
    await write('journey.ts', JOURNEY)
    await write('client.ts', adapter)
    for (const [path, text] of Object.entries(files?.(server.url) ?? {})) await write(path, text)
    await run('npm', ['install', '--no-audit', '--no-fund'], { cwd: project })
    const [file = '', ...args] = command
    const generates = await tried(file, ...args)
    if (generates !== 'yes') return { tool, generates, types: '-', journey: '-', note }
    const types = await tried('tsc', '--noEmit')
    return { tool, generates, types, journey: await tried('tsx', 'journey.ts'), note }
  } finally {
    await server.close()
    await rm(project, { recursive: true, force: true })
  }
}

function page(found: readonly Row[]): string {
  const table = found.map(
    ({ tool, generates, types, journey, note }) => `| ${tool} | ${generates} | ${types} | ${journey} | ${note} |`,
  )
  return `${[
    '<!-- Written by `npm run check:generators`; do not edit. -->',
    '# Clients generated from openapi.yaml',
    '',
    'Each tool generates a client from `openapi.yaml` in an empty project. Its types are checked by `tsc` with ' +
      '`strict`.',
    'Then the client submits a job to `phota-mock`, polls it, downloads the image, and is told 410 a day later.',
    '',
    '| Tool | Generates | Types are right | Submit, poll, download, 410 | To know |',
    '| --- | --- | --- | --- | --- |',
    ...table,
  ].join('\n')}\n`
}
