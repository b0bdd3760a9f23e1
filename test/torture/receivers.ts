import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { ControlDelivery } from '../../src/spec/control/index.ts'
import type { Part, Round } from './part.ts'
import { ASYNC, askJson, brokenInvariants, type Target, type TargetOptions } from './target.ts'

const BURST = 500
const SECRET_PATH = '/webhook-secret'
const KEY = 'test-key-alice'
const GRACE_MS = 250
/** So long a receiver that hangs may hold up the clock: its grace, for each of its attempts, and a slow machine. */
const HANGING_MS = 6 * GRACE_MS + 2000

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

type Answer = (request: IncomingMessage, response: ServerResponse, origin: string, api: string) => void

const HOSTILE: Readonly<Record<string, Answer>> = {
  'a reset': (request) => void request.socket.resetAndDestroy(),
  'an endless body': (_, response) => {
    response.writeHead(200)
    const pour = (): void => {
      while (!response.destroyed && response.write(Buffer.alloc(65_536))) {
        // As fast as it is read.
      }
      if (!response.destroyed) response.once('drain', pour)
    }
    pour()
  },
  'a body that drips': (_, response) => {
    response.writeHead(200)
    const timer = setInterval(() => response.write(' '), 50)
    response.on('close', () => clearInterval(timer))
  },
  'a redirect to itself': (_, response, origin) => void response.writeHead(307, { location: origin }).end(),
  'a redirect to the control API': (_, response, __, api) =>
    void response.writeHead(307, { location: `${api}/_mock/worlds/default/reset` }).end(),
  'huge headers': (_, response) => void response.writeHead(200, { 'x-huge': 'x'.repeat(1_000_000) }).end(),
  'no HTTP': (request) => void request.socket.end('HTTP/1.1 2OO fine\r\n\0\r\n'),
}

/** Receivers of callbacks that misbehave, and good ones that get many at once. */
export const receivers: Part = {
  name: 'receivers',
  about: 'hostile receivers of callbacks, and 500 callbacks at one instant',
  rounds: { full: 3, short: 1 },
  async run(round) {
    for (const [name, answer] of Object.entries(HOSTILE)) await tryHostile(round, name, answer)
    await tryOwnControl(round)
    await tryHanging(round)
    const clocks: TargetOptions[] = [{ clock: 'manual' }, { clock: 'auto' }, { clock: 'real', speed: 60 }]
    for (const options of round.size === 'short' ? clocks.slice(0, 1) : clocks) {
      for (const kind of ['python', 'node'] as const) await tryBurst(round, options, kind)
    }
  },
}

