import { spawn, spawnSync } from 'node:child_process'
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { describe, expect, onTestFinished } from 'vitest'
import { parse } from 'yaml'
import { COMPILED, freePort, test, untilPort } from '../cli/cli.ts'
import { actionSteps, dockerfile } from './steps.ts'

async function emptyFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'phota-docker-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  return folder
}

test('The image runs not as root, its command serves to others, and its health check waits for it', async ({
  photaMock,
}) => {
  const lines = await dockerfile()
  const last = lines.slice(lines.map(({ name }) => name).lastIndexOf('FROM'))
  const of = (name: string): string => last.find((line) => line.name === name)?.text ?? ''
  expect(of('USER')).toBe('node')
  const env = Object.fromEntries(
    of('ENV')
      .split(' ')
      .map((pair) => pair.split('=')),
  ) as Record<string, string>
  expect(env['PHOTA_MOCK_HOST']).toBe('0.0.0.0')
  const [entry] = JSON.parse(of('ENTRYPOINT')) as [string]
  const [checkedEntry, ...check] = JSON.parse(of('HEALTHCHECK').replace(/^.* CMD /, '')) as string[]
  expect(checkedEntry).toBe(entry)
  // The port of the image may be taken on this machine.
  const port = String(await freePort())
  const here = check.map((word) => word.replace(of('EXPOSE'), port))
  expect(here).not.toEqual(check)
  expect(await photaMock(here).exited).toBe(1)
  const served = photaMock(JSON.parse(of('CMD')) as string[], { ...env, PHOTA_MOCK_PORT: port })
  await served.prints(/Open +API and images to everyone who reaches 0\.0\.0\.0; control API to this machine only/)
  expect(await photaMock(here).exited).toBe(0)
})

test('The services of compose.yaml work together, here with a port for each', { timeout: 60_000 }, async ({
  serve,
}) => {
  const { services } = parse(await readFile('compose.yaml', 'utf8')) as {
    services: Record<string, { environment: Record<string, string>; command: string[] }>
  }
  const env = (name: string): Record<string, string> => services[name]?.environment ?? {}
  const run = (name: string, more: Record<string, string>) =>
    spawn(process.execPath, [`examples/docker/${services[name]?.command[1]?.split('/').at(-1)}`], {
      env: { ...process.env, ...env(name), ...more },
      stdio: ['ignore', 'pipe', 'inherit'],
    })
  const printed = async (child: ReturnType<typeof run>): Promise<string> => {
    let text = ''
    for await (const chunk of child.stdout?.setEncoding('utf8') ?? []) {
      text += chunk
      if (text.endsWith('\n')) break
    }
    return text
  }
  const { url } = await serve([], env('phota-mock'))
  const port = await freePort()
  const receiver = run('receiver', { PORT: String(port) })
  onTestFinished(() => void receiver.kill())
  await untilPort(port, 'accepts')
  const callback = printed(receiver)

  const folder = await emptyFolder()
  const proxy = await freePort()
  const server = (await readFile('examples/docker/nginx.conf', 'utf8'))
    .replace('listen 8080', `listen 127.0.0.1:${proxy}`)
    .replace('http://phota-mock:4010', url)
  await writeFile(join(folder, 'nginx.conf'), `daemon off; pid nginx.pid; events {} http { access_log off; ${server} }`)
  const nginx = spawn('/usr/sbin/nginx', ['-p', folder, '-e', 'stderr', '-c', join(folder, 'nginx.conf')])
  onTestFinished(() => void nginx.kill())
  await untilPort(proxy, 'accepts')

  // As from the host: download URLs and the callback name nginx, whose port is the only one that is mapped.
  const through = `http://localhost:${proxy}`
  const application = run('application', { PHOTA_URL: through, CALLBACK_URL: `http://127.0.0.1:${port}/` })
  expect(await printed(application)).toBe(`succeeded; ${through} answers 200 image/jpeg\n`)
  expect(await callback).toMatch(/^callback sha256=[0-9a-f]{64} \{"job_id"/)
  expect(await callback).toContain(`"${through}/default/`)
})

/** Of npm, what action.yml uses, without a registry: the command of the sources. */
const NPM = `#!/bin/bash
while [ "$1" != --prefix ]; do shift; done
bin="$2/node_modules/.bin"
mkdir -p "$bin"
printf '#!/bin/bash\\ncd ${resolve('.')} && exec ${process.execPath} src/cli.ts "$@"\\n' >"$bin/phota-mock"
chmod +x "$bin/phota-mock"
`

describe('action.yml', () => {
  async function runSteps(inputs: Record<string, string>): Promise<{ folder: string; codes: (number | null)[] }> {
    const folder = await emptyFolder()
    await writeFile(join(folder, 'npm'), NPM)
    await chmod(join(folder, 'npm'), 0o755)
    const output = join(folder, 'output')
    await writeFile(output, '')
    const env = { PATH: `${folder}:${process.env['PATH']}`, HOME: folder, RUNNER_TEMP: folder, GITHUB_OUTPUT: output }
    const codes = (await actionSteps(inputs))
      .filter(({ run }) => run !== undefined)
      .map(
        (step) =>
          spawnSync('bash', ['-eo', 'pipefail', '-c', step.run as string], {
            cwd: folder,
            env: { ...env, ...COMPILED, ...step.env },
            timeout: 120_000,
          }).status,
      )
    return { folder, codes }
  }

  test('serves in the background until the job ends, and says where', async () => {
    const port = await freePort()
    const args = `--seed ci --stop-with-stdin false --fixture every-state`
    const { folder, codes } = await runSteps({ port: String(port), args })
    expect(codes).toEqual([0, 0])
    const url = `http://127.0.0.1:${port}`
    expect(await readFile(join(folder, 'output'), 'utf8')).toBe(`url=${url}\n`)
    expect((await fetch(`${url}/_mock/health`)).status).toBe(200)
    process.kill(Number(await readFile(join(folder, 'phota-mock.pid'), 'utf8')))
    await untilPort(port, 'refuses')
  })

  test('fails with the server’s own words if it does not start', async () => {
    const { codes } = await runSteps({ port: String(await freePort()), args: '--speed fast', timeout: '1s' })
    expect(codes).toEqual([0, 1])
  })

  test('verifies, and keeps the report as an artifact even of a breach', { timeout: 150_000 }, async ({ serve }) => {
    const { url } = await serve()
    const inputs = { command: 'verify', url, args: '--only secret.shape' }
    const { folder, codes } = await runSteps(inputs)
    expect(codes).toEqual([0, 0])
    expect(await readFile(join(folder, 'phota-report/report.html'), 'utf8')).toContain('secret.shape')
    const upload = (await actionSteps(inputs)).at(-1)
    expect(upload?.if).toMatch(/^always\(\)/)
    expect(upload?.with?.['path']).toMatch(/runner\.temp \}\}\/phota-report$/)
  })

  test('grades a client, and keeps the report', { timeout: 150_000 }, async () => {
    const client = 'curl -fsS "$PHOTA_BASE_URL/profiles/ids" -H "X-API-Key: $PHOTA_API_KEY" >/dev/null'
    const { folder, codes } = await runSteps({ command: 'grade', args: '--only secret.not-in-url', client })
    expect(codes).toEqual([0, 0])
    expect(await readFile(join(folder, 'phota-report/report.html'), 'utf8')).toContain('secret.not-in-url')
    expect((await actionSteps({ command: 'grade' })).at(-1)?.if).toMatch(/^always\(\)/)
  })
})
