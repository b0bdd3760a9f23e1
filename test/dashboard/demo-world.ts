import { createServer } from 'node:http'
import { connect, type WorldControl } from '../../src/control/index.ts'
import type { RunningServer } from '../../src/server/server.ts'

export const DEMO = 'demo'

const ALICE = { 'x-api-key': 'demo-alice', 'content-type': 'application/json' }
const CODES = ['CONTENT_MODERATION', 'GENERATION_FAILED', 'INPUT_UNREACHABLE', 'TIMEOUT'] as const
const PROMPTS = [
  'a lighthouse at dusk, oil on canvas',
  'Make [[abc123]] smile wider',
  'a bicycle courier in the rain',
  'two cats on a windowsill',
  'Replace the background by a beach',
] as const

export interface Demo {
  readonly world: WorldControl
  /** A job that succeeded, whose callback was delivered. */
  readonly jobId: string
  /** A job whose callback was given up. */
  readonly givenUpId: string
}

/** Fills a World that shows something of everything on each page, the same at each run. */
export async function makeDemoWorld(server: RunningServer, receiverUrl: string): Promise<Demo> {
  const world = await connect(server.url).worlds.create({
    id: DEMO,
    seed: 'demo',
    start: '2026-06-22T12:00:00Z',
    clock: { mode: 'manual' },
    callback_grace: '5s',
    contents: {
      accounts: [
        { id: 'alice', keys: ['demo-alice'], deposit: '100' },
        { id: 'bob', keys: ['demo-bob'], deposit: '25' },
      ],
      profiles: [
        { account: 'alice', profile_id: 'abc123', status: 'READY', tag: 'family' },
        { account: 'alice', profile_id: 'def456', status: 'IN_PROGRESS', tag: 'family', added_ago: '4m' },
        { account: 'bob', profile_id: '0a1b2c', status: 'VALIDATING', training_tier: 'fast', added_ago: '5s' },
        {
          ...{ account: 'bob', profile_id: '3d4e5f', status: 'ERROR', added_ago: '1h', tag: 'team' },
          message: 'Too few images show a face.',
        },
      ],
      jobs: Array.from({ length: 28 }, (_, i) => ({
        account: i % 3 === 0 ? 'bob' : 'alice',
        operation: (['generate', 'edit', 'enhance', 'remix'] as const)[i % 4],
        prompt: PROMPTS[i % PROMPTS.length],
        client_request_id: `order-${1013 + i}`,
        finished_ago: `${90 + (27 - i) * 19}s`,
        ...(i % 7 === 3
          ? { status: 'failed' as const, error: { code: CODES[i % CODES.length] } }
          : { status: 'succeeded' as const }),
      })),
    },
  })
  const submit = async (body: Record<string, unknown>): Promise<string> => {
    const response = await fetch(`${server.url}/v1/phota/generate`, {
      method: 'POST',
      headers: ALICE,
      body: JSON.stringify({ async: true, response_mode: 'urls', ...body }),
    })
    return ((await response.json()) as { job_id: string }).job_id
  }
  await world.scenarios.add({ id: 'slow-cats', match: { prompt: 'cats' }, effect: { running: '11m' }, times: 3 })
  await world.scenarios.add({
    id: 'busy',
    match: { operation: 'getJob', nth: 3 },
    effect: { fault: { answer: 503, retry_after: 2 } },
  })
  const jobId = await submit({
    prompt: 'a lighthouse at dusk',
    num_output_images: 2,
    client_request_id: 'order-1041',
    callback_url: `${receiverUrl}ok`,
  })
  const givenUpId = await submit({
    prompt: 'a boat in a storm',
    client_request_id: 'order-1042',
    callback_url: `${receiverUrl}down`,
  })
  await world.clock.advance('50s')
  await submit({
    prompt: 'two cats on a windowsill',
    client_request_id: 'order-1043',
    callback_url: `${receiverUrl}ok`,
  })
  await world.clock.advance('6s')
  await submit({ prompt: 'a harbour in the morning', client_request_id: 'order-1044' })
  for (const id of [jobId, givenUpId]) await fetch(`${server.url}/v1/phota/jobs/${id}`, { headers: ALICE })
  await submit({ prompt: 'too many', num_output_images: 9 })
  return { world, jobId, givenUpId }
}

/** A receiver that answers 204 at `/ok`, and 500 elsewhere. @param port 0 for any */
export async function openReceiver(port: number): Promise<{ url: string; close(): void }> {
  const server = createServer((request, response) => {
    request.resume()
    response.writeHead(request.url === '/ok' ? 204 : 500).end()
  })
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve))
  const { port: actual } = server.address() as { port: number }
  return {
    url: `http://127.0.0.1:${actual}/`,
    close: () => {
      server.closeAllConnections()
      server.close()
    },
  }
}
