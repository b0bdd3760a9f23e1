import { setupServer } from 'msw/node'
import { expect, test } from 'vitest'
import { connect } from '../../src/control/index.ts'
import type { Drive } from '../../src/drive/drive.ts'
import { InProcessHost } from '../../src/fixture/host.ts'
import { photaHandlers } from '../../src/fixture/msw.ts'
import { World } from '../../src/phota/world.ts'
import { startServer } from '../../src/server/server.ts'

const ORIGIN = 'https://api.photalabs.com'
const START = '2026-06-22T12:00:00Z'
const IMAGE = 'https://example.com/photo.jpg'

/** One command of the list: a request to the API, or a lever. */
type Command =
  | { method: string; path: string; key?: string | null; body?: unknown; header?: string }
  | { advance: string }
  | { scenario: object }
  | { deposit: string }
  | { download: number }

const ASYNC = { async: true, response_mode: 'urls' }
const COMMANDS: readonly Command[] = [
  { method: 'GET', path: '/webhook-secret' },
  { method: 'POST', path: '/edit', body: { prompt: 'brighter', images: [IMAGE], ...ASYNC } },
  { method: 'POST', path: '/generate', body: { prompt: 'a lighthouse', num_output_images: 3, ...ASYNC } },
  { method: 'POST', path: '/enhance', body: { image: IMAGE, ...ASYNC, client_request_id: 'once' } },
  { method: 'POST', path: '/enhance', body: { image: IMAGE, ...ASYNC, client_request_id: 'once' } },
  { method: 'POST', path: '/remix', body: { input_image: IMAGE, reference_image: IMAGE, ...ASYNC } },
  { method: 'GET', path: '/jobs/{job}' },
  { advance: '3s' },
  { method: 'GET', path: '/jobs/{job}' },
  { method: 'GET', path: '/jobs/{job}', key: 'bob-key' },
  { advance: '20s' },
  { method: 'GET', path: '/jobs/{job}' },
  { download: 0 },
  { method: 'POST', path: '/generate', body: { prompt: 7, ...ASYNC, num_output_images: 9 } },
  { method: 'POST', path: '/generate', body: '{"prompt": ' },
  { method: 'POST', path: '/generate', body: { prompt: 'x', ...ASYNC }, key: 'broke-key' },
  { method: 'POST', path: '/generate', body: { prompt: 'x', ...ASYNC }, key: null },
  { method: 'GET', path: '/nowhere' },
  { method: 'DELETE', path: '/generate' },
  { scenario: { match: { prompt: 'doomed' }, effect: { fail: 'CONTENT_MODERATION' } } },
  { scenario: { match: { prompt: 'busy' }, effect: { fault: { when: 'before', answer: 429, retry_after: 2 } } } },
  { method: 'POST', path: '/generate', body: { prompt: 'doomed', ...ASYNC } },
  { method: 'POST', path: '/generate', body: { prompt: 'busy', ...ASYNC } },
  { method: 'POST', path: '/generate', body: { prompt: 'late', ...ASYNC }, header: 'fail=TIMEOUT' },
  { advance: '1m' },
  { method: 'GET', path: '/jobs/{job}' },
  {
    method: 'POST',
    path: '/profiles/add',
    body: { image_urls: Array.from({ length: 10 }, (_, i) => `https://example.com/${i}.jpg`) },
  },
  { advance: '9m' },
  { method: 'GET', path: '/profiles/ids' },
  { deposit: '1.00' },
  { method: 'POST', path: '/generate', body: { prompt: 'x', ...ASYNC }, key: 'broke-key' },
  { advance: '25h' },
  { method: 'GET', path: '/jobs/{job}' },
  { method: 'GET', path: '/jobs/{first}' },
  { method: 'GET', path: '/jobs/{first}', key: 'bob-key' },
]

/** How one way of using a World does what the list says. */
interface Way {
  fetch(path: string, init: RequestInit): Promise<Response>
  advance(by: string): Promise<unknown>
  scenario(scenario: object): unknown
  deposit(dollars: string): unknown
}

const NEW_WORLD = {
  id: 'twin',
  seed: 'one seed',
  start: START,
  clock: { mode: 'manual' as const },
  accounts: [
    { id: 'alice', keys: ['alice-key'], deposit: '100' },
    { id: 'bob', keys: ['bob-key'], deposit: '100' },
    { id: 'broke', keys: ['broke-key'] },
  ],
}

