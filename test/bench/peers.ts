import { execFileSync } from 'node:child_process'
import { readFileSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Child, freePort, HERE, PROJECT, type Start, untilReady } from './processes.ts'

const FOLDER = `${HERE}peers`

/** The two answers that peers of constant answers give: as large as ours, byte by byte. */
export interface Answers {
  submit: string
  poll: string
}

/** A server that can be measured. */
export interface Kind {
  name: string
  /** Where it comes from: a package of peers/, or none. */
  package: string | null
  /** Where its paths begin. */
  base: string
  /** What its start is told by; `null` for one that knows no other paths than the two that are measured. */
  readyPath: string | null
  /** Which answer is asked for, where it has several. */
  headers?: Record<string, string>
  /** @default 'test-key-alice' */
  key?: string
  start(port: number, answers: Answers): Start
}

function script(file: string): Kind['start'] {
  return (port, answers) => ({
    args: [`${FOLDER}/${file}`],
    env: { BENCH_PORT: String(port), BENCH_ANSWERS: JSON.stringify(answers) },
  })
}

/** Ours from the build, as a user has it: a real clock, and nothing left out. */
export const OURS: Kind = {
  name: 'phota-mock',
  package: null,
  base: '/v1/phota',
  readyPath: '/profiles/ids',
  start: (port) => ({ args: ['dist/src/cli.js', 'serve', '--port', String(port), '--log-level', 'error'] }),
}

export const BARE: Kind = {
  name: 'node:http',
  package: null,
  base: '/v1/phota',
  readyPath: null,
  start: script('bare.mjs'),
}

export const PRISM: Kind = {
  name: 'Prism',
  package: '@stoplight/prism-cli',
  base: '',
  readyPath: '/profiles/ids',
  start: (port) => ({
    args: [binOf('@stoplight/prism-cli', 'prism'), 'mock', '-v', 'error', '-p', String(port), 'openapi.yaml'],
  }),
}

export const MOCKOON: Kind = {
  name: 'Mockoon CLI',
  package: '@mockoon/cli',
  base: '/v1/phota',
  readyPath: '/profiles/ids',
  start: (port) => ({
    args: [
      binOf('@mockoon/cli', 'mockoon-cli'),
      'start',
      '--data',
      join(PROJECT, 'openapi.yaml'),
      '--port',
      String(port),
      '--disable-log-to-file',
    ],
    cwd: tmpdir(),
  }),
}

export const PEERS: readonly Kind[] = [
  BARE,
  { name: 'Fastify', package: 'fastify', base: '/v1/phota', readyPath: null, start: script('fastify.mjs') },
  // Left alone, it answers a submit with the 200 of synchronous requests.
  { ...PRISM, headers: { prefer: 'code=202' } },
  MOCKOON,
  { name: 'json-server', package: 'json-server', base: '/v1/phota', readyPath: null, start: script('json-server.mjs') },
  {
    name: 'msw http-middleware',
    package: '@mswjs/http-middleware',
    base: '/v1/phota',
    readyPath: null,
    start: script('http-middleware.mjs'),
  },
]

/** A server that runs. */
export interface Served {
  kind: Kind
  child: Child
  origin: string
  /** Where the API is. */
  api: string
  headers: Record<string, string>
}

/** Starts a server and waits until it answers. */
export async function serve(
  kind: Kind,
  answers: Answers,
  extra: readonly string[] = [],
  nodeOptions: readonly string[] = [],
): Promise<Served> {
  const port = await freePort()
  const start = kind.start(port, answers)
  const child = new Child({ ...start, args: [...nodeOptions, ...start.args, ...extra] })
  const origin = `http://127.0.0.1:${port}`
  const headers = { 'X-API-Key': kind.key ?? 'test-key-alice', 'Content-Type': 'application/json' }
  const readyPath = kind.readyPath ?? `/jobs/${JSON.parse(answers.poll).job_id}`
  await untilReady(child, origin + kind.base + readyPath, headers)
  return { kind, child, origin, api: origin + kind.base, headers: { ...headers, ...kind.headers } }
}

/** Installs the peers into peers/, at the versions of its lockfile, if they are not there. */
export function install(): void {
  if (changedMs(`${FOLDER}/node_modules/.package-lock.json`) >= changedMs(`${FOLDER}/package-lock.json`)) return
  execFileSync('npm', ['ci', '--no-audit', '--no-fund'], { cwd: FOLDER, stdio: ['ignore', 'ignore', 'inherit'] })
}

/** Name and version of each package that is measured, and of what measures. */
export function versions(): string[] {
  const { dependencies } = manifest(FOLDER) as { dependencies: Record<string, string> }
  return Object.entries(dependencies).map(([name, version]) => `${name} ${version}`)
}

function binOf(name: string, command: string): string {
  const { bin } = manifest(`${FOLDER}/node_modules/${name}`) as { bin: string | Record<string, string> }
  return join(FOLDER, 'node_modules', name, typeof bin === 'string' ? bin : (bin[command] as string))
}

function manifest(folder: string): unknown {
  return JSON.parse(readFileSync(`${folder}/package.json`, 'utf8'))
}

function changedMs(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0
}
