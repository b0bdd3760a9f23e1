import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect } from 'vitest'
import { connect } from '../../src/control/index.ts'
import { freePort, test, untilPort } from '../cli/cli.ts'
import { askMany } from '../server/load.ts'

const SHARDS = ['s1', 's2', 's3']

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'phota-mock-nginx-'))
})
afterAll(() => rm(folder, { recursive: true }))

/** Debian's. Without it there is nothing to try; in CI it must be there. */
const NGINX = '/usr/sbin/nginx'

test.skipIf(!existsSync(NGINX) && !process.env['CI'])(
  'three servers behind nginx are one: verify finds nothing, and a load over many Worlds is charged once each',
  {
    timeout: 120_000,
  },
  async ({ photaMock, onTestFinished }) => {
    const [front = 0, ...ports] = await Promise.all([0, 1, 2, 3].map(freePort))
    const url = `http://127.0.0.1:${front}`
    const servers = SHARDS.map((shard, i) =>
      photaMock(['serve', '--port', String(ports[i]), '--shard', shard, '--public-url', url]),
    )
    await Promise.all(servers.map((server) => server.prints(/Ctrl-C/)))
    const config = join(folder, 'nginx.conf')
    const shipped = await readFile('examples/scale-out/nginx.conf', 'utf8')
    const places = new Map(['4010', '4011', '4012', '4013'].map((port, i) => [port, String([front, ...ports][i])]))
    await writeFile(
      config,
      shipped.replace(/127\.0\.0\.1:(401\d)/g, (_, port: string) => `127.0.0.1:${places.get(port)}`),
    )
    const nginx = spawn(NGINX, ['-p', folder, '-e', 'stderr', '-c', config], { stdio: ['ignore', 'ignore', 'inherit'] })
    onTestFinished(async () => {
      nginx.kill('SIGTERM')
      await once(nginx, 'exit')
    })
    await untilPort(front, 'accepts')

    const verify = photaMock(['verify', url])
    expect(await verify.exited, verify.stdout + verify.stderr).toBe(0)
    expect(verify.stdout).toMatch(/ 0 failed · 0 note · 0 skipped · 0 error /)

    // The default World of each.
    for (const shard of SHARDS) {
      const default_ = connect(url).worlds.get(`${shard}-default`)
      expect((await default_.accounts.get('alice')).keys).toEqual([`${shard}-test-key-alice`])
    }
    const worlds = await Promise.all(
      Array.from({ length: 9 }, () =>
        connect(url).worlds.create({ clock: { mode: 'manual' }, accounts: [{ id: 'alice', deposit: '100' }] }),
      ),
    )
    expect(new Set(worlds.map(({ id }) => id.split('-')[0]))).toEqual(new Set(SHARDS))
    await askMany(url, worlds)
  },
)