async function tryHostile(round: Round, name: string, answer: Answer): Promise<void> {
  const target = await round.open({ clock: 'manual' })
  const receiver = await listen((request, response) => answer(request, response, receiver.url, target.url))
  await submit(target, receiver.url, 3)
  const advanced = await advance(target, '1m')
  round.tried('hostile receivers')
  if (advanced.status !== 200) round.broke(`the clock stands still: ${advanced.text}`, name, name)
  for (const broken of await brokenInvariants(target.url)) round.broke(broken.replace(/: [{<"].*/s, ''), broken, name)
  const jobs = await askJson(target.url, 'GET', '/worlds/default/jobs')
  if (!jobs.text.includes('"job_id"')) round.broke('a callback changed the World', `${name}: its jobs are gone`, name)
  receiver.close()
}

/** A client may not steer the World by a callback. */
async function tryOwnControl(round: Round): Promise<void> {
  const target = await round.open({ clock: 'manual' })
  for (const path of ['/_mock/worlds/default/reset', '/_mock/worlds/default/accounts/alice/webhook-secret']) {
    const before = await askJson(target.url, 'GET', SECRET_PATH, undefined, KEY)
    await submit(target, target.url + path, 1)
    await advance(target, '1m')
    round.tried('callbacks to the control API')
    const after = await askJson(target.url, 'GET', SECRET_PATH, undefined, KEY)
    const jobs = await askJson(target.url, 'GET', '/worlds/default/jobs')
    if (before.text !== after.text) round.broke('a callback changed a secret', path)
    if (path.endsWith('reset') && !jobs.text.includes('"job_id"')) round.broke('a callback reset the World', path)
  }
}

async function tryHanging(round: Round): Promise<void> {
  const target = await round.open({ clock: 'manual', callbackGraceMs: GRACE_MS })
  const receiver = await listen(() => undefined)
  await submit(target, receiver.url, 30)
  const { ms } = await advance(target, '2m')
  round.tried('hanging receivers')
  round.figure('ms for 30 callbacks that hang', ms)
  if (ms > HANGING_MS)
    round.broke('each hanging callback costs a grace', `30 callbacks held up the clock for ${ms.toFixed(0)} ms`)
  receiver.close()
}

/** Each callback arrives once, at the receiver that we ship and at one of Node's. */
async function tryBurst(round: Round, options: TargetOptions, kind: 'python' | 'node'): Promise<void> {
  const target = await round.open(options)
  const secret = (
    JSON.parse((await askJson(target.url, 'GET', SECRET_PATH, undefined, KEY)).text) as {
      webhook_signing_secret: string
    }
  ).webhook_signing_secret
  const receiver = kind === 'python' ? await python(secret) : await counting()
  await askJson(target.url, 'PATCH', '/worlds/default/clock', { frozen: true })
  await submit(target, receiver.url, BURST)
  await askJson(target.url, 'PATCH', '/worlds/default/clock', { frozen: false })
  const name = `${kind}, ${options.clock}`
  if (options.clock === 'manual') await advance(target, '18s')
  const deliveries = await untilOver(target)
  const states = Map.groupBy(deliveries, ({ state }) => state)
  round.tried('callbacks at one instant', BURST)
  const delivered = states.get('delivered')?.length ?? 0
  const counts = [...states].map(([state, { length }]) => `${length} ${state}`).join(', ')
  if (delivered !== BURST) round.broke('not every callback of a burst arrives', `${name}: of ${BURST}, ${counts}`, name)
  const arrived = receiver.arrivals()
  const twice = [...arrived.values()].filter((times) => times > 1).length
  if (twice > 0) round.broke('a callback of a burst arrives more than once', `${name}: ${twice} of ${BURST}`, name)
  if (delivered === BURST && arrived.size !== BURST)
    round.broke('a callback of a burst is lost', `${name}: ${arrived.size} arrived`, name)
  receiver.close()
}

async function untilOver({ url }: Target): Promise<ControlDelivery[]> {
  for (let i = 0; ; i++) {
    const { text } = await askJson(url, 'GET', '/worlds/default/deliveries')
    const { deliveries = [] } = JSON.parse(text || '{}') as { deliveries?: ControlDelivery[] }
    const isOver =
      deliveries.length >= BURST && deliveries.every(({ state }) => state !== 'waiting' && state !== 'in-flight')
    if (isOver || i > 150) return deliveries
    await askJson(url, 'POST', '/worlds/default/clock/settle')
    await pause(200)
  }
}

async function submit({ url }: Target, callback_url: string, count: number): Promise<void> {
  for (let i = 0; i < count; i++) await askJson(url, 'POST', '/generate', { prompt: 'x', ...ASYNC, callback_url }, KEY)
}

function advance({ url }: Target, by: string): ReturnType<typeof askJson> {
  return askJson(url, 'POST', '/worlds/default/clock/advance', { by }, undefined, 60_000)
}

interface Receiver {
  url: string
  /** Job id to how often its callback came. */
  arrivals(): Map<string, number>
  close(): void
}

export async function listen(
  answer: (request: IncomingMessage, response: ServerResponse) => void,
): Promise<Omit<Receiver, 'arrivals'>> {
  const server = createServer((request, response) => {
    request.on('error', () => undefined)
    response.on('error', () => undefined)
    request.resume()
    answer(request, response)
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    close: () => {
      server.close()
      server.closeAllConnections()
    },
  }
}

async function counting(): Promise<Receiver> {
  let text = ''
  const receiver = await listen((request, response) => {
    request.on('data', (chunk: Buffer) => (text += chunk))
    request.on('end', () => response.writeHead(204).end())
  })
  return { ...receiver, arrivals: () => count(text) }
}

async function python(secret: string): Promise<Receiver> {
  const { url, close } = await listen(() => undefined)
  close()
  const child: ChildProcess = spawn('python3', ['examples/verify_callback.py', secret, new URL(url).port], {
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  let text = ''
  child.stdout?.on('data', (chunk: Buffer) => (text += chunk))
  await Promise.race([once(child.stdout as NodeJS.ReadableStream, 'data'), once(child, 'error')])
  await pause(200)
  return { url, arrivals: () => count(text), close: () => void child.kill() }
}

function count(text: string): Map<string, number> {
  const ids = [...text.matchAll(/"job_id":"(\w+)"/g)].map(([, id]) => id as string)
  return new Map([...Map.groupBy(ids, (id) => id)].map(([id, { length }]) => [id, length]))
}
