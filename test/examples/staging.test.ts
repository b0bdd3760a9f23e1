import { execFileSync, spawn, spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { request as httpsRequest } from 'node:https'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { expect, onTestFinished } from 'vitest'
import { parse } from 'yaml'
import { freePort, test, untilPort } from '../cli/cli.ts'
import { dockerfile } from '../docker/steps.ts'

const EXAMPLES = 'examples/staging'
/** Debian's. Without them there is nothing to try; in CI nginx must be there. */
const NGINX = '/usr/sbin/nginx'
const ANALYZE = '/usr/bin/systemd-analyze'
const NAME = 'phota.staging.example'
const SUBMIT = { prompt: 'a lighthouse', async: true, response_mode: 'urls', client_request_id: 'order-1' }

async function emptyFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'phota-staging-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  return folder
}

/** The unit's settings, by name; the last of each. */
async function unit(): Promise<Record<string, string>> {
  const text = await readFile(join(EXAMPLES, 'phota-mock.service'), 'utf8')
  return Object.fromEntries(
    [...text.matchAll(/^([A-Za-z]+)=(.*)$/gm)].map(([, name = '', value]) => [name, value ?? '']),
  )
}

async function environment(): Promise<Record<string, string>> {
  const text = await readFile(join(EXAMPLES, 'phota-mock.env'), 'utf8')
  return Object.fromEntries([...text.matchAll(/^(\w+)=(.*)$/gm)].map(([, name = '', value]) => [name, value ?? '']))
}

/** The words of the unit's command after its program, with a folder of ours. */
async function command(folder: string): Promise<string[]> {
  const [program, verb, ...flags] = (await unit())['ExecStart']?.replace(`\${STATE_DIRECTORY}`, folder).split(' ') ?? []
  expect([program, verb]).toEqual(['/opt/phota-mock/node_modules/.bin/phota-mock', 'serve'])
  return flags
}

interface Answer {
  status: number
  text: string
}

/** Asks nginx, whose certificate is none that anybody knows. */
function ask(port: number, method: string, path: string, headers: Record<string, string>, body?: object) {
  return new Promise<Answer>((done, reject) => {
    const request = httpsRequest({
      host: '127.0.0.1',
      port,
      method,
      path,
      headers: { host: NAME, ...(body && { 'content-type': 'application/json' }), ...headers },
      rejectUnauthorized: false,
    })
    request.on('error', reject).on('response', (response) => {
      let text = ''
      response.setEncoding('utf8').on('data', (chunk: string) => {
        text += chunk
      })
      response.on('end', () => done({ status: response.statusCode ?? 0, text }))
    })
    request.end(body && JSON.stringify(body))
  })
}

/** The site as it is, but for its port, its certificate and where the server is. */
async function serveSite(address: string): Promise<number> {
  const folder = await emptyFolder()
  const port = await freePort()
  const [key, certificate] = [join(folder, 'key'), join(folder, 'certificate')]
  const made = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-subj', `/CN=${NAME}`, '-days', '1']
  execFileSync('openssl', ['req', '-x509', ...made, '-keyout', key, '-out', certificate], { stdio: 'ignore' })
  const site = (await readFile(join(EXAMPLES, 'nginx-site.conf'), 'utf8'))
    .replace('listen 443 ssl', `listen 127.0.0.1:${port} ssl`)
    .replace(`/etc/ssl/${NAME}.pem`, certificate)
    .replace(`/etc/ssl/private/${NAME}.key`, key)
    .replace('127.0.0.1:4010', address)
  await writeFile(join(folder, 'nginx.conf'), `daemon off; pid nginx.pid; events {} http { access_log off; ${site} }`)
  const nginx = spawn(NGINX, ['-p', folder, '-e', 'stderr', '-c', join(folder, 'nginx.conf')])
  onTestFinished(() => void nginx.kill())
  await untilPort(port, 'accepts')
  return port
}

