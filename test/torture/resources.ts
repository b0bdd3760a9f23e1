import { connect } from 'node:net'
import { chance, type Part, type Round } from './part.ts'
import { listen } from './receivers.ts'
import { ASYNC, ask, askJson, type Figures, type Target } from './target.ts'

const KEY = 'test-key-alice'
const MOST_MB = 600
const MINUTE_MS = 60_000
const DURATION_MS = { full: 30 * MINUTE_MS, short: 24_000 }
/** When the heap is looked at first: once the journal is full and jobs expire. */
const FIRST_MS = { full: MINUTE_MS, short: 12_000 }
/** In half a minute nothing has settled yet, so that only a leak at full speed shows. */
const GROWTH = { full: 1.1, short: 1.5 }
const TICK_MS = 50
/**
 * Past what a World keeps of finished callbacks and of requests, so that the lists are full before anything is
 * compared.
 */
const FILL = 1500
/** What is alive at one instant differs; what stays is the least of some looks. */
const LOOKS = 5

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

/** A long mixed load: what a server keeps must not grow. */
export const resources: Part = {
  name: 'resources',
  about: 'a long mixed load, with receivers, clients and streams that hang; heap and memory',
  rounds: { full: 1, short: 1 },
  async run(round) {
    await tryAbandoned(round)
    await tryStalled(round)
    await tryMixed(round)
  },
}

/** Clients that are gone need no pictures. */
async function tryAbandoned(round: Round): Promise<void> {
  const target = await round.open({ clock: 'manual', collect: true })
  const body = JSON.stringify({ prompt: 'large', resolution: '4K', num_output_images: 4 })
  const asked = {
    method: 'POST',
    path: '/v1/phota/generate',
    headers: { 'x-api-key': KEY, 'content-type': 'application/json' },
    body,
  }
  await Promise.all(Array.from({ length: 25 }, () => ask(target.url, asked, 500)))
  await askJson(target.url, 'POST', '/worlds/default/clock/advance', { by: '1m' }, undefined, 20_000)
  await pause(1000)
  const { peakMb } = await target.figures()
  round.tried('abandoned 4K requests', 25)
  round.figure('MB after abandoned requests', peakMb)
  if (peakMb > MOST_MB) round.broke('abandoned requests fill the memory', `${peakMb.toFixed(0)} MB`)
  await target.stop()
}

/** A stream that nobody reads, past all that is kept for it. */
async function tryStalled(round: Round): Promise<void> {
  const target = await round.open({ clock: 'manual' })
  stall(target.url, 'default', 20_000)
  await pause(100)
  // The longest events that there are.
  for (let i = 0; i < 40 && target.isAlive; i++) {
    const id = `${i}-${'x'.repeat(900_000)}`
    await askJson(target.url, 'POST', '/worlds/default/scenarios', {
      id,
      match: { nth: 9 },
      effect: { stuck: 'forever' },
    })
  }
  round.tried('MB of events that nobody reads', 36)
  const { status, text } = await askJson(target.url, 'GET', '/worlds')
  if (status !== 200) round.broke('a stream that nobody reads ends the server', `${status} ${text}`)
  await target.stop()
}

async function tryMixed(round: Round): Promise<void> {
  // Retention is a day of the World's, and 10 s of ours.
  const target = await round.open({
    clock: 'real',
    speed: 8640,
    collect: true,
    world: { pendingMs: 2_000_000, runningMs: 8_000_000, asyncLimitMs: 20_000_000, syncLimitMs: 20_000_000 },
  })
  const random = chance(round.seed)
  const good = await listen((_, response) => void response.writeHead(204).end())
  const slow = await listen((_, response) => void setTimeout(() => response.writeHead(204).end(), 400))
  const hanging = await listen(() => undefined)
  const urls = [good.url, good.url, slow.url, hanging.url, 'http://127.0.0.1:1/', null, null]
  const begunMs = performance.now()
  let first: Figures | undefined
  let latest: Figures | undefined
  let ticks = 0
  for (let i = 0; i < FILL; i += 20) {
    await Promise.all(Array.from({ length: 20 }, () => submitAndPoll(target, random, urls)))
  }
  const open = new Set<Promise<void>>()
  while (target.isAlive && performance.now() - begunMs < DURATION_MS[round.size]) {
    ticks++
    const one = tick(target, random, urls, ticks).catch((error: Error) => round.broke(error.message, error.message))
    open.add(one)
    void one.then(() => open.delete(one))
    await pause(open.size > 200 ? 500 : TICK_MS)
    round.tried('steps of a mixed load')
    if (ticks % 100 > 0) continue
    latest = await target.figures()
    if (!first && performance.now() - begunMs > FIRST_MS[round.size]) first = await least(target)
    round.figure('MB of memory', latest.peakMb)
    round.figure('MB of heap', latest.heapMb)
  }
  if (target.isAlive) latest = await least(target)
  await Promise.all([...open])
  for (const { close } of [good, slow, hanging]) close()
  if (!target.isAlive || !latest) return round.broke('the server ended', target.complaint)
  if (first) round.figure('% of the first heap', (100 * latest.heapMb) / first.heapMb)
  if (first && latest.heapMb > first.heapMb * GROWTH[round.size]) {
    round.broke('the heap grows', `${first.heapMb.toFixed(1)} MB at first, ${latest.heapMb.toFixed(1)} MB at the end`)
  }
  if (latest.peakMb > MOST_MB)
    round.broke('the memory exceeds its limit', `${latest.peakMb.toFixed(0)} MB, expected ${MOST_MB}`)
}

