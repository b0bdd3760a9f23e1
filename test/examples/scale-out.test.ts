import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { expect } from 'vitest'
import { connect } from '../../src/control/index.ts'
import { COMPILED, freePort, test, untilPort } from '../cli/cli.ts'
import { askMany } from '../server/load.ts'

const SHARDS = ['s1', 's2', 's3']

/** Debian's. Without it there is nothing to try; in CI it must be there. */
const NGINX = '/usr/sbin/nginx'

test.skipIf(!existsSync(NGINX) && !process.env['CI'])(
  'three servers behind nginx are one: verify finds nothing, and a load over many Worlds is charged once each',
  {
    timeout: 120_000,
  },
  async ({ photaMock, onTestFinished }) => {
    const port = await freePort(4)
    const url = `http://127.0.0.1:${port}`
    const script = spawn('sh', ['examples/scale-out/serve.sh', '3', '--log-level', 'error'], {
      env: { ...process.env, ...COMPILED, PORT: String(port), PHOTA_MOCK: `${process.execPath} src/cli.ts` },
      stdio: ['ignore', 'ignore', 'inherit'],
    })
    onTestFinished(async () => {
      script.kill('SIGTERM')
      await once(script, 'exit')
      await Promise.all([0, 1, 2, 3].map((n) => untilPort(port + n, 'refuses')))
    })
    // Whoever finds nginx finds all of them.
    await untilPort(port, 'accepts')
    for (const _ of SHARDS) await connect(url).worlds.create({})

    const verify = photaMock(['verify', url, '--depth', 'quick'])
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
