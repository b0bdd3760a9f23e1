// Prints Costs of ../growth.ts: what operations cost in a World that holds so many jobs. Argument: how many.
import type { Host } from '../../../src/api/host.ts'
import type { ApiRequest, ApiResponse } from '../../../src/api/http.ts'
import type { Account } from '../../../src/engine/account.ts'
import { phota } from '../../../src/phota/api.ts'
import type { World as WorldType } from '../../../src/phota/world.ts'
import type { Costs } from '../growth.ts'
import { built } from './built.ts'
import { fresh, imageRequest, richAccount } from './requests.ts'

const size = Number(process.argv[2])
const CALLS = 40_000
const BATCH = 1000
const [{ World }, { handle }, { ServerHost }] = await Promise.all([
  built('phota/world'),
  built('api/handle'),
  built('server/server-host'),
])

interface Filled {
  world: WorldType
  host: Host
  account: Account
  key: string
  ids: string[]
  /** Of the second half, one. */
  submitUs: number
}

/** By requests, or by the engine alone. */
function fill(count: number, isByRequest: boolean): Filled {
  const world = new World()
  const account = richAccount(world)
  const key = account.keys[0] as string
  const host = new ServerHost(world.options.id, {
    api: phota,
    drive: { mode: 'manual', send: () => Promise.reject(new Error('there are no callbacks here')) },
    publicUrl: 'http://127.0.0.1',
    checkResponses: false,
    logger: undefined,
    prefix: '',
    storage: null,
  })
  host.add(world)
  let startMs = 0
  for (let i = 0; i < count; i++) {
    if (i === count / 2) startMs = performance.now()
    if (isByRequest) ask(host, toSubmit(key, `order-${i}`))
    else world.submit(account, imageRequest(`order-${i}`), 'async')
  }
  const submitUs = ((performance.now() - startMs) * 1000) / (count / 2)
  globalThis.gc?.()
  return { world, host, account, key, ids: Array.from(world.jobs.live(), ({ id }) => id), submitUs }
}

function ask(host: Host, request: ApiRequest): void {
  const { status, body } = handle(host, request) as ApiResponse
  if (status !== 202 && status !== 200)
    throw new Error(`${request.method} ${request.path} was answered ${status}: ${body}`)
}

function toSubmit(key: string, clientRequestId: string): ApiRequest {
  const asked = { prompt: 'a lighthouse', async: true, response_mode: 'urls', client_request_id: clientRequestId }
  return toRequest('POST', '/generate', key, Buffer.from(JSON.stringify(asked)))
}

function toRequest(method: string, path: string, key: string, body: Buffer | null): ApiRequest {
  const headers: Record<string, string> = {
    'x-api-key': key,
    ...(body !== null && { 'content-type': 'application/json' }),
  }
  return {
    method,
    path: `/v1/phota${path}`,
    query: '',
    header: (name) => headers[name] ?? null,
    body,
    bodySha256: null,
    origin: null,
    hasLeft: () => false,
  }
}

let seed = 1
function below(limit: number): number {
  seed = (seed * 48_271) % 2_147_483_647
  return seed % limit
}

function measure(size: number, worlds: number): Costs {
  const all: Costs = { submit: 0, poll: 0, replay: 0, engineSubmit: 0, enginePoll: 0, engineReplay: 0 }
  const add = (costs: Partial<Costs>): void => {
    for (const [operation, us] of Object.entries(costs)) all[operation as keyof Costs] += us / worlds
  }
  for (let i = 0; i < worlds; i++) {
    add({ engineSubmit: fill(size, false).submitUs })
    const filled = fill(size, true)
    add({ submit: filled.submitUs, ...rounds(filled, CALLS / worlds) })
  }
  return all
}

/** Polls and replays of jobs drawn at random. */
function rounds({ world, host, account, key, ids }: Filled, calls: number): Omit<Costs, 'submit' | 'engineSubmit'> {
  const us = { poll: 0, replay: 0, enginePoll: 0, engineReplay: 0 }
  const time = <Thing>(operation: keyof typeof us, make: () => Thing, run: (thing: Thing) => unknown): void => {
    const things = Array.from({ length: Math.min(calls, BATCH) }, make)
    const startMs = performance.now()
    for (const thing of things) run(thing)
    us[operation] += ((performance.now() - startMs) * 1000) / calls
  }
  for (let called = 0; called < calls; called += BATCH) {
    time(
      'poll',
      () => toRequest('GET', `/jobs/${ids[below(ids.length)]}`, key, null),
      (request) => ask(host, request),
    )
    time(
      'replay',
      () => toSubmit(key, `order-${below(ids.length)}`),
      (request) => ask(host, request),
    )
    time(
      'enginePoll',
      () => fresh(ids[below(ids.length)] as string),
      (id) => world.jobs.body(world.jobs.poll(account, id)),
    )
    time(
      'engineReplay',
      () => imageRequest(fresh(`order-${below(ids.length)}`)),
      (request) => world.submit(account, request, 'async'),
    )
  }
  if (world.jobs.unfinishedCount !== ids.length)
    throw new Error(`expected ${ids.length} jobs, found ${world.jobs.unfinishedCount}`)
  return us
}

measure(1000, 20)
console.log(JSON.stringify(measure(size, Math.max(1, 20_000 / size))))