/** The figures of the look at which the heap was smallest. */
async function least(target: Target): Promise<Figures> {
  let least = await target.figures()
  for (let i = 1; i < LOOKS; i++) {
    await pause(400)
    const figures = await target.figures()
    if (figures.heapMb < least.heapMb) least = figures
  }
  return least
}

const submit = (url: string, body: object) =>
  askJson(url, 'POST', '/generate', { prompt: 'a lighthouse', ...ASYNC, ...body }, KEY)

async function submitAndPoll({ url }: Target, random: () => number, urls: readonly (string | null)[]): Promise<void> {
  const callback_url = urls[Math.floor(random() * urls.length)]
  const { text } = await submit(url, callback_url ? { callback_url } : {})
  const [id] = /[0-9a-f]{32}/.exec(text) ?? ['0'.repeat(32)]
  for (let i = 0; i < 3; i++) await askJson(url, 'GET', `/jobs/${id}`, undefined, KEY)
}

/** One step of the load; most are submits and polls. */
async function tick(
  target: Target,
  random: () => number,
  urls: readonly (string | null)[],
  nth: number,
): Promise<void> {
  const { url } = target
  await submitAndPoll(target, random, urls)
  if (nth % 20 === 0) await submit(url, { prompt: `${nth} ${'[[abc123]]'.repeat(100_000)}` })
  if (nth % 10 === 0)
    await ask(
      url,
      {
        method: 'POST',
        path: '/v1/phota/generate',
        headers: { 'x-api-key': KEY, 'content-type': 'application/json' },
        body: '{"prompt": "abandoned"}',
      },
      100,
    )
  if (nth % 25 === 0) stall(url, 'default', 5000)
  if (nth % 50 === 0) await replaceWorld(url, nth)
}

/** A World that goes, or begins anew, while somebody follows it and somebody waits. */
async function replaceWorld(url: string, nth: number): Promise<void> {
  const id = `short-${nth}`
  const made = await askJson(url, 'POST', '/worlds', {
    id,
    clock: { mode: 'manual' },
    accounts: [{ id: 'a', deposit: '9.00' }],
  })
  const { accounts = [] } = JSON.parse(made.text || '{}') as { accounts?: { keys: string[] }[] }
  const waits = askJson(url, 'POST', '/generate', { prompt: 'waits' }, accounts[0]?.keys[0] ?? '')
  stall(url, id, 500)
  stall(url, id, 0)
  const path = `/worlds/${id}`
  const untilMs = performance.now() + 10_000
  for (let isOpen = false; !isOpen && performance.now() < untilMs; await pause(20)) {
    isOpen = (await askJson(url, 'GET', `${path}/clock`)).text.includes('"open_requests":1')
  }
  if (nth % 100 === 0) await askJson(url, 'POST', `${path}/reset`)
  const gone = await askJson(url, 'DELETE', path)
  if (gone.status !== 204) throw new Error(`the removal of a World in use is answered ${gone.status}`)
  const { status } = await waits
  if (status !== 503) throw new Error(`a synchronous request of a World that goes is answered ${status}, expected 503`)
}

/** Follows the events of a World without ever reading one. */
function stall(url: string, world: string, forMs: number): void {
  const { hostname, port } = new URL(url)
  const socket = connect(Number(port), hostname)
  socket.on('error', () => undefined)
  socket.pause()
  socket.write(`GET /_mock/worlds/${world}/events HTTP/1.1\r\nHost: ${hostname}\r\n\r\n`)
  setTimeout(() => socket.destroy(), forMs)
}