test.skipIf(!existsSync(NGINX) && !process.env['CI'])(
  'The unit’s command behind the site goes on after a kill; the control API wants its token by any name',
  { timeout: 60_000 },
  async ({ serve }) => {
    const [folder, env] = [await emptyFolder(), await environment()]
    const port = String(await freePort())
    const start = async () => serve(await command(folder), { ...env, PHOTA_MOCK_PORT: port })
    let server = await start()
    const site = await serveSite(`127.0.0.1:${port}`)
    const key = { 'x-api-key': 'test-key-alice' }
    const submitted = await ask(site, 'POST', '/v1/phota/generate', key, SUBMIT)
    expect(submitted.status).toBe(202)
    const token = { authorization: `Bearer ${env['PHOTA_MOCK_CONTROL_TOKEN']}` }
    const clock = '/_mock/worlds/default/clock'
    for (const host of [NAME, 'localhost', '127.0.0.1:4010'])
      expect((await ask(site, 'GET', clock, { host })).status, host).toBe(401)
    expect((await ask(site, 'POST', `${clock}/advance`, token, { by: '18s' })).status).toBe(200)
    server.process.kill('SIGKILL')
    await server.exited
    server = await start()
    expect(await ask(site, 'POST', '/v1/phota/generate', key, SUBMIT)).toEqual({
      status: 202,
      text: submitted.text.replace('pending', 'succeeded'),
    })
    const { poll_url } = JSON.parse(submitted.text) as { poll_url: string }
    expect((await ask(site, 'GET', poll_url, key)).text).toContain(`"https://${NAME}/default/`)
    server.process.kill('SIGTERM')
    expect(await server.exited).toBe(0)
  },
)

test.skipIf(!existsSync(ANALYZE))('systemd takes the unit', async () => {
  const folder = await emptyFolder()
  const text = await readFile(join(EXAMPLES, 'phota-mock.service'), 'utf8')
  const program = join(folder, 'phota-mock')
  await symlink(process.execPath, program)
  await writeFile(join(folder, 'phota-mock.env'), '')
  const file = join(folder, 'phota-mock.service')
  await writeFile(file, text.replace('/opt/phota-mock/node_modules/.bin/phota-mock', program))
  const { status, stderr } = spawnSync(ANALYZE, ['verify', '--man=no', file], { encoding: 'utf8' })
  expect(stderr.split('\n').filter((line) => line.includes(folder))).toEqual([])
  expect(status, stderr).toBe(0)
  // What systemd would not start again is what this command ends with if its folder cannot be used.
  expect((await unit())['RestartPreventExitStatus']).toBe('2')
})

test('A copy that is made while the server runs is whole, and another server goes on with it', {
  timeout: 60_000,
}, async ({ serve, photaMock }) => {
  const root = await emptyFolder()
  const [folder, copy] = [join(root, 'data'), join(root, 'other/phota-mock.db')]
  await mkdir(join(root, 'other'))
  const submit = async (url: string, id: number) => {
    const response = await fetch(`${url}/v1/phota/generate`, {
      method: 'POST',
      headers: { 'X-API-Key': 'test-key-alice', 'Content-Type': 'application/json' },
      body: JSON.stringify({ ...SUBMIT, client_request_id: `order-${id}` }),
    })
    return response.text()
  }
  const server = await serve(['--data', folder, '--clock', 'manual'])
  const before = await Promise.all(Array.from({ length: 20 }, (_, i) => submit(server.url, i)))
  let isOn = true
  const load = (async () => {
    for (let i = 20; isOn; i++) await submit(server.url, i)
  })()
  const backup = () =>
    spawn('sh', [join(EXAMPLES, 'backup.sh'), folder, copy], {
      env: { ...process.env, NODE: process.execPath },
      stdio: ['ignore', 'inherit', 'inherit'],
    })
  for (const _ of ['the first', 'one over it']) expect(await new Promise((done) => backup().on('close', done))).toBe(0)
  isOn = false
  await load
  const check = photaMock(['check', join(root, 'other')])
  expect(await check.exited, check.stdout).toBe(0)
  const other = await serve(['--data', join(root, 'other')])
  expect(await Promise.all(before.map((_, i) => submit(other.url, i)))).toEqual(before)
  expect(spawnSync('sh', [join(EXAMPLES, 'backup.sh'), folder]).status).toBe(2)
})

test('The service of compose.yaml keeps what it serves in its volume, whose folder is of the image’s user', async ({
  serve,
}) => {
  const { services, volumes } = parse(await readFile(join(EXAMPLES, 'compose.yaml'), 'utf8')) as {
    services: Record<string, { environment: Record<string, string>; volumes: string[] }>
    volumes: Record<string, object>
  }
  const { environment = {}, volumes: mounts = [] } = services['phota-mock'] ?? {}
  const data = environment['PHOTA_MOCK_DATA'] ?? ''
  expect(mounts).toEqual(Object.keys(volumes).map((name) => `${name}:${data}`))
  const user = (await dockerfile()).find(({ name }) => name === 'USER')?.text
  const owned = (await dockerfile()).filter(({ name, text }) => name === 'COPY' && text.includes(`--chown=${user}:`))
  expect(owned.map(({ text }) => text.split(' ').at(-1))).toEqual([data])
  const folder = await emptyFolder()
  await serve([], { ...environment, PHOTA_MOCK_CONTROL_TOKEN: 'open-sesame', PHOTA_MOCK_DATA: folder })
  expect(existsSync(resolve(folder, 'phota-mock.db'))).toBe(true)
})
