import { readFile } from 'node:fs/promises'
import { audit, auditPassing, isSignedBy } from './audit.ts'
import { type Book, copyOf, isOver, type WorldNote } from './book.ts'
import type { Client } from './client.ts'
import { comeAndGo, Load, pick, type Scene } from './load.ts'
import type { Receiver } from './receiver.ts'
import type { Served } from './served.ts'

const DEPOSIT = 100_000
const START_MS = Date.parse('2026-06-22T12:00:00Z')
const MODES = [
  { mode: 'real', speed: 40 },
  { mode: 'manual', speed: 1 },
  { mode: 'auto', speed: 1 },
] as const
const LONGEST_LOAD_MS = 800
/** How long a command of the command line takes, more or less. */
const COMMAND_MS = 1200
/** How long callbacks may take to be through, with a real clock 40 times as fast. */
const SETTLE_MS = 20_000

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

/** Worlds whose clocks go in all ways. */
export async function openScene(
  round: Pick<Scene, 'broke' | 'tried'>,
  random: () => number,
  receiver: Receiver,
  client: Client,
): Promise<Scene> {
  const worlds: WorldNote[] = []
  for (const { mode, speed } of MODES) {
    const fromMs = performance.now()
    const { status, text, body } = await client.control('POST', '/worlds', {
      id: mode,
      // Known, because the clock goes on while it is answered, and a reset leads back here.
      start: new Date(START_MS).toISOString(),
      clock: { mode, ...(mode === 'real' && { speed }) },
      accounts: ['a', 'b'].map((id) => ({ id, deposit: `${DEPOSIT}.00` })),
      contents: { scenarios: [{ id: 'doomed', match: { prompt: 'doomed' }, effect: { fail: 'GENERATION_FAILED' } }] },
    })
    if (status !== 201) throw new Error(`a World is answered ${status}: ${text}`)
    const nowMs = Date.parse(body.clock.now)
    const book: Book = {
      accounts: new Map(
        body.accounts.map(({ id, keys, webhook_signing_secret: secret }: Record<string, string>) => [
          id,
          {
            key: keys?.[0],
            secret,
            isSecretOpen: false,
            secrets: new Set([secret]),
            depositedMicroUsd: DEPOSIT * 1e6,
            openDeposits: [],
            openTrainings: 0,
          },
        ]),
      ),
      jobs: new Map(),
      trainings: new Map(),
      scenarios: new Map([['doomed', 'there']]),
      ids: new Set(),
      clock: { nowMs, wall: { fromMs, toMs: performance.now() }, frozen: false, mostMs: nowMs },
    }
    const beginning = copyOf(book)
    beginning.clock = { ...beginning.clock, nowMs: START_MS, wall: null, mostMs: START_MS }
    worlds.push({ id: mode, mode, speed, books: [book], beginning, snapshot: null })
  }
  return {
    random,
    receiver,
    ledger: { worlds, passing: new Map(), openCreations: 0, worldIds: new Set() },
    refused: 0,
    broke: round.broke,
    tried: round.tried,
    answered: () => undefined,
  }
}

/** `null` for a kill at a random moment. */
export type Ending = 'of them at an answer' | 'during a snapshot, restore or reset' | 'proper ends' | null

