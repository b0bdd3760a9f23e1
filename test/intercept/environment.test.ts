import { execFileSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { test as base, expect } from 'vitest'
import { type Intercept, startIntercept } from '../../src/intercept/intercept.ts'
import { REAL_HOSTS } from '../../src/run/mock-hosts.ts'

interface Fixtures {
  folder: string
  intercept(env?: NodeJS.ProcessEnv): Promise<Intercept>
}

const test = base.extend<Fixtures>({
  // biome-ignore lint/correctness/noEmptyPattern: vitest wants the pattern.
  folder: async ({}, use) => {
    const folder = mkdtempSync(join(tmpdir(), 'a folder of the user '))
    await use(folder)
    rmSync(folder, { recursive: true })
  },
  // biome-ignore lint/correctness/noEmptyPattern: vitest wants the pattern.
  intercept: async ({}, use) => {
    const started: Intercept[] = []
    await use(async (env = {}) => {
      const one = await startIntercept({ hosts: REAL_HOSTS, originOf: () => null, env })
      started.push(one)
      return one
    })
    for (const one of started) await one.close()
  },
})

const CERTIFICATE = '-----BEGIN CERTIFICATE-----\nb3du\n-----END CERTIFICATE-----\n'

test('the files are for this user alone, hold no private key, and are gone in the end', async ({ intercept }) => {
  const one = await intercept()
  const folder = dirname(one.caFile)
  expect((statSync(folder).mode & 0o777).toString(8)).toBe('700')
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile())
  expect(files.length).toBeGreaterThan(5)
  for (const { parentPath, name } of files) {
    expect(readFileSync(join(parentPath, name), 'latin1')).not.toContain('PRIVATE')
  }
  await one.close()
  expect(() => statSync(folder)).toThrow('ENOENT')
})

test('the proxy is named in both cases, and loopback is left out', async ({ intercept }) => {
  const one = await intercept()
  const env = one.environment()
  for (const name of ['HTTPS_PROXY', 'https_proxy', 'HTTP_PROXY', 'http_proxy']) expect(env[name]).toBe(one.url)
  for (const name of ['NO_PROXY', 'no_proxy']) expect(env[name]).toBe('localhost,127.0.0.1,::1')
  expect(env).not.toHaveProperty('ALL_PROXY')
})

test('what a user excepts from the proxy stays, but for what would lead to the real API', async ({ intercept }) => {
  const NO_PROXY = 'a.test, .photalabs.com,*,photalabs.com:443,10.0.0.0/8,com,localhost,*.PhotaLabs.com'
  const { NO_PROXY: told } = (await intercept({ NO_PROXY })).environment()
  expect(told).toBe('localhost,127.0.0.1,::1,a.test,10.0.0.0/8')
})

test('ALL_PROXY of the user leads to the real API no more', async ({ intercept }) => {
  const one = await intercept({ ALL_PROXY: 'http://proxy.test:3128' })
  expect(one.environment()).toMatchObject({ ALL_PROXY: one.url, all_proxy: one.url })
})

test('what a user trusts for one client, and options for a language, are added to, not replaced', async ({
  folder,
  intercept,
}) => {
  const own = join(folder, 'own.pem')
  writeFileSync(own, CERTIFICATE)
  const one = await intercept({
    REQUESTS_CA_BUNDLE: own,
    NODE_EXTRA_CA_CERTS: own,
    PIP_CERT: own,
    NODE_OPTIONS: '--max-old-space-size=900',
    JAVA_TOOL_OPTIONS: '-Xmx100m',
    PYTHONPATH: '/mine',
    PHP_INI_SCAN_DIR: '/mine',
    WGETRC: own,
  })
  const env = one.environment()
  const authority = readFileSync(one.caFile, 'utf8')
  for (const name of ['REQUESTS_CA_BUNDLE', 'NODE_EXTRA_CA_CERTS', 'PIP_CERT']) {
    expect(readFileSync(env[name] as string, 'utf8')).toBe(`${CERTIFICATE}\n${authority}`)
  }
  // Nobody gave a file for this client: it goes on trusting what the system trusts.
  const system = readFileSync(env['SSL_CERT_FILE'] as string, 'utf8')
  expect(system.endsWith(authority)).toBe(true)
  expect(system.match(/BEGIN CERTIFICATE/g)?.length).toBeGreaterThan(50)
  expect(system).not.toContain(CERTIFICATE)
  expect(env['NODE_OPTIONS']).toMatch(/^--max-old-space-size=900 --require "/)
  expect(env['JAVA_TOOL_OPTIONS']).toMatch(/^-Xmx100m -D/)
  expect(env['PYTHONPATH']).toMatch(/:\/mine$/)
  expect(env['PHP_INI_SCAN_DIR']).toMatch(/^\/mine:\/.+/)
  expect(readFileSync(env['WGETRC'] as string, 'utf8')).toBe(
    `${CERTIFICATE}\nca_certificate = ${env['SSL_CERT_FILE']}\n`,
  )
  expect(env).not.toHaveProperty('CARGO_HTTP_CAINFO')
})

test('Node starts with the options although the folder has a blank in its name', async ({ folder, intercept }) => {
  const before = process.env['TMPDIR']
  process.env['TMPDIR'] = folder
  try {
    const one = await intercept()
    expect(one.caFile).toContain('a folder of the user')
    const env = { PATH: process.env['PATH'], ...one.environment() }
    const code = "require('node:net').connect(443, 'api.photalabs.com').on('connect', () => process.exit(7))"
    expect(() => execFileSync(process.execPath, ['-e', code], { env })).toThrow(expect.objectContaining({ status: 7 }))
  } finally {
    if (before === undefined) delete process.env['TMPDIR']
    else process.env['TMPDIR'] = before
  }
})

test('a sitecustomize of the user’s is loaded too', async ({ folder, intercept }) => {
  writeFileSync(join(folder, 'sitecustomize.py'), 'import sys\nsys.mine = 42\n')
  const env = { PATH: process.env['PATH'], ...(await intercept({ PYTHONPATH: folder })).environment() }
  const code = 'import sys, socket; print(sys.mine, socket.getaddrinfo("api.photalabs.com", 443)[0][4][0])'
  expect(execFileSync('python3', ['-c', code], { env, encoding: 'utf8' })).toBe('42 127.0.0.1\n')
})

test('what a user trusts by OpenSSL, PHP and wget trust too', async ({ folder, intercept }) => {
  const own = join(folder, 'own.pem')
  writeFileSync(own, CERTIFICATE)
  const env = (await intercept({ SSL_CERT_FILE: own })).environment()
  const bundle = env['SSL_CERT_FILE'] as string
  expect(readFileSync(bundle, 'utf8')).toContain(CERTIFICATE)
  const php = (env['PHP_INI_SCAN_DIR'] as string).split(':')[1] as string
  expect(readFileSync(join(php, 'phota-mock.ini'), 'utf8')).toContain(`curl.cainfo="${bundle}"`)
  expect(readFileSync(env['WGETRC'] as string, 'utf8')).toContain(`ca_certificate = ${bundle}\n`)
})
