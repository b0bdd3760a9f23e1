import { execFile, execFileSync } from 'node:child_process'
import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

// Clients of every kind with the real address built in, under `phota-mock run`. What they are made of is installed.

const NODE_LIBRARIES = ['axios@1', 'got@15', 'undici@8', 'undici-7@npm:undici@7', 'undici-6@npm:undici@6']
const PYTHON_LIBRARIES = ['requests', 'httpx', 'aiohttp']
/** The oldest Node that phota-mock itself runs on, which has no proxy of its own. */
const OLD_NODE = `old-node@npm:node-${process.platform}-${process.arch}@22.13.0`
const INSTALL_MS = 300_000

const canRun = (program: string, ...args: string[]): boolean => {
  try {
    execFileSync(program, args, { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}

let folder: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'phota-mock-clients-'))
  await cp('test/run/clients', folder, { recursive: true })
  await writeFile(join(folder, 'package.json'), '{ "private": true }')
  const quiet = ['--silent', '--no-audit', '--no-fund']
  await promisify(execFile)('npm', ['install', ...quiet, ...NODE_LIBRARIES, OLD_NODE], { cwd: folder })
  await promisify(execFile)('python3', ['-m', 'venv', 'venv'], { cwd: folder })
  // Where pip reaches nothing, those that it could not install are left out below.
  for (const library of PYTHON_LIBRARIES)
    canRun(join(folder, 'venv/bin/pip'), 'install', '--quiet', '--retries', '0', library)
}, INSTALL_MS)

afterAll(() => rm(folder, { recursive: true, force: true }))

/** What a client printed that ran under `phota-mock run` in the folder. */
async function run(command: readonly string[], env: Record<string, string> = {}): Promise<unknown> {
  const { stdout } = await promisify(execFile)(
    process.execPath,
    [resolve('src/cli.ts'), 'run', '--quiet', '--', ...command],
    { cwd: folder, env: { PATH: process.env['PATH'], HOME: process.env['HOME'], ...env } },
  )
  return JSON.parse(stdout)
}

const DONE = { status: 'succeeded', host: 'cache-cdn.photalabs.com', isJpeg: true }

test.each([
  'fetch',
  'https',
  'axios',
  'got',
  'undici.request',
  'undici.fetch',
  'undici.Client',
  'undici.Agent',
  'undici-7.request',
  'undici-6.Client',
])('Node 24: %s reaches the server by the real address', async (way) => {
  expect(await run([process.execPath, 'node.mjs', way])).toEqual({ way, ...DONE })
})

test.each([
  'fetch',
  'https',
  'axios',
  'got',
  'undici-7.request',
  'undici-7.fetch',
  'undici-7.Client',
  'undici-6.Client',
])('Node 22.13: %s reaches the server by the real address', async (way) => {
  expect(await run(['node_modules/old-node/bin/node', 'node.mjs', way])).toEqual({ way, ...DONE })
})

test('Node 24 reaches the server by its own proxy setting, if its options are taken away', async () => {
  const command = ['env', 'NODE_OPTIONS=', process.execPath, 'node.mjs']
  for (const way of ['fetch', 'https', 'axios', 'got']) expect(await run([...command, way])).toEqual({ way, ...DONE })
})

describe('Python', () => {
  test('urllib reaches the server by the real address', async () => {
    expect(await run(['python3', 'client.py', 'urllib'])).toEqual({ way: 'urllib', ...DONE })
  })

  test.each(PYTHON_LIBRARIES)('%s reaches the server by the real address', async (way) => {
    const python = join(folder, 'venv/bin/python')
    if (!canRun(python, '-c', `import ${way}`)) return console.warn(`${way} is left out: pip could not install it`)
    expect(await run([python, 'client.py', way])).toEqual({ way, ...DONE })
  })
})

test('curl reaches the server by the real address', async () => {
  expect(await run(['sh', 'curl.sh'])).toEqual({ way: 'curl', ...DONE })
})

// Where they are installed, as with Java.
test.each([
  ['php', ['php', 'client.php'], ['php', '-r', 'curl_init();']],
  ['ruby', ['ruby', 'client.rb'], ['ruby', '-rnet/http', '-e', '']],
  ['tiny', ['perl', 'client.pl', 'tiny'], ['perl', '-MIO::Socket::SSL', '-e', '']],
  ['lwp', ['perl', 'client.pl', 'lwp'], ['perl', '-MLWP::Protocol::https', '-e', '']],
  ['go', ['go', 'run', 'client.go'], ['go', 'version']],
] as const)('%s reaches the server by the real address', async (way, command, [program, ...probe]) => {
  if (!canRun(program, ...probe)) return console.warn(`${way} is left out: ${program} is not installed with it`)
  expect(await run(command)).toEqual({ way, ...DONE })
})

test.skipIf(!canRun('wget', '--version'))('wget reaches the server, and keeps the settings of its user', async () => {
  const settings = join(folder, 'settings of wget')
  await writeFile(settings, 'header = X-API-Key: test-key-alice\nquiet = on')
  const command = ['wget', '-O-', 'https://api.photalabs.com/v1/phota/profiles/ids']
  expect(await run(command, { WGETRC: settings })).toHaveProperty('profiles')
})

test.skipIf(!canRun('php', '--version'))('PHP reads the settings of its user too', async () => {
  await mkdir(join(folder, 'ini'))
  await writeFile(join(folder, 'ini/mine.ini'), 'memory_limit=77M')
  const code = 'echo json_encode([ini_get("memory_limit"), basename(ini_get("openssl.cafile"))]);'
  expect(await run(['php', '-r', code], { PHP_INI_SCAN_DIR: join(folder, 'ini') })).toEqual([
    '77M',
    expect.stringMatching(/^bundle-\d+\.pem$/),
  ])
})

describe.skipIf(!canRun('java', '-version'))('Java', () => {
  test('HttpClient reaches the server by the real address', async () => {
    expect(await run(['java', 'Client.java'])).toEqual({ way: 'java', ...DONE })
  })

  test('a trust store of the user’s is added to, in its own format', async () => {
    const store = join(folder, 'a store.p12')
    const key = ['-genkeypair', '-alias', 'mine', '-keyalg', 'EC', '-dname', 'CN=mine']
    execFileSync('keytool', [...key, '-keystore', store, '-storepass', 'secret-1', '-storetype', 'PKCS12'])
    const env = {
      JAVA_TOOL_OPTIONS: `-Djavax.net.ssl.trustStore="${store}" -Djavax.net.ssl.trustStorePassword=secret-1`,
    }
    expect(await run(['java', 'Client.java'], env)).toEqual({ way: 'java', ...DONE })
    const list = `
      for each in $JAVA_TOOL_OPTIONS; do case $each in -Djavax.net.ssl.trustStore=/*) store=\${each#*=}; esac; done
      keytool -list -keystore "$store" -storepass secret-1 | grep -c 'mine, \\|phota-mock, '`
    expect(await run(['sh', '-c', list], env)).toBe(2)
  })
})
