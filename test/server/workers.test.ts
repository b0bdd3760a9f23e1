import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, onTestFinished, vi } from 'vitest'
import { connect, type WorldControl } from '../../src/control/index.ts'
import { test as base, type Served } from '../cli/cli.ts'
import { askMany } from './load.ts'
import { ASYNC, ask } from './serving.ts'

const test = base.extend<{ served: Served }>({
  served: async ({ serve }, use) => use(await serve(['--workers', '3'])),
})

describe('serve --workers 3', () => {
  test('is one server to verify', { timeout: 120_000 }, async ({ served, photaMock }) => {
    const verify = photaMock(['verify', served.url])
    expect(await verify.exited, verify.stdout + verify.stderr).toBe(0)
    expect(verify.stdout).toMatch(/ 0 failed · 0 note · 0 skipped · 0 error /)
  })

  test('spreads the Worlds that it makes, and sends each request to the World’s own worker', async ({ served }) => {
    const control = connect(served.url)
    const worlds: WorldControl[] = []
    for (let i = 0; i < 9; i++) {
      worlds.push(
        await control.worlds.create({ clock: { mode: 'manual' }, accounts: [{ id: 'alice', deposit: '100' }] }),
      )
    }
    for (const prefix of ['w', 'p2-', 'p3-'])
      expect(worlds.filter(({ id }) => id.startsWith(prefix)).length, prefix).toBeGreaterThan(1)
    await askMany(served.url, worlds)
    const all = (await control.worlds.list()).map(({ id }) => id)
    expect(all.toSorted()).toEqual(['default', 'p2-default', 'p3-default', ...worlds.map(({ id }) => id)].toSorted())
  })

  test('has a default World on each worker, with the same keys behind its prefix', async ({ served }) => {
    expect(served.stdout).toContain('3 workers; each has a default World with these keys, behind nothing, p2-, p3-')
    for (const prefix of ['', 'p2-', 'p3-']) {
      expect((await ask(served.url, '/generate', ASYNC, `${prefix}test-key-alice`)).status).toBe(202)
      expect((await ask(served.url, '/generate', ASYNC, `${prefix}test-key-broke`)).status).toBe(402)
      expect((await ask(served.url, '/generate', ASYNC, `${prefix}nobody`)).status).toBe(401)
    }
  })

  test('makes a World where its name or its key says, and refuses one that nobody would find', async ({ served }) => {
    const control = connect(served.url)
    expect((await control.worlds.create({ id: 'p3-mine' })).id).toBe('p3-mine')
    expect((await control.worlds.create({ id: 'mine' })).id).toBe('mine')
    const byKey = await control.worlds.create({ accounts: [{ id: 'alice', keys: ['p2-my-key'], deposit: '1' }] })
    expect(byKey.id).toMatch(/^p2-w\d+$/)
    expect((await ask(served.url, '/generate', ASYNC, 'p2-my-key')).status).toBe(202)
    await expect(control.worlds.create({ id: 'mine', accounts: [] })).rejects.toThrow('already live')
    await expect(
      control.worlds.create({ id: 'p2-other', accounts: [{ id: 'alice', keys: ['my-key'] }] }),
    ).rejects.toThrow("the key 'my-key' go to another shard, by how it begins; expects one that begins with 'p2-'")
    await expect(byKey.accounts.create({ id: 'bob', keys: ['p3-bob'] })).rejects.toThrow("begins with 'p2-'")
    await expect(control.worlds.get('p2-nobody').describe()).rejects.toThrow("no World 'p2-nobody'")
  })

  test('carries events, faults and large bodies from the worker that has the World', async ({ served }) => {
    const control = connect(served.url)
    // Of three Worlds in a row, at least two are not that worker's which took the connection.
    for (let i = 0; i < 3; i++) {
      const world = await control.worlds.create({
        clock: { mode: 'manual' },
        accounts: [{ id: 'alice', deposit: '100' }],
      })
      const key = (await world.accounts.get('alice')).keys[0] as string
      const leaving = new AbortController()
      const kinds: string[] = []
      const events = (async () => {
        for await (const { kind } of world.events({ signal: leaving.signal })) {
          kinds.push(kind)
          if (kind === 'job.succeeded') break
        }
      })()
      await vi.waitFor(() => expect(kinds).toContain('clock.changed'))
      const lost = { 'X-API-Key': key, 'Content-Type': 'application/json', 'X-Mock-Scenario': 'fault=drop; when=after' }
      await expect(
        fetch(`${served.url}/v1/phota/generate`, { method: 'POST', headers: lost, body: ASYNC }),
      ).rejects.toThrow()
      await world.clock.advance('20s')
      await events
      expect(kinds).toEqual(expect.arrayContaining(['job.created', 'job.running', 'job.succeeded']))
      leaving.abort()
      const image = `data:image/png;base64,${'A'.repeat(3_000_000)}`
      const large = JSON.stringify({ prompt: 'brighter', images: [image], async: true, response_mode: 'urls' })
      expect((await ask(served.url, '/edit', large, key)).status).toBe(202)
      const tooLarge = await ask(served.url, '/edit', 'x'.repeat(64 * 1024 * 1024 + 1), key)
      expect(tooLarge).toMatchObject({ status: 413, body: { code: 'PAYLOAD_TOO_LARGE' } })
    }
  })
})

describe('the workers', () => {
  test('end with the one that was started, and leave nothing behind', async ({ serve }) => {
    const folder = mkdtempSync(join(tmpdir(), 'phota-mock-test-'))
    onTestFinished(() => rmSync(folder, { recursive: true }))
    // What tsx keeps there is not ours.
    const left = () => readdirSync(folder).filter((name) => name.startsWith('phota-mock'))
    const served = await serve(['--workers', '2'], { TMPDIR: folder })
    expect(left()).toEqual([])
    expect((await ask(served.url, '/generate', ASYNC, 'p2-test-key-alice')).status).toBe(202)
    served.process.kill('SIGTERM')
    expect(await served.exited).toBe(0)
    expect(left()).toEqual([])
    await expect(fetch(served.url)).rejects.toThrow()
  })

  test('say once that a port is taken', async ({ serve, photaMock }) => {
    const { url } = await serve()
    const second = photaMock(['serve', '--workers', '2', '--port', new URL(url).port])
    expect(await second.exited).toBe(2)
    expect(second.stderr.match(/is in use/g)).toHaveLength(1)
  })

  test.for([
    ['--workers', '0', '--workers expects a whole number from 1 to 64, or auto, received "0"'],
    ['--workers', 'many', 'received "many"'],
    ['--shard', 'S-1', "a shard's name has up to 16 lowercase letters and digits, such as s1; received 'S-1'"],
  ] as const)('%s %s is refused', async ([flag, value, sentence], { photaMock }) => {
    const run = photaMock(['serve', flag, value])
    expect(await run.exited).toBe(2)
    expect(run.stderr).toContain(sentence)
  })
})
