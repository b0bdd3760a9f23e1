import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import sharp from 'sharp'
import { expect, test } from 'vitest'
import defaultWorld from '../fixtures/worlds/default.ts'
import { startServer } from '../src/server/server.ts'

const readme = await readFile('README.md', 'utf8')
const [serverLines = '', callbackLines = ''] = ["README's server lines", '### A callback'].map((mark) => {
  const [, block] = /```sh\n([\s\S]*?)```/.exec(readme.slice(readme.indexOf(mark))) ?? []
  return block ?? ''
})

/** A port that was free a moment ago. */
async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1')
  await once(probe, 'listening')
  const { port } = probe.address() as AddressInfo
  probe.close()
  return port
}

test('the README’s lines for the server do what it says', { timeout: 60_000 }, async () => {
  const server = await startServer({ port: 0, clock: 'manual', contents: defaultWorld })
  const folder = await mkdtemp(join(tmpdir(), 'phota-mock-readme-'))
  const receiverPort = await freePort()
  const lines = (serverLines + callbackLines)
    .replaceAll('127.0.0.1:4010', new URL(server.url).host)
    .replaceAll('5000', String(receiverPort))
    .replace('examples/verify_callback.py', resolve('examples/verify_callback.py'))
    .trim()
    .split('\n')
  expect(lines).toHaveLength(8)
  // The reader waits 18 s before the download; the clock need not.
  lines.splice(
    3,
    0,
    `curl -s ${server.url}/_mock/worlds/default/clock/advance -H "$JSON" -d '{"by": "18s"}' >/dev/null`,
  )
  // The reader sees that the receiver waits before going on.
  const receiverAt = lines.findIndex((line) => line.startsWith('python3'))
  lines.splice(
    receiverAt + 1,
    0,
    `until (exec 3<>/dev/tcp/127.0.0.1/${receiverPort}) 2>/dev/null; do sleep 0.1; done; echo`,
  )
  try {
    const shell = spawn('bash', ['-c', [...lines, 'sleep 0.2; kill %1'].join('\necho\n')], { cwd: folder })
    let output = ''
    shell.stdout.on('data', (chunk) => {
      output += chunk
    })
    shell.stderr.on('data', (chunk) => {
      output += chunk
    })
    await once(shell, 'close')
    expect(output).toMatch(/"status":"pending"/)
    expect(output).toMatch(/"code":"JOB_EXPIRED"/)
    expect(output).toMatch(/genuine \{"job_id":"[0-9a-f]{32}","status":"succeeded"/)
    expect(await sharp(join(folder, 'lighthouse.jpg')).metadata()).toMatchObject({
      format: 'jpeg',
      width: 1024,
      height: 1024,
    })
  } finally {
    await server.close(100)
    await rm(folder, { recursive: true, force: true })
  }
})

test('the README’s test passes as printed', { timeout: 60_000 }, async () => {
  const [, code = ''] = /```ts\n(import \{ expect \}[\s\S]*?)```/.exec(readme) ?? []
  expect(code.split('\n').length).toBeLessThan(22)
  const folder = await mkdtemp(resolve('test/.readme-'))
  try {
    const source = code.replace("'phota-mock/vitest'", `'${resolve('src/fixture/vitest.ts')}'`)
    await writeFile(join(folder, 'readme.test.ts'), source)
    await writeFile(join(folder, 'vitest.config.ts'), 'export default {}')
    const report = join(folder, 'report.json')
    const vitest = resolve('node_modules/vitest/vitest.mjs')
    execFileSync(process.execPath, [vitest, 'run', '--root', folder, '--reporter', 'json', '--outputFile', report])
    expect(JSON.parse(await readFile(report, 'utf8'))).toMatchObject({ numPassedTests: 1, numFailedTests: 0 })
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
})
