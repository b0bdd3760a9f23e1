import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { checkRecipes } from './check-recipes.ts'
import { deadLinks, deadMaps } from './packed-files.ts'

// Packs the project as it would be published, installs that into an empty project, and uses each export and the command
// there.
const project = await mkdtemp(join(tmpdir(), 'phota-mock-package-'))
const run = (command: string, args: string[], cwd = project): string =>
  execFileSync(command, args, { maxBuffer: 2 ** 26, cwd, encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] })

const TEST = `
import { test } from 'phota-mock/vitest'
import { photaHandlers } from 'phota-mock/msw'
import { inProcess, Phota } from 'phota-mock'
import { connect } from 'phota-mock/control'
import { startServer } from 'phota-mock/server'
import everyState from 'phota-mock/fixtures/every-state'
import { grade } from 'phota-mock/grade'
import { expect } from 'vitest'

test('the installed package answers in-process', async ({ phota }) => {
  phota.load(await everyState())
  const response = await fetch(phota.baseUrl + '/webhook-secret', { headers: { 'X-API-Key': phota.account.apiKey } })
  expect(response.status).toBe(200)
  expect(photaHandlers(new Phota().world)).toHaveLength(1)
})

test('the installed package has its levers, in-process as over HTTP', async () => {
  const server = await startServer({ port: 0 })
  for (const levers of [inProcess(), connect(server.url)]) {
    const world = await levers.worlds.create({ fixture: 'every-state', clock: { mode: 'manual' } })
    expect((await world.jobs.list({ status: 'pending' })).length).toBe(1)
    await world.remove()
  }
  await server.close()
})

test('the installed package grades', async () => {
  const ask = async ({ baseUrl, apiKey, fetch }) => {
    const response = await fetch(baseUrl + '/profiles/ids', { headers: { 'X-API-Key': apiKey } })
    if (response.status !== 200) throw new Error(String(response.status))
  }
  const { habits } = await grade(ask, { only: ['secret.not-in-url'] })
  expect(habits.find(({ id }) => id === 'secret.not-in-url').verdict).toBe('passed')
})

test('the installed package serves', async () => {
  const server = await startServer({ port: 0, contents: { accounts: [{ id: 'a', keys: ['k'] }] } })
  expect((await fetch(server.url + '/v1/phota/profiles/ids', { headers: { 'X-API-Key': 'k' } })).status).toBe(200)
  await server.close()
})
`

const TYPES = `
import { test } from 'phota-mock/vitest'
import { Phota, usd } from 'phota-mock'
import { contractSuite, type VerifyResult } from 'phota-mock/verify'
import { type GradedFunction, grade, type GradeResult } from 'phota-mock/grade'

test('types reach the user', async ({ phota }) => {
  const now: Date = phota.clock.now
  const job = phota.jobs.findFirst({ status: 'succeeded' })
  if (job?.status === 'succeeded') job.result.download_urls satisfies string[]
  // @ts-expect-error a pending job has no result
  if (job?.status === 'pending') job.result.download_urls
  new Phota({ clock: 'auto' }).scenario({ effect: { fail: 'TIMEOUT', settle_micro_usd: usd('0.09') } })
  void now
  contractSuite satisfies (options: { url: string; key: string }) => void
  grade satisfies (work: GradedFunction) => Promise<GradeResult>
  const verdict = {} as VerifyResult['rules'][number]['verdict']
  if (verdict !== 'passed') verdict satisfies 'partial' | 'failed' | 'note' | 'skipped' | 'error'
})
`

try {
  run('npm', ['run', '--silent', 'build'], resolve('.'))
  run('npx', ['publint', '--strict'], resolve('.'))
  run('npm', ['pack', '--silent', '--ignore-scripts', '--pack-destination', project], resolve('.'))
  const [tarball] = (await readdir(project)).filter((name) => name.endsWith('.tgz'))
  await writeFile(join(project, 'package.json'), '{ "name": "user", "private": true, "type": "module" }')
  await writeFile(join(project, 'user.test.ts'), TEST)
  await writeFile(join(project, 'types.ts'), TYPES)
  run('npm', [
    'install',
    '--silent',
    '--no-audit',
    '--no-fund',
    `./${tarball}`,
    'vitest@5',
    'msw@3',
    'typescript@5',
    '@types/node@24',
  ])
  const installed = join(project, 'node_modules/phota-mock')
  refuse('links that lead nowhere in the package', deadLinks(installed))
  refuse('maps that lead to no source', deadMaps(installed))
  run('npx', ['vitest', 'run'])
  run('npx', ['tsc', '--noEmit', '--strict', '--module', 'nodenext', '--target', 'es2023', 'types.ts'])
  const help = run('npx', ['phota-mock', 'serve', '--help'])
  if (!help.includes('--allow-callback-host')) throw new Error(`phota-mock serve --help printed:\n${help}`)
  await verifyItself()
  checkRecipes(project)
  console.log(`${tarball} installs, runs and is typed`)
} finally {
  await rm(project, { recursive: true, force: true })
}

function refuse(what: string, found: readonly string[]): void {
  if (found.length > 0) throw new Error(`${what}:\n  ${found.join('\n  ')}`)
}

/** The installed server, held against the contract by the installed suite. */
async function verifyItself(): Promise<void> {
  const command = join(project, 'node_modules/.bin/phota-mock')
  const server = spawn(command, ['serve', '--port', '0'], { cwd: project, stdio: ['ignore', 'pipe', 'inherit'] })
  try {
    const [banner] = (await once(server.stdout.setEncoding('utf8'), 'data')) as [string]
    const [, url = ''] = /listens on (\S+)/.exec(banner) ?? []
    const page = await fetch(`${url}/_mock/`)
    if (page.status !== 200 || !(await page.text()).includes('script')) throw new Error(`${url}/_mock/: ${page.status}`)
    const { exitCode, counts } = JSON.parse(run(command, ['verify', url, '--json']))
    if (exitCode !== 0 || counts.passed < 50) throw new Error(`phota-mock verify said ${JSON.stringify(counts)}`)
  } finally {
    server.kill()
  }
}