async function replay(way: Way): Promise<string[]> {
  const seen: string[] = []
  const jobs: string[] = []
  let urls: string[] = []
  for (const command of COMMANDS) {
    if ('advance' in command) await way.advance(command.advance)
    else if ('scenario' in command) await way.scenario(command.scenario)
    else if ('deposit' in command) await way.deposit(command.deposit)
    else {
      const isDownload = 'download' in command
      const path = isDownload
        ? (urls[command.download] ?? '').slice(ORIGIN.length)
        : `/v1/phota${command.path.replace('{job}', jobs.at(-1) ?? '').replace('{first}', jobs[0] ?? '')}`
      const key = isDownload || command.key === null ? null : (command.key ?? 'alice-key')
      const body = isDownload ? undefined : command.body
      const response = await way.fetch(path, {
        method: isDownload ? 'GET' : command.method,
        headers: {
          ...(key !== null && { 'X-API-Key': key }),
          ...(body !== undefined && { 'Content-Type': 'application/json' }),
          ...(!isDownload && command.header !== undefined && { 'X-Mock-Scenario': command.header }),
        },
        ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
      })
      const bytes = Buffer.from(await response.arrayBuffer())
      // What carries an answer is the connection's business: date, keep-alive and the like.
      const headers = [...response.headers].filter(([name]) => !CARRYING.has(name))
      seen.push(`${response.status} ${JSON.stringify(headers)} ${bytes.toString('base64')}`)
      const answer = isDownload ? null : parse(bytes.toString())
      if (typeof answer?.['job_id'] === 'string' && response.status === 202) jobs.push(answer['job_id'])
      const result = answer?.['result'] as { download_urls?: string[] } | null | undefined
      if (result?.download_urls) urls = result.download_urls
    }
  }
  return seen
}

const CARRYING = new Set(['connection', 'keep-alive', 'date', 'content-length'])

function parse(text: string): Record<string, unknown> | null {
  try {
    return JSON.parse(text) as Record<string, unknown>
  } catch {
    return null
  }
}

/** Levers of the engine itself, as the fixture pulls them. */
function byHand(world: World, clock: Drive): Pick<Way, 'advance' | 'scenario' | 'deposit'> {
  return {
    advance: (by) => clock.advance(by),
    scenario: (scenario) => world.scenario(scenario as never),
    deposit: (dollars) => {
      const broke = world.accounts.get('broke')
      if (broke) world.deposit(broke, Number(dollars) * 1e6)
    },
  }
}

async function throughMsw(): Promise<string[]> {
  const host = new InProcessHost()
  // Its images lie where those of a server that is known as ORIGIN do.
  const world = new World({
    id: NEW_WORLD.id,
    seed: NEW_WORLD.seed,
    startMs: Date.parse(START),
    cdnBaseUrl: `${ORIGIN}/${NEW_WORLD.id}`,
  })
  for (const { id, keys, deposit } of NEW_WORLD.accounts)
    world.createAccount({ id, keys, depositMicroUsd: Number(deposit ?? 0) * 1e6 })
  const clock = host.add(world)
  const server = setupServer(...photaHandlers(host))
  server.listen({ onUnhandledRequest: 'error' } as object)
  try {
    return await replay({ fetch: (path, init) => fetch(ORIGIN + path, init), ...byHand(world, clock) })
  } finally {
    server.close()
  }
}

async function throughSocket(use: 'engine' | 'control client'): Promise<string[]> {
  const server = await startServer({ port: 0, publicUrl: ORIGIN, clock: 'manual' })
  try {
    const twin = await connect(server.url).worlds.create(NEW_WORLD)
    const world = server.host.worlds.get(twin.id) as World
    return await replay({
      fetch: (path, init) => fetch(server.url + path, init),
      ...(use === 'engine'
        ? byHand(world, server.host.driveOf(world))
        : {
            advance: (by: string) => twin.clock.advance(by),
            scenario: (scenario: object) => twin.scenarios.add(scenario as never),
            deposit: (dollars: string) => twin.accounts.deposit('broke', dollars),
          }),
    })
  } finally {
    await server.close(100)
  }
}

test('msw, socket and control client get the same bytes for one seed, one base URL and one list of commands', async () => {
  const intercepted = await throughMsw()
  // What comes without a key comes to no World, and is numbered by whoever answers it.
  const own = (seen: string[]) => seen.filter((answer) => !answer.startsWith('403'))
  expect(intercepted).toHaveLength(COMMANDS.filter((command) => 'method' in command || 'download' in command).length)
  expect(new Set(intercepted.map((answer) => answer.slice(0, 3)))).toEqual(
    new Set(['200', '202', '402', '403', '404', '405', '410', '422', '429']),
  )
  expect(own(await throughSocket('engine'))).toEqual(own(intercepted))
  expect(own(await throughSocket('control client'))).toEqual(own(intercepted))
})
