import { execFile, execFileSync } from 'node:child_process'
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect } from 'vitest'
import { MIGRATIONS } from '../../src/storage/schema.ts'
import { type Served, test } from '../cli/cli.ts'

const API = '/v1/phota'
const GENERATE = { prompt: 'a lighthouse', async: true, response_mode: 'urls' }

let root: string
let made = 0
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'phota-mock-data-'))
})
afterAll(() => {
  execFileSync('chmod', ['-R', 'u+rwx', root])
  rmSync(root, { recursive: true, force: true })
})

function newFolder(): string {
  return join(root, String(++made))
}

/** Submits; what it was answered, in status and body. */
async function submit(url: string, key: string): Promise<[status: number, body: { job_id?: string; detail?: string }]> {
  const response = await fetch(`${url}${API}/generate`, {
    method: 'POST',
    headers: { 'X-API-Key': 'test-key-alice', 'Content-Type': 'application/json' },
    body: JSON.stringify({ ...GENERATE, client_request_id: key }),
  })
  return [response.status, (await response.json()) as object]
}

async function reservedBy(url: string): Promise<number> {
  const world = await fetch(`${url}/_mock/worlds/default`)
  const { accounts } = (await world.json()) as { accounts: { id: string; reserved_micro_usd: number }[] }
  return accounts.find(({ id }) => id === 'alice')?.reserved_micro_usd ?? Number.NaN
}

async function kill(run: Served): Promise<void> {
  run.process.kill('SIGKILL')
  await run.exited
}

const MANUAL = ['--clock', 'manual', '--log-level', 'info']

