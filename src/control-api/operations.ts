import type { Api } from '../api/api.ts'
import type { Drive } from '../drive/drive.ts'
import type { Account } from '../engine/account.ts'
import { toMs } from '../engine/duration.ts'
import type { Job } from '../engine/job.ts'
import { type LoadSource, withKeys } from '../engine/load.ts'
import { MisuseError, TakenError } from '../engine/misuse-error.ts'
import { usd } from '../engine/money.ts'
import type { World } from '../engine/world.ts'
import type {
  ClockAdvance,
  ClockTarget,
  ClockUpdate,
  ControlJobDetail,
  ControlOperationId,
  ControlScenario,
  ControlSnapshot,
  Deposit,
  JobFailure,
  NewAccount,
  NewDelivery,
  NewWorld,
} from '../spec/control/index.ts'
import { version } from '../spec/version.ts'
import type { ControlHost } from './control-host.ts'
import { ControlRefusal, missing } from './control-refusal.ts'
import { findDeliveries } from './deliveries.ts'
import { deliveryRecordOf } from './delivery-record.ts'
import { type Follow, follow } from './events.ts'
import { recordOf } from './job-record.ts'
import { findEntries, toHttpArchive, viewEntry } from './journal.ts'
import { beginHere, reset, restore, snapshotOf } from './snapshots.ts'
import {
  bySubmit,
  viewAccount,
  viewAdvanceResult,
  viewClock,
  viewJobDetail,
  viewLedger,
  viewScenarios,
  viewTimeline,
  viewWorld,
} from './views.ts'

/** One control request, its body validated. */
export interface ControlCall {
  readonly host: ControlHost
  readonly ids: readonly string[]
  /** As in `ApiRequest`. */
  readonly origin: string | null
  readonly body: unknown
  /** Validated, and of known names alone. */
  readonly query: URLSearchParams
}

export type ControlAnswer = { status: 200 | 201 | 204; body: unknown } | { status: 200; follow: Follow }

type ControlOperation = (call: ControlCall) => ControlAnswer | Promise<ControlAnswer>

