import { setTimeout as sleep } from 'node:timers/promises'
import {
  type ControlActiveScenario,
  type ControlDelivery,
  type ControlJob,
  type ControlOperationId,
  type ControlWorld,
  operations,
} from '../spec/control/index.ts'
import type { Control, WorldControl } from './control.ts'
import { ControlFailure } from './control-failure.ts'

/**
 * The control interface of a running server. A 429 of a proxy in between is waited out, as its `Retry-After` asks.
 *
 * @param url the server's origin or its `/_mock`, e.g. `http://127.0.0.1:4010`
 * @throws {ControlFailure} from every call that is refused, with the server's sentence
 */
export function connect(url: string): Control {
  const base = `${url.replace(/\/$/, '').replace(/\/_mock$/, '')}/_mock`
  const call: Call = (operationId, ids, body, query) => request(base, operationId, ids, body, query) as never
  return {
    worlds: {
      list: async () => (await call<{ worlds: ControlWorld[] }>('listWorlds', [])).worlds,
      create: async (world = {}) => worldControl((await call<ControlWorld>('createWorld', [], world)).id, call),
      get: (id) => worldControl(id, call),
    },
  }
}

/** What each operation answers is stated by its caller, as control.yaml describes it. */
type Call = <Answer>(operationId: ControlOperationId, ids: string[], body?: unknown, query?: Query) => Promise<Answer>

type Query = Readonly<Record<string, string | undefined>>

function worldControl(id: string, call: Call): WorldControl {
  return {
    id,
    describe: () => call('getWorld', [id]),
    remove: () => call('deleteWorld', [id]),
    clock: {
      read: () => call('getClock', [id]),
      update: (change) => call('updateClock', [id], change),
      advance: (by) => call('advanceClock', [id], { by }),
      set: (to) => call('setClock', [id], { to: typeof to === 'string' ? to : to.toISOString() }),
      settle: () => call('settleClock', [id]),
    },
    accounts: {
      create: (account) => call('createAccount', [id], account),
      get: (account) => call('getAccount', [id, account]),
      deposit: (account, amount) => call('deposit', [id, account], { amount }),
      ledger: (account) => call('getLedger', [id, account]),
      rotateWebhookSecret: (account) => call('rotateWebhookSecret', [id, account]),
    },
    jobs: {
      list: async (where = {}) => (await call<{ jobs: ControlJob[] }>('listJobs', [id], undefined, { ...where })).jobs,
    },
    deliveries: {
      list: async (where = {}) =>
        (await call<{ deliveries: ControlDelivery[] }>('listDeliveries', [id], undefined, where)).deliveries,
      redeliver: (delivery) => call('redeliver', [id, delivery]),
    },
    scenarios: {
      add: async (scenario) => (await call<{ id: string }>('addScenario', [id], scenario)).id,
      list: async () => (await call<{ scenarios: ControlActiveScenario[] }>('listScenarios', [id])).scenarios,
      remove: (scenario) => call('removeScenario', [id, scenario]),
    },
  }
}

/** A proxy in between may ask for patience. */
const MOST_TRIES = 20

function retryAfterMs({ headers }: Response): number {
  const seconds = Number(headers.get('retry-after') ?? 1)
  return Number.isFinite(seconds) ? Math.min(seconds, 60) * 1000 : 1000
}

async function request(
  base: string,
  operationId: ControlOperationId,
  ids: string[],
  body: unknown,
  query: Query = {},
): Promise<unknown> {
  const { method, path } = operations[operationId]
  const values = ids.values()
  const url = new URL(base + path.replace(/\{[^}]+\}/g, () => encodeURIComponent(values.next().value ?? '')))
  for (const [name, value] of Object.entries(query)) if (value !== undefined) url.searchParams.set(name, value)
  let response: Response
  let text: string
  try {
    for (let tries = 1; ; tries++) {
      response = await fetch(url, {
        method,
        ...(body !== undefined && { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
      })
      text = await response.text()
      if (response.status !== 429 || tries === MOST_TRIES) break
      await sleep(retryAfterMs(response))
    }
  } catch (cause) {
    const { code, message } = ((cause as Error).cause ?? cause) as NodeJS.ErrnoException
    throw new ControlFailure(`${operationId}: ${url} could not be reached (${code ?? message})`, null, { cause })
  }
  const answer = text === '' ? null : parse(text)
  if (response.ok) return answer
  const message = (answer as { message?: string } | null)?.message ?? `answered ${response.status}`
  throw new ControlFailure(message.startsWith(operationId) ? message : `${operationId}: ${message}`, response.status)
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}
