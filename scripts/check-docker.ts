import { execFileSync, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { cp, mkdir, mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { actionSteps, dockerfile } from '../test/docker/steps.ts'

// There is no Docker engine here: each line that a container would run is run as a shell script in an empty folder.
// What a container would have at /app and /build is below that folder.
const root = await mkdtemp(join(tmpdir(), 'phota-docker-'))
const inside = (text: string): string => text.replaceAll('/app', join(root, 'app'))

try {
  await copyContext(join(root, 'build'))
  const lines = await dockerfile()
  for (const { name, text } of lines) if (name === 'RUN') sh(text, join(root, 'build'))
  const last = (name: string): string => lines.findLast((line) => line.name === name)?.text ?? ''
  const port = await freePort()
  const environment = Object.fromEntries(
    last('ENV')
      .split(' ')
      .map((pair) => pair.split('=')),
  )
  const [command = '', ...more] = [...JSON.parse(inside(last('ENTRYPOINT'))), ...JSON.parse(last('CMD'))] as string[]
  const check = inside(last('HEALTHCHECK')).replace(/^.* CMD /, '')
  const [, ...waiting] = JSON.parse(check) as string[]
  await whileServing(command, more, { ...environment, PHOTA_MOCK_PORT: String(port) }, () => {
    const url = `http://127.0.0.1:${port}`
    run(command, ['wait', url])
    run(
      command,
      waiting.map((word) => word.replace('http://127.0.0.1:4010', url)),
    )
  })
  const [tarball] = (await readdir(join(root, 'build'))).filter((name) => name.endsWith('.tgz'))
  await runAction(join(root, 'build', tarball as string))
  console.log('Dockerfile and action.yml: every line runs as a shell script')
} finally {
  await rm(root, { recursive: true, force: true })
}

/** What `COPY . .` copies: everything that is committed but what .dockerignore names. */
async function copyContext(folder: string): Promise<void> {
  const ignored = (await readFile('.dockerignore', 'utf8')).split('\n').filter((line) => line !== '')
  const files = execFileSync('git', ['ls-files'], { encoding: 'utf8' }).split('\n')
  for (const file of files) {
    if (file === '' || ignored.some((name) => file === name || file.startsWith(`${name}/`))) continue
    await mkdir(dirname(join(folder, file)), { recursive: true })
    await cp(file, join(folder, file))
  }
}

function sh(line: string, cwd: string): void {
  console.log(`RUN ${line}`)
  execFileSync('sh', ['-ec', inside(line)], { cwd, stdio: ['ignore', 'inherit', 'inherit'] })
}

function run(command: string, args: string[], env: Record<string, string> = {}): void {
  execFileSync(command, args, { cwd: root, stdio: ['ignore', 'inherit', 'inherit'], env: { ...process.env, ...env } })
}

async function whileServing(
  command: string,
  args: string[],
  env: Record<string, string>,
  use: () => void,
): Promise<void> {
  const server = spawn(command, args, { cwd: root, env: { ...process.env, ...env }, stdio: 'ignore' })
  const ended = once(server, 'exit')
  let code: number | null = null
  try {
    use()
  } finally {
    server.kill('SIGTERM')
    code = ((await ended) as [number | null])[0]
  }
  if (code !== 0) throw new Error(`SIGTERM, as of docker stop, ended the server with ${code}`)
}

/** Serve, then verify what is served, as two steps of one job. */
async function runAction(tarball: string): Promise<void> {
  const port = await freePort()
  const url = `http://127.0.0.1:${port}`
  const env = { ...process.env, RUNNER_TEMP: join(root, 'runner'), GITHUB_OUTPUT: join(root, 'output') }
  await mkdir(env.RUNNER_TEMP)
  try {
    for (const inputs of [
      { command: 'serve', port: String(port), package: tarball },
      { command: 'verify', url, args: '--only secret.shape', package: tarball },
    ]) {
      for (const step of await actionSteps(inputs)) {
        if (step.run === undefined) continue
        const { status } = spawnSync('bash', ['-eo', 'pipefail', '-c', step.run], {
          cwd: env.RUNNER_TEMP,
          env: { ...env, ...step.env },
          stdio: ['ignore', 'inherit', 'inherit'],
        })
        if (status !== 0) throw new Error(`action.yml, ${inputs.command}, ended with ${status}:\n${step.run}`)
      }
    }
  } finally {
    const pid = await readFile(join(env.RUNNER_TEMP, 'phota-mock.pid'), 'utf8').catch(() => null)
    if (pid !== null) process.kill(Number(pid))
  }
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1')
  await once(probe, 'listening')
  const { port } = probe.address() as { port: number }
  probe.close()
  return port
}