/** Every operation of control.yaml; one without an implementation does not compile. */
export const controlOperations: Readonly<Record<ControlOperationId, ControlOperation>> = {
  getHealth: ({ host }) => ok({ ready: true, version, worlds: [...host.worlds].length }),

  listWorlds: ({ host }) => ok({ worlds: Array.from(host.worlds, (world) => viewWorld(world, host.driveOf(world))) }),

  createWorld: async ({ host, body }) => created(viewWorld(...(await createWorld(host, body as NewWorld)))),

  getWorld: (call) => ok(viewWorld(...worldOf(call))),

  deleteWorld: (call) => {
    const [world] = worldOf(call)
    if (world === call.host.lobby) throw new ControlRefusal(400, 'The default World stays; delete others.')
    call.host.remove(world)
    return gone()
  },

  resetWorld: (call) => ok(viewWorld(...reset(call.host, worldOf(call)[0]))),

  takeSnapshot: (call) => ok(snapshotOf(...worldOf(call))),

  restoreSnapshot: ({ host, ids, body }) => ok(viewWorld(...restore(host, ids[0] ?? '', body as ControlSnapshot))),

  getClock: (call) => ok(viewClock(worldOf(call)[1])),

  updateClock: (call) => {
    const [, drive] = worldOf(call)
    updateClock(drive, call.body as ClockUpdate)
    return ok(viewClock(drive))
  },

  advanceClock: async (call) => ok(viewAdvanceResult(await worldOf(call)[1].advance((call.body as ClockAdvance).by))),

  setClock: async (call) =>
    ok(viewAdvanceResult(await worldOf(call)[1].set(moment((call.body as ClockTarget).to, 'to')))),

  settleClock: async (call) => ok(viewAdvanceResult(await worldOf(call)[1].settle())),

  createAccount: (call) => created(viewAccount(createAccount(worldOf(call)[0], call.body as NewAccount))),

  getAccount: (call) => ok(viewAccount(accountOf(call))),

  deposit: (call) => {
    const account = accountOf(call)
    worldOf(call)[0].deposit(account, usd((call.body as Deposit).amount))
    return ok(viewAccount(account))
  },

  getLedger: (call) => ok(viewLedger(accountOf(call))),

  rotateWebhookSecret: (call) => {
    const account = accountOf(call)
    worldOf(call)[0].rotateWebhookSecret(account)
    return ok(viewAccount(account))
  },

  listJobs: (call) => {
    const [world] = worldOf(call)
    const filesUrl = call.host.filesUrl(world, call.origin)
    const wanted = Object.fromEntries(call.query)
    const jobs = bySubmit(world).map((job) => recordOf(world, job, filesUrl))
    return ok({
      jobs: jobs.filter((job) =>
        Object.entries(wanted).every(([name, value]) => job[name as keyof typeof job] === value),
      ),
    })
  },

  listDeliveries: (call) => {
    const [world] = worldOf(call)
    const deliveries = findDeliveries(world, call.query)
    return ok({ deliveries: deliveries.map((delivery) => deliveryRecordOf(world.dialect, delivery)) })
  },

  listControlProfiles: (call) => ownList('listControlProfiles', call),

  getControlJob: (call) => ok(detailOf(call, ...jobOf(call))),

  stepJob: (call) => force(call, (world, job) => world.jobs.forceStep(job)),

  failJob: (call) => {
    const { code, message } = call.body as JobFailure
    return force(call, (world, job) => world.jobs.forceFailure(job, code, message))
  },

  hangJob: (call) => force(call, (world, job) => world.jobs.hang(job)),

  getTimeline: (call) => {
    const [world, drive] = worldOf(call)
    return ok(viewTimeline(world, drive.nowMs(), Number(call.query.get('limit') ?? 10_000)))
  },

  injectDelivery: (call) => {
    const [world, job] = jobOf(call)
    const { fault, delay, url } = call.body as NewDelivery
    if (url !== undefined && !/^https?:$/.test(URL.parse(url)?.protocol ?? ''))
      throw new ControlRefusal(400, `injectDelivery: url expects an http or https URL, received '${url}'`)
    const delivery = world.jobs.injectDelivery(job, {
      fault: fault ?? 'duplicate',
      delayMs: delay === undefined ? 0 : toMs(delay, 'delay'),
      url: url ?? null,
    })
    goOn(call.host, world)
    return created(deliveryRecordOf(world.dialect, delivery))
  },

  redeliver: (call) => {
    const [world] = worldOf(call)
    const id = call.ids[1] ?? ''
    const deliveries = Array.from(world.outbox.all())
    const delivery = deliveries.find((one) => one.id === id)
    if (!delivery)
      throw missing(
        'delivery',
        id,
        deliveries.slice(-5).map((one) => one.id),
      )
    const again = world.outbox.redeliver(delivery)
    goOn(call.host, world)
    return created(deliveryRecordOf(world.dialect, again))
  },

  listJournal: (call) => ok({ entries: findEntries(worldOf(call)[0], call.query).map(viewEntry) }),

  exportJournal: (call) => {
    const [world] = worldOf(call)
    return ok(toHttpArchive(call.host, world, findEntries(world, call.query)))
  },

  streamEvents: (call) => ({ status: 200, follow: follow(...worldOf(call)) }),

  listScenarios: (call) => ok({ scenarios: viewScenarios(worldOf(call)[0]) }),

  addScenario: (call) => created({ id: worldOf(call)[0].scenario(call.body as ControlScenario) }),

  removeScenario: (call) => {
    const [world] = worldOf(call)
    const id = call.ids[1] ?? ''
    if (!world.removeScenario(id)) {
      throw missing(
        'scenario',
        id,
        world.scenarios.states().map((scenario) => scenario.id),
      )
    }
    return gone()
  },
}

function ok(body: unknown): ControlAnswer {
  return { status: 200, body }
}

function created(body: unknown): ControlAnswer {
  return { status: 201, body }
}

function gone(): ControlAnswer {
  return { status: 204, body: null }
}

/** The World that the path names, brought to the present. */
function worldOf({ host, ids }: ControlCall): [World, Drive] {
  const world = host.worlds.get(ids[0] ?? '')
  if (!world) {
    throw missing(
      'World',
      ids[0] ?? '',
      Array.from(host.worlds, ({ options }) => options.id),
    )
  }
  host.enter(world)
  return [world, host.driveOf(world)]
}

function accountOf(call: ControlCall): Account {
  const [world] = worldOf(call)
  const account = world.accounts.get(call.ids[1] ?? '')
  if (!account) throw missing('account', call.ids[1] ?? '', world.accounts.keys())
  return account
}

function jobOf(call: ControlCall): [World, Job] {
  const [world] = worldOf(call)
  const id = call.ids[1] ?? ''
  const job = world.jobs.find(id)
  if (job) return [world, job]
  const newest = [...world.jobs.live()].slice(-5).map((one) => one.id)
  throw missing('job', id, newest)
}

function force(call: ControlCall, by: (world: World, job: Job) => void): ControlAnswer {
  const [world, job] = jobOf(call)
  by(world, job)
  goOn(call.host, world)
  return ok(detailOf(call, world, job))
}

function detailOf({ host, origin }: ControlCall, world: World, job: Job): ControlJobDetail {
  return viewJobDetail(host, world, job, host.filesUrl(world, origin))
}

