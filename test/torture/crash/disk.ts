import { spawnSync } from 'node:child_process'
import { closeSync, mkdirSync, openSync, readFileSync, rmSync, writeFileSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { WorldNote } from './book.ts'
import { auditAll, openScene } from './kill.ts'
import { Load, type Scene } from './load.ts'
import type { Receiver } from './receiver.ts'
import { begin, freePort, type Run, run, type Served, serve } from './served.ts'

const SMALL_BYTES = 16 * 2 ** 20
const LOAD_MS = 400
const PATIENCE_MS = 15_000
/** As the kernel numbers them. */
const [EIO, ENOSPC] = [5, 28]

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

type Told = Pick<Scene, 'broke' | 'tried' | 'random'>

/** A folder under a server, and what is wrong with its disk. */
interface Place {
  readonly folder: string
  readonly told: Told
  readonly receiver: Receiver
  readonly env: Record<string, string>
}

/** A small file system of its own, where this user may mount one; and a disk that fails, where there is a compiler. */
export async function tryDisks(told: Told, root: string, receiver: Receiver): Promise<void> {
  const small = join(root, 'small')
  mkdirSync(small)
  if (mount('-t', 'tmpfs', '-o', `size=${SMALL_BYTES}`, 'none', small)) {
    const unmount = (): void => void spawnSync('umount', ['--lazy', small])
    const interrupted = (): void => {
      unmount()
      process.exit(130)
    }
    process.once('SIGINT', interrupted)
    try {
      await tryFull({ folder: join(small, 'data'), told, receiver, env: {} }, small)
    } finally {
      process.off('SIGINT', interrupted)
      unmount()
    }
  } else told.tried('full disks left out, because nothing may be mounted here')
  const shim = join(root, 'failing-disk.so')
  const source = fileURLToPath(new URL('failing-disk.c', import.meta.url))
  const { status } = spawnSync('cc', ['-shared', '-fPIC', '-O1', '-o', shim, source, '-ldl'])
  if (status === 0) await tryFailing({ folder: join(root, 'failing'), told, receiver, env: { LD_PRELOAD: shim } }, root)
  else told.tried('failing disks left out, because there is no cc here')
  await tryOthers({ folder: join(root, 'others'), told, receiver, env: {} })
}

function mount(...args: string[]): boolean {
  return spawnSync('mount', args).status === 0
}

async function tryFull(place: Place, small: string): Promise<void> {
  const { folder, told } = place
  const { server, scene, port } = await start(place)
  const ballast = join(small, 'ballast')
  let running = server
  try {
    for (const isKilled of [false, true]) {
      await loadAndAudit(scene, running)
      fill(ballast)
      await loadUntilRefused(scene, running, 'a full disk')
      await load(scene, running)
      if (isKilled) {
        await running.kill()
        await expectEnding(told, begin(folder, port, []), 'a start on a full disk', 'or serves')
      }
      rmSync(ballast)
      if (isKilled) running = await serve(folder, port, [])
      else await untilTaken(scene, running, 'a full disk')
      told.tried('full disks')
      await auditAll(scene, running.client)
      complain(told, running)
    }
    await running.kill()
    if (mount('-o', 'remount,ro', small)) {
      await expectEnding(told, begin(folder, port, []), 'a start on a read-only file system')
      mount('-o', 'remount,rw', small)
      told.tried('read-only file systems')
    }
    running = await serve(folder, port, [])
    await auditAll(scene, running.client)
  } finally {
    await running.kill()
  }
}

/** Writes until nothing more fits. */
function fill(path: string): void {
  const file = openSync(path, 'w')
  for (const bytes of [65_536, 4096]) {
    try {
      for (;;) writeSync(file, Buffer.alloc(bytes))
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error
    }
  }
  closeSync(file)
}

/** Calls that fail, all or one in some, in the middle of whatever SQLite does. */
async function tryFailing(at: Place, root: string): Promise<void> {
  const toggle = join(root, 'switch')
  const env = { ...at.env, FAILING_DISK_FOLDER: at.folder, FAILING_DISK_SWITCH: toggle }
  const { folder, told } = at
  const { server, scene, port } = await start({ ...at, env })
  let running = server
  try {
    for (const [name, code, every] of [
      ['EIO', EIO, 1],
      ['ENOSPC', ENOSPC, 1],
      ['EIO now and then', EIO, 3 + Math.floor(told.random() * 20)],
      ['ENOSPC now and then', ENOSPC, 3 + Math.floor(told.random() * 20)],
    ] as const) {
      await loadAndAudit(scene, running)
      writeFileSync(toggle, `${code} ${every}`)
      if (every === 1) await loadUntilRefused(scene, running, `a disk with ${name}`)
      else await load(scene, running)
      rmSync(toggle)
      await untilTaken(scene, running, `a disk with ${name}`)
      await auditAll(scene, running.client)
      writeFileSync(toggle, `${code} ${every}`)
      await load(scene, running)
      complain(told, running)
      await running.kill()
      rmSync(toggle)
      running = await serve(folder, port, [], env)
      told.tried('disks that fail')
      await auditAll(scene, running.client)
    }
    await trySnapshot(at, root, running)
    await running.kill()
    writeFileSync(toggle, `${EIO} 1 1`)
    await expectEnding(told, begin(folder, port, [], env), 'a start on a disk that cannot be read')
    rmSync(toggle)
    running = await serve(folder, port, [], env)
    await auditAll(scene, running.client)
  } finally {
    await running.kill()
  }
}

/** `phota-mock snapshot` over a file that is there, on a disk that fails: the file stays as it was. */
async function trySnapshot({ told, env }: Place, root: string, { client }: Served): Promise<void> {
  // Another than that of the server, whose disk works.
  const toggle = join(root, 'switch of snapshot')
  const kept = join(root, 'kept')
  mkdirSync(kept)
  const file = join(kept, 'world.json')
  const args = ['snapshot', file, '--url', client.url]
  const first = run(args)
  if ((await first.ended) !== 0) told.broke('`snapshot` fails', first.stderr)
  const before = readFileSync(file, 'utf8')
  writeFileSync(toggle, `${ENOSPC} 1`)
  const failing = run(args, { ...env, FAILING_DISK_FOLDER: kept, FAILING_DISK_SWITCH: toggle })
  await expectEnding(told, failing, '`snapshot` on a full disk')
  rmSync(toggle)
  if (readFileSync(file, 'utf8') !== before) told.broke('`snapshot` that fails spoils the last one', file)
}

/** Two servers on one folder, and a folder that is removed. */
async function tryOthers(place: Place): Promise<void> {
  const { folder, told } = place
  const { server, scene } = await start(place)
  try {
    await expectEnding(told, begin(folder, await freePort(), []), 'a second server')
    await loadAndAudit(scene, server)
    rmSync(folder, { recursive: true })
    await loadUntilRefused(scene, server, 'a folder that was removed')
    told.tried('removed folders')
    complain(told, server)
  } finally {
    await server.kill()
  }
}

async function start({ folder, told, receiver, env }: Place): Promise<{ server: Served; scene: Scene; port: number }> {
  const port = await freePort()
  const server = await serve(folder, port, [], env)
  return { server, port, scene: await openScene(told, told.random, receiver, server.client) }
}

async function load(scene: Scene, server: Served, isEnough = () => false): Promise<void> {
  const untilMs = performance.now() + LOAD_MS
  let isOn = true
  const running = scene.ledger.worlds.map((world: WorldNote) => new Load(scene, world, server.client, () => isOn).run())
  while (performance.now() < untilMs || isEnough()) await pause(10)
  isOn = false
  await Promise.all(running)
}

/** The last answers are such as nothing is written for. */
async function loadAndAudit(scene: Scene, server: Served): Promise<void> {
  await load(scene, server)
  await auditAll(scene, server.client)
}

async function loadUntilRefused(scene: Scene, server: Served, what: string): Promise<void> {
  const before = scene.refused
  const lastMs = performance.now() + PATIENCE_MS
  await load(scene, server, () => scene.refused === before && performance.now() < lastMs)
  if (scene.refused === before) scene.broke(`${what} refuses nothing`, server.stderr)
  else scene.tried('requests refused with 503', scene.refused - before)
}

/** @throws {Error} if it never goes on */
async function untilTaken({ broke }: Scene, { client, stderr }: Served, what: string): Promise<void> {
  const lastMs = performance.now() + PATIENCE_MS
  while ((await client.control('GET', '/health')).status !== 200) {
    if (performance.now() > lastMs) {
      broke(`after ${what}, the server does not go on`, stderr)
      throw new Error('the server does not go on')
    }
    await pause(50)
  }
}

/** Whoever cannot use a folder says so in one sentence. */
async function expectEnding({ broke, tried }: Told, ending: Run, what: string, otherwise?: 'or serves'): Promise<void> {
  const code = await Promise.race([ending.ended, pause(otherwise ? 4000 : PATIENCE_MS).then(() => null)])
  const said = ending.stderr
  await ending.kill()
  tried('commands refused', code === null ? 0 : 1)
  if (code === null && otherwise) return
  if (code !== 2) broke(`${what} ends with ${code ?? 'nothing'}`, said)
  if (!/^phota-mock: [^\n]+\n$/.test(said)) broke(`${what} says more or less than a sentence`, said)
}

/** A server tells of its disk in sentences. */
function complain({ broke }: Told, { stderr }: Run): void {
  const odd = stderr.split('\n').filter((line) => line !== '' && !line.startsWith('phota-mock: '))
  if (odd.length > 0) broke('the server complained', stderr)
}