/** Loads the server until it is killed, or told to end. */
export async function runUntilKilled(scene: Scene, server: Served, file: string): Promise<Ending> {
  const { random, ledger } = scene
  let isOn = true
  const dice = random()
  const kill = (signal: 'SIGKILL' | 'SIGTERM' = 'SIGKILL'): void => {
    if (!isOn) return
    isOn = false
    server.process.kill(signal)
  }
  const loads = ledger.worlds.map((world) => new Load(scene, world, server.client, () => isOn))
  const running = [...loads.map((load) => load.run()), comeAndGo(scene, server.client, () => isOn)]
  const afterMs = 20 + random() * LONGEST_LOAD_MS
  let how: Ending = null
  if (dice < 0.15) {
    how = 'of them at an answer'
    let left = 1 + Math.floor(random() * 150)
    scene.answered = () => {
      if (--left === 0) kill()
    }
    await Promise.race([pause(10_000), ...running])
  } else {
    await pause(afterMs)
    if (dice < 0.25) {
      how = 'proper ends'
      kill('SIGTERM')
    }
  }
  if (how === null && dice > 0.8) {
    how = 'during a snapshot, restore or reset'
    // The World's own clients rest: nothing else of it may happen beside.
    isOn = false
    await Promise.all(running)
    isOn = true
    const load = pick(scene, loads) as Load
    await load.takeSnapshot()
    const isCommand = random() < 0.5
    if (isCommand) await snapshotByCommand(scene, load, file)
    const next = isCommand
      ? () => load.restoreBy(file)
      : pick(scene, [() => load.takeSnapshot(), () => load.restore(), () => load.reset()])
    running.push(...loads.filter((each) => each !== load).map((each) => each.run()))
    if (next) running.push(next())
    await pause(random() * (isCommand ? COMMAND_MS : 15))
  }
  kill()
  scene.answered = () => undefined
  const exit = await Promise.race([server.ended, pause(30_000)])
  if (how === 'proper ends' && exit !== 0)
    scene.broke(`a proper end gives ${exit ?? 'nothing within 30 s'}`, server.stderr)
  await server.kill()
  await Promise.all(running)
  return how
}

/** `phota-mock snapshot` over a file that is there, killed on the way: the file is one snapshot or the other. */
async function snapshotByCommand({ random, broke, tried }: Scene, load: Load, file: string): Promise<void> {
  await load.snapshotBy(file, null)
  await load.snapshotBy(file, random() * COMMAND_MS)
  tried('kills of `snapshot` itself')
  const text = await readFile(file, 'utf8')
  try {
    JSON.parse(text)
  } catch {
    broke('`snapshot` leaves half a file', `${text.length} characters`)
    await load.snapshotBy(file, null)
  }
}

export async function auditAll(scene: Scene, client: Client): Promise<void> {
  for (const world of scene.ledger.worlds) await audit(scene, world, client)
  await auditPassing(scene, client)
}

/** Lets all jobs end and all callbacks arrive. */
export async function settle(scene: Scene, { client }: Pick<Served, 'client'>): Promise<void> {
  const { ledger, receiver, broke, tried } = scene
  for (const world of ledger.worlds) {
    const path = `/worlds/${world.id}`
    if (world.mode === 'real') await client.control('PATCH', `${path}/clock`, { frozen: false })
    const untilMs = performance.now() + SETTLE_MS
    for (;;) {
      if (world.mode !== 'real') await client.control('POST', `${path}/clock/settle`)
      const open = await Promise.all(
        [
          '/jobs?status=pending',
          '/jobs?status=running',
          '/deliveries?state=waiting',
          '/deliveries?state=in-flight',
        ].map(async (list) => Object.values((await client.control('GET', path + list)).body ?? {}).flat().length),
      )
      if (open.every((count) => count === 0)) break
      if (performance.now() > untilMs) {
        broke('jobs or callbacks never end', `${world.id}: ${open.join()} are open`, world.mode)
        break
      }
      await pause(200)
    }
    const [book] = world.books
    // It was let go wherever that leads.
    book.clock = { ...book.clock, frozen: 'open', wall: null, mostMs: Number.POSITIVE_INFINITY }
    const jobs: { job_id: string }[] = (await client.control('GET', `${path}/jobs`)).body?.jobs ?? []
    const isThere = new Set(jobs.map(({ job_id }) => job_id))
    for (const note of book.jobs.values()) {
      const isDue = note.body['callback_url'] !== undefined && (isOver(note.seen) || isThere.has(note.id ?? ''))
      if (!isDue) continue
      const arrivals = receiver.arrivals.get(note.n) ?? []
      tried('callbacks awaited')
      if (!arrivals.some(({ answered }) => answered === 204))
        broke('a callback never arrived', `${JSON.stringify(note)}\n${JSON.stringify(arrivals)}`, world.mode)
      const secrets = [...(book.accounts.get(note.account)?.secrets ?? [])]
      if (!arrivals.every((arrival) => secrets.some((secret) => isSignedBy(secret, arrival))))
        broke('a callback has a wrong signature', JSON.stringify(arrivals), world.mode)
      if (arrivals.length > 1) tried('of them sent again')
    }
  }
  await auditAll(scene, client)
}