describe.concurrent('serve --data', () => {
  test('goes on after a kill with every job that was answered, charged once, and warns of nothing', async ({
    serve,
  }) => {
    const folder = newFolder()
    let server = await serve(['--data', folder, ...MANUAL])
    const ids = await Promise.all(['a', 'b', 'c'].map(async (key) => (await submit(server.url, key))[1].job_id))
    const reserved = await reservedBy(server.url)
    await kill(server)
    server = await serve(['--data', folder])
    expect(await reservedBy(server.url)).toBe(reserved)
    const again = await Promise.all(['a', 'b', 'c'].map(async (key) => (await submit(server.url, key))[1].job_id))
    expect(again).toEqual(ids)
    expect(await reservedBy(server.url)).toBe(reserved)
    // The mode is that of the World, whatever this start says.
    expect(server.stdout).toContain('Clock  manual')
    expect(server.stderr).toBe('')
  })

  test('a second server on the folder is told so; the lock ends with a kill', async ({ serve, photaMock }) => {
    const folder = newFolder()
    const first = await serve(['--data', folder])
    const second = photaMock(['serve', '--port', '0', '--data', folder])
    expect(await second.exited).toBe(2)
    expect(second.stderr).toBe(
      `phota-mock: the data folder ${folder} is in use by another phota-mock, and one server may write in it; stop ` +
        'the other, or choose another folder\n',
    )
    await kill(first)
    await serve(['--data', folder])
  })

  test.for([
    [
      'a file of a newer version',
      (folder: string) => change(folder, 'PRAGMA user_version = 99'),
      (folder: string) =>
        `the data folder ${folder}: it was written by a newer phota-mock, in version 99, and this one knows none ` +
        `above ${MIGRATIONS.length}; update phota-mock, or choose another folder`,
    ],
    [
      'a database of another program',
      (folder: string) => change(folder, 'PRAGMA application_id = 7'),
      (folder: string) =>
        `the data folder ${folder}: its phota-mock.db is a database of another program; choose another`,
    ],
    [
      'a file that is none',
      (folder: string) => writeFileSync(join(folder, 'phota-mock.db'), 'Not a database. '.repeat(1000)),
      (folder: string) =>
        `the data folder ${folder}: its file is damaged or none of phota-mock; put a copy of the folder in its ` +
        'place, or choose another',
    ],
    [
      'a file that was cut off',
      (folder: string) => truncateSync(join(folder, 'phota-mock.db'), 8192),
      (folder: string) =>
        `the data folder ${folder}: its file is damaged; put a copy of the folder in its place, or begin with ` +
        'an empty folder',
    ],
    [
      'a row that is damaged',
      (folder: string) => change(folder, `UPDATE jobs SET data = '["half'`),
      (folder: string) =>
        `the data folder ${folder}: its file is damaged; put a copy of the folder in its place, or begin with ` +
        'an empty folder',
    ],
    [
      'rows that do not fit together',
      (folder: string) => change(folder, "DELETE FROM entries WHERE data LIKE '%reservation%'"),
      (folder: string) =>
        `the data folder ${folder}: its World 'default' does not fit together; phota-mock check ` +
        `${folder} says where`,
    ],
  ] as const)('%s is refused in one sentence', async ([, damage, sentence], { serve, photaMock }) => {
    const folder = newFolder()
    const server = await serve(['--data', folder, ...MANUAL])
    await submit(server.url, 'a')
    server.process.kill('SIGTERM')
    expect(await server.exited).toBe(0)
    damage(folder)
    const run = photaMock(['serve', '--port', '0', '--data', folder])
    expect(await run.exited).toBe(2)
    expect(run.stderr).toBe(`phota-mock: ${sentence(folder)}\n`)
    expect(run.stdout).toBe('')
  })

  test.skipIf(process.getuid?.() === 0)('a folder that may not be written is refused', async ({ photaMock }) => {
    const folder = newFolder()
    execFileSync('mkdir', [folder])
    chmodSync(folder, 0o500)
    const run = photaMock(['serve', '--port', '0', '--data', folder])
    expect(await run.exited).toBe(2)
    expect(run.stderr).toBe(
      `phota-mock: the data folder ${folder}: its file could not be opened: the folder is not there, or this ` +
        'user may not read or write in it\n',
    )
  })

  test.skipIf(!existsSync('/usr/bin/prlimit'))(
    'a first start without room ends in one sentence',
    async ({ expect }) => {
      for (const bytes of [0, 30_000]) {
        const folder = newFolder()
        const serve = [process.execPath, 'src/cli.ts', 'serve', '--port', '0', '--data', folder]
        const run = promisify(execFile)('prlimit', [`--fsize=${bytes}`, ...serve])
        await expect(run).rejects.toMatchObject({
          code: 2,
          stdout: '',
          stderr: `phota-mock: the data folder ${folder}: the disk could not be read or written\n`,
        })
      }
    },
  )

  test.skipIf(!existsSync('/usr/bin/prlimit'))(
    'a snapshot that finds no room leaves the one that was there',
    async ({ serve, expect }) => {
      const server = await serve([...MANUAL])
      const folder = newFolder()
      mkdirSync(folder, { recursive: true })
      const file = join(folder, 'world.json')
      writeFileSync(file, 'the last one')
      const snapshot = [process.execPath, 'src/cli.ts', 'snapshot', file, '--url', server.url]
      const run = promisify(execFile)('prlimit', ['--fsize=100', ...snapshot])
      await expect(run).rejects.toMatchObject({ code: 2, stderr: expect.stringContaining('could not be written') })
      expect(readdirSync(folder)).toEqual(['world.json'])
      expect(readFileSync(file, 'utf8')).toBe('the last one')
    },
  )

  test('a file in the place of the folder is refused', async ({ photaMock }) => {
    const folder = newFolder()
    writeFileSync(folder, '')
    const run = photaMock(['serve', '--port', '0', '--data', folder])
    expect(await run.exited).toBe(2)
    expect(run.stderr).toBe(`phota-mock: the data folder ${folder} could not be made: a file is in its place\n`)
  })

  test('a folder that is moved away refuses all with 503, and goes on once it is back', async ({ serve, expect }) => {
    const folder = newFolder()
    const server = await serve(['--data', folder, ...MANUAL])
    const [, before] = await submit(server.url, 'a')
    const reserved = await reservedBy(server.url)
    const requestIds = [await requestIdOf(server.url), await requestIdOf(server.url)]
    renameSync(folder, `${folder}-elsewhere`)
    const why = `the data folder ${folder} was removed or replaced while it was in use`
    expect(await submit(server.url, 'b')).toEqual([
      503,
      expect.objectContaining({ detail: `Nothing happened: ${why}. Try again.` }),
    ])
    const health = await fetch(`${server.url}/_mock/health`)
    expect([health.status, await health.json()]).toEqual([503, { message: `Nothing happened: ${why}. Try again.` }])
    renameSync(`${folder}-elsewhere`, folder)
    await expect.poll(() => submit(server.url, 'a')).toEqual([202, before])
    expect(await reservedBy(server.url)).toBe(reserved)
    expect(requestIds).not.toContain(await requestIdOf(server.url))
    expect(server.stderr).toContain('can be written again')
  })

  test.skipIf(!existsSync('/usr/bin/prlimit'))(
    'a full disk refuses new work with 503, of which nothing is left, and goes on once there is room',
    async ({ serve, expect }) => {
      const folder = newFolder()
      const server = await serve(['--data', folder, ...MANUAL])
      const [, before] = await submit(server.url, 'before')
      limitFiles(server, '400000')
      let taken = 0
      let answer = await submit(server.url, `fill ${taken}`)
      while (answer[0] === 202) answer = await submit(server.url, `fill ${++taken}`)
      expect(answer).toEqual([503, expect.objectContaining({ detail: expect.stringMatching(/^Nothing happened: /) })])
      expect((await submit(server.url, 'before'))[0]).toBe(503)
      limitFiles(server, 'unlimited')
      await expect.poll(() => submit(server.url, 'before')).toEqual([202, before])
      const reserved = await reservedBy(server.url)
      // One reservation for the first, and one for each that was answered.
      expect(reserved).toBe(90_000 * (1 + taken))
      expect((await submit(server.url, `fill ${taken}`))[0]).toBe(202)
      expect(await reservedBy(server.url)).toBe(reserved + 90_000)
      await kill(server)
      const after = await serve(['--data', folder])
      expect(await reservedBy(after.url)).toBe(reserved + 90_000)
    },
  )
})

/** Of a poll that finds nothing, for which nothing is written. */
async function requestIdOf(url: string): Promise<string | null> {
  const headers = { 'X-API-Key': 'test-key-alice' }
  return (await fetch(`${url}/v1/phota/jobs/${'0'.repeat(32)}`, { headers })).headers.get('x-request-id')
}

/** Files may grow up to so many bytes: what `write` answers then is much as on a full disk. */
function limitFiles(server: Served, bytes: string): void {
  execFileSync('prlimit', ['--pid', String(server.process.pid), `--fsize=${bytes}:unlimited`])
}

function change(folder: string, sql: string): void {
  const database = new DatabaseSync(join(folder, 'phota-mock.db'))
  database.exec(sql)
  database.close()
}