/** What is due now is due without the clock's moving. */
function goOn(host: ControlHost, world: World): void {
  host.enter(world)
  host.leave(world)
}

function createAccount(world: World, { id, keys, deposit = '0' }: NewAccount): Account {
  return world.createAccount({ id, depositMicroUsd: usd(deposit), keys: keys ?? [derivedKey(world.options.id, id)] })
}

/** By the World's id, because Worlds may well have one seed; no such id has a dot. */
function derivedKey(worldId: string, accountId: string): string {
  return `${worldId}.${encodeURIComponent(accountId.toWellFormed())}`
}

/** What only one API has. */
function ownList(operationId: ControlOperationId, call: ControlCall): ControlAnswer {
  const list = call.host.api.lists[operationId]
  if (!list) throw new ControlRefusal(404, `${operationId}: this API has none.`)
  return ok(list(worldOf(call)[0], call.query))
}

async function fixtureOf(fixtures: Api['fixtures'], name: string): Promise<LoadSource> {
  const load = Object.hasOwn(fixtures, name) ? fixtures[name] : undefined
  if (load) return await load()
  const names = Object.keys(fixtures)
  throw new ControlRefusal(400, `fixture expects one of ${names.join(', ') || 'none'}, received '${name}'`)
}

async function createWorld(host: ControlHost, wanted: NewWorld): Promise<[World, Drive]> {
  const { createWorld: make, fixtures } = host.api
  const fixture = wanted.fixture === undefined ? undefined : await fixtureOf(fixtures, wanted.fixture)
  const id = wanted.id ?? host.worlds.nextId()
  const startMs = wanted.start === undefined ? Date.now() : moment(wanted.start, 'start')
  const { pendingMs, runningMs, retentionMs, allowCallbackHosts, httpsCallbacksOnly } = host.lobby.options
  const world = make({
    id,
    keyPrefix: host.worlds.prefix,
    startMs,
    seed: wanted.seed ?? id,
    cdnBaseUrl: host.cdnBaseUrl(id),
    pendingMs: wanted.pending === undefined ? pendingMs : toMs(wanted.pending, 'pending'),
    runningMs: wanted.running === undefined ? runningMs : toMs(wanted.running, 'running'),
    retentionMs: wanted.retention === undefined ? retentionMs : toMs(wanted.retention, 'retention'),
    allowCallbackHosts: wanted.allow_callback_hosts ?? allowCallbackHosts,
    httpsCallbacksOnly,
  })
  if (host.worlds.get(id)) throw new ControlRefusal(409, `A World '${id}' is already live.`)
  // Until it is known to be whole, no request can find it.
  // A fixture's own keys are those of the default World.
  if (fixture) world.load(withKeys(fixture, (account) => [derivedKey(id, account.id)]))
  for (const [at, account] of (wanted.accounts ?? []).entries()) {
    try {
      createAccount(world, account)
    } catch (cause) {
      if (!(cause instanceof MisuseError)) throw cause
      const Same = cause instanceof TakenError ? TakenError : MisuseError
      throw new Same(`createWorld: accounts[${at}]: ${cause.message}`, { cause })
    }
  }
  if (wanted.contents) world.load(wanted.contents as LoadSource)
  const drive = host.add(world, {
    ...wanted.clock,
    ...(wanted.callback_grace !== undefined && { callbackGraceMs: toMs(wanted.callback_grace, 'callback_grace') }),
  })
  beginHere(world, drive)
  return [world, drive]
}

const RFC_3339 = /^(\d{4}-\d{2}-\d{2})T\d{2}:\d{2}:\d{2}(\.\d+)?(Z|[+-]\d{2}:\d{2})$/i

/** @throws {MisuseError} for anything but an RFC 3339 moment of a day that there is */
function moment(text: string, field: string): number {
  const [, day] = RFC_3339.exec(text) ?? []
  // Date.parse takes the 31st of February for the 3rd of March.
  const isDay = day !== undefined && Number.isFinite(Date.parse(day)) && new Date(day).toISOString().startsWith(day)
  const ms = isDay ? Date.parse(text) : Number.NaN
  if (Number.isFinite(ms)) return ms
  throw new MisuseError(`${field} expects an RFC 3339 moment such as '2026-06-22T12:00:00Z', received '${text}'`)
}

function updateClock(drive: Drive, { mode, speed, frozen }: ClockUpdate): void {
  if (mode !== undefined || speed !== undefined) {
    const wasFrozen = drive.frozen
    drive.setMode(mode ?? drive.mode, speed ?? drive.speed)
    if (wasFrozen) drive.freeze()
  }
  if (frozen === true) drive.freeze()
  if (frozen === false) drive.resume()
}
