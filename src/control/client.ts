import {
  basePath,
  type ControlActiveScenario,
  type ControlDelivery,
  type ControlEvent,
  type ControlHealth,
  type ControlJob,
  type ControlJournalEntry,
  type ControlOperationId,
  type ControlProfile,
  type ControlWorld,
  operations,
} from '../spec/control/index.ts'
import type { Control, WorldControl } from './control.ts'
import { ControlFailure } from './control-failure.ts'

/** A control request on its way. */
export interface ControlRequest {
  readonly operationId: ControlOperationId
  readonly method: string
  /** From `/_mock` on, percent-encoded, without the query. */
  readonly path: string
  /** Without the `?`; empty if there is none. */
  readonly query: string
  /** JSON; `null` for none. */
  readonly body: string | null
}

/** How control requests reach those Worlds: over HTTP, or within the process. */
export interface Transport {
  /** JSON as text; empty for none. @throws {ControlFailure} if it does not arrive */
  send(request: ControlRequest): Promise<{ status: number; text: string }>
  /** @throws {ControlFailure} if it is refused, or does not arrive */
  follow(request: ControlRequest, signal: AbortSignal | undefined): AsyncIterable<ControlEvent>
}

/** The levers of whatever a transport reaches. */
export function controlOf(transport: Transport, api: Pick<Control, 'baseUrl' | 'fetch'>): Control {
  const call: Call = async (operationId, ids, body, query) => {
    const { status, text } = await transport.send(requestOf(operationId, ids, body, query))
    const answer = text === '' ? null : parse(text)
    if (status < 200 || status >= 300) throw refusal(operationId, status, answer)
    if (answer === undefined) {
      throw new ControlFailure(
        `${operationId}: answered ${status} with something that is not JSON; is the URL that of a control API?`,
        status,
      )
    }
    return answer as never
  }
  const world = (id: string): WorldControl => worldControl(id, call, transport)
  return {
    ...api,
    health: () => call<ControlHealth>('getHealth', []),
    worlds: {
      list: async () => (await call<{ worlds: ControlWorld[] }>('listWorlds', [])).worlds,
      create: async (wanted = {}) => world((await call<ControlWorld>('createWorld', [], wanted)).id),
      get: world,
    },
  }
}

/** What the other side said no with. */
export function refusal(operationId: ControlOperationId, status: number, answer: unknown): ControlFailure {
  const told = (answer as { message?: unknown } | null | undefined)?.message
  const message = typeof told === 'string' ? told : `answered ${status}`
  return new ControlFailure(message.startsWith(operationId) ? message : `${operationId}: ${message}`, status)
}

/** What each operation answers is stated by its caller, as control.yaml describes it. */
type Call = <Answer>(operationId: ControlOperationId, ids: string[], body?: unknown, query?: object) => Promise<Answer>

function requestOf(operationId: ControlOperationId, ids: string[], body?: unknown, query: object = {}): ControlRequest {
  const { method, path } = operations[operationId]
  const values = ids.values()
  const given = Object.entries(query).filter(([, value]) => value !== undefined)
  return {
    operationId,
    method,
    path: basePath + path.replace(/\{[^}]+\}/g, () => encodeURIComponent(values.next().value ?? '')),
    query: new URLSearchParams(given.map(([name, value]) => [name, String(value)])).toString(),
    body: body === undefined ? null : JSON.stringify(body),
  }
}

function worldControl(id: string, call: Call, transport: Transport): WorldControl {
  return {
    id,
    describe: () => call('getWorld', [id]),
    reset: () => call('resetWorld', [id]),
    remove: () => call('deleteWorld', [id]),
    snapshot: () => call('takeSnapshot', [id]),
    restore: (snapshot) => call('restoreSnapshot', [id], snapshot),
    events: ({ signal } = {}) => transport.follow(requestOf('streamEvents', [id]), signal),
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
      list: async (where = {}) => (await call<{ jobs: ControlJob[] }>('listJobs', [id], undefined, where)).jobs,
      get: (job) => call('getControlJob', [id, job]),
      step: (job) => call('stepJob', [id, job]),
      fail: (job, failure) => call('failJob', [id, job], failure),
      hang: (job) => call('hangJob', [id, job]),
      timeline: (where = {}) => call('getTimeline', [id], undefined, where),
    },
    deliveries: {
      list: async (where = {}) =>
        (await call<{ deliveries: ControlDelivery[] }>('listDeliveries', [id], undefined, where)).deliveries,
      redeliver: (delivery) => call('redeliver', [id, delivery]),
      inject: (job, delivery = {}) => call('injectDelivery', [id, job], delivery),
    },
    profiles: {
      list: async (where = {}) =>
        (await call<{ profiles: ControlProfile[] }>('listControlProfiles', [id], undefined, where)).profiles,
    },
    scenarios: {
      add: async (scenario) => (await call<{ id: string }>('addScenario', [id], scenario)).id,
      list: async () => (await call<{ scenarios: ControlActiveScenario[] }>('listScenarios', [id])).scenarios,
      remove: (scenario) => call('removeScenario', [id, scenario]),
    },
    journal: {
      list: async (where = {}) =>
        (await call<{ entries: ControlJournalEntry[] }>('listJournal', [id], undefined, where)).entries,
      export: (where = {}) => call('exportJournal', [id], undefined, where),
    },
  }
}

/** @returns `undefined` if it is no JSON */
function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
