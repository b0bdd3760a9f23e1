import type { Account } from './account.ts'
import { BookedEntries } from './booked-entries.ts'
import type { DeliveryState } from './delivery.ts'
import type { Dialect } from './dialect.ts'
import type { Job, JobState } from './job.ts'
import { type Booking, LedgerEntry } from './ledger-entries.ts'
import { MisuseError, shown } from './misuse-error.ts'
import type { ScenarioState } from './scenario.ts'
import type { Due } from './schedule.ts'
import { checkSnapshot } from './snapshot-check.ts'
import type { Step } from './step.ts'
import type { World } from './world.ts'
import { OPTION_FIELDS, type WorldOptions } from './world-options.ts'
import {
  type PackedAccount,
  type PackedDelivery,
  type PackedJob,
  type PackedOptions,
  type PackedScenario,
  type PackedWorld,
  SNAPSHOT_FORMAT,
  type WorldSnapshot,
} from './world-snapshot.ts'

/** What is otherwise where a World is restored. */
type Place = Pick<WorldOptions, 'id' | 'keyPrefix' | 'cdnBaseUrl'>

/**
 * All of a World. An attempt that is on its way has no outcome in it: a restored World makes it again.
 *
 * A scenario that matches by a `RegExp` stays in it by reference, which JSON cannot say: `patternIn`.
 */
export function takeSnapshot(world: World): WorldSnapshot {
  const { expiries, seq: dueSeq } = world.agenda()
  const jobs = new Set<Job>([...world.jobs.live(), ...world.jobs.openRequests()])
  for (const { subject } of expiries) jobs.add(subject)
  const expired = Map.groupBy(world.jobs.expired(), ([, account]) => account.id)
  return {
    format: SNAPSHOT_FORMAT,
    api: world.dialect.name,
    options: packOptions(world.options),
    nowMs: world.clock.nowMs,
    drawn: Object.fromEntries(world.entropy.drawn),
    dueSeq,
    ledgerSeq: world.ledger.lastSeq,
    accounts: Array.from(world.accounts.values(), (account) => ({
      ...packAccount(account),
      entries: Array.from(account.entries, (entry) => ({ ...entry })),
    })),
    jobs: Array.from(jobs, (job) => structuredClone(packJob(job))),
    expired: Array.from(expired, ([account, jobs]) => ({ account, ids: jobs.map(([id]) => id) })),
    expiries: expiries.map(({ seq, subject }) => ({ seq, job: subject.id })),
    deliveries: Array.from(world.outbox.all(), packDelivery),
    scenarios: world.scenarios.all().map(packScenario),
    scenariosMade: world.scenarios.made,
    journal: world.journal.entries().map((entry) => ({ ...entry, warnings: [...entry.warnings] })),
    own: world.packOwn(),
  }
}

/** The id of a scenario that only the process can hold that made it, as it matches by a `RegExp`. */
export function patternIn({ scenarios }: WorldSnapshot, dialect: Dialect): string | undefined {
  return scenarios.find(({ match }) => !dialect.isPlain(match))?.id
}

/**
 * A World that goes on where the snapshot was taken.
 *
 * @param createWorld a World of the dialect's API
 * @param snapshot as control.yaml describes it
 * @param place what is otherwise here: the World's name, and where its files are served
 * @throws {MisuseError} naming the field that cannot be so
 */
export function restoreWorld(
  dialect: Dialect,
  createWorld: (options: Partial<WorldOptions>) => World,
  snapshot: WorldSnapshot,
  place: Place,
): World {
  if (snapshot.format !== SNAPSHOT_FORMAT)
    throw new MisuseError(`snapshot.format expects ${SNAPSHOT_FORMAT}, received ${shown(snapshot.format)}`)
  if (snapshot.api !== dialect.name)
    throw new MisuseError(`snapshot.api expects '${dialect.name}', received ${shown(snapshot.api)}`)
  checkSnapshot(snapshot, dialect)
  const expirySeqs = new Map(snapshot.expiries.map(({ seq, job }) => [job, seq]))
  const parts: PackedWorld = {
    ...snapshot,
    entries: entriesOf(snapshot),
    jobs: snapshot.jobs.map((job) => ({ ...job, expirySeq: expirySeqs.get(job.id) ?? 0, filesUrl: null })),
  }
  return rebuildWorld(createWorld, parts, place)
}

function* entriesOf({ accounts }: WorldSnapshot): IterableIterator<Booking & { account: string }> {
  for (const { id, entries } of accounts) for (const entry of entries) yield { ...entry, account: id }
}

/**
 * A World of its packed parts, which are known to fit together: `checkSnapshot`.
 *
 * @throws {MisuseError} for options or scenarios that make no sense
 */
export function rebuildWorld(
  createWorld: (options: Partial<WorldOptions>) => World,
  parts: PackedWorld,
  place: Place,
): World {
  const world = createWorld({ ...unpackOptions(parts.options), ...place })
  world.clock.moveTo(parts.nowMs)
  const booked = new BookedEntries()
  for (const { id, keys, webhookSecret, deposited, available, reserved, spent, foldedEntries } of parts.accounts) {
    const account = world.createAccount({ id, keys, webhookSecret })
    Object.assign(account, { deposited, available, reserved, spent, foldedEntries })
  }
  const ownerOf = ({ account }: { account: string }): Account => found(world.accounts.get(account))
  for (const booking of parts.entries) {
    const entry = new LedgerEntry(booking)
    ownerOf(booking).entries.add(entry)
    booked.add(entry)
  }
  const reservationOf = (seq: number) => {
    const entry = found(booked.get(seq))
    if (!entry.isReservation()) throw new Error(`entry ${seq} is no reservation; this is a bug of phota-mock`)
    return entry
  }
  const steps: Due<Step>[] = []
  const plan = (subject: Step): void => {
    const atMs = subject.nextStepMs()
    if (atMs !== null) steps.push({ atMs, seq: subject.dueSeq, subject })
  }
  world.restoreOwn(parts.own, { accountOf: (account) => ownerOf({ account }), reservationOf, plan })
  const expiries: Due<Job>[] = []
  for (const packed of parts.jobs) {
    // Field by field, because there may be a million.
    const state: JobState = {
      id: packed.id,
      account: ownerOf(packed),
      mode: packed.mode,
      work: packed.work,
      scenarioId: packed.scenarioId,
      createdMs: packed.createdMs,
      startsMs: packed.startsMs,
      endsMs: packed.endsMs ?? Number.POSITIVE_INFINITY,
      failure: packed.failure,
      reservation: reservationOf(packed.reservation),
      closing: packed.closing === null ? null : found(booked.get(packed.closing)),
      status: packed.status,
      completedMs: packed.completedMs,
      expiresMs: packed.expiresMs,
      deliveryId: packed.deliveryId,
      callbackFault: packed.callbackFault,
      dueSeq: packed.dueSeq,
    }
    const job = world.jobs.adopt(state, packed.filesUrl)
    plan(job)
    if (packed.expirySeq > 0) expiries.push({ atMs: found(job.expiresMs), seq: packed.expirySeq, subject: job })
  }
  for (const { account, ids } of parts.expired) for (const id of ids) world.jobs.seedExpired(ownerOf({ account }), id)
  let { dueSeq } = parts
  for (const packed of parts.deliveries) {
    const state: DeliveryState = {
      ...packed,
      account: ownerOf(packed),
      attempts: packed.attempts.map((attempt) => ({ ...attempt })),
    }
    if (state.state === 'in-flight' && state.pendingOutcome === null) {
      state.attempts.pop()
      Object.assign(state, { state: 'waiting', nextAttemptMs: parts.nowMs, dueSeq: ++dueSeq })
    }
    plan(world.outbox.adopt(state))
  }
  // Soonest first, because what comes in order costs the schedule least.
  const bySoonest = (a: Due<unknown>, b: Due<unknown>): number => a.atMs - b.atMs || a.seq - b.seq
  world.goOn({ steps: steps.sort(bySoonest), expiries: expiries.sort(bySoonest), seq: dueSeq })
  world.scenarios.goOn(
    parts.scenarios.map(({ left, ...scenario }) => ({ ...scenario, left: left ?? Number.POSITIVE_INFINITY })),
    parts.scenariosMade,
  )
  for (const entry of parts.journal) world.journal.push({ ...entry })
  // Last, as some of the above draws too.
  world.entropy.goOn(Object.entries(parts.drawn))
  world.ledger.goOn(parts.ledgerSeq)
  return world
}

/** All of an account but its ledger. */
export function packAccount({ entries: _, ...account }: Account): Omit<PackedAccount, 'entries'> {
  return { ...account, keys: [...account.keys] }
}

// Field by field: one that is forgotten does not compile.
/** A job as a snapshot keeps it. Its parts are shared with the job. */
export function packJob(job: Job): PackedJob {
  const state: Complete<JobState> = {
    id: job.id,
    account: job.account,
    mode: job.mode,
    work: job.work,
    scenarioId: job.scenarioId,
    createdMs: job.createdMs,
    startsMs: job.startsMs,
    endsMs: job.endsMs,
    failure: job.failure,
    reservation: job.reservation,
    closing: job.closing,
    status: job.status,
    completedMs: job.completedMs,
    expiresMs: job.expiresMs,
    deliveryId: job.deliveryId,
    callbackFault: job.callbackFault,
    dueSeq: job.dueSeq,
  }
  return {
    ...state,
    account: job.account.id,
    endsMs: finite(job.endsMs),
    reservation: job.reservation.seq,
    closing: job.closing?.seq ?? null,
  }
}

type Complete<State> = { [Key in keyof Required<State>]: State[Key] }

/** A delivery as a snapshot keeps it. */
export function packDelivery({
  step: _,
  nextStepMs: __,
  worthWaitingMs: ___,
  ...delivery
}: DeliveryState & Step): PackedDelivery {
  return {
    ...delivery,
    account: delivery.account.id,
    attempts: delivery.attempts.map((attempt) => ({ ...attempt })),
  }
}

/** A scenario as a snapshot keeps it. */
export function packScenario({ id, match, effect, left, matched }: ScenarioState): PackedScenario {
  return { id, match: { ...match }, effect: { ...effect }, left: finite(left), matched }
}

/** Options as a snapshot keeps them. */
export function packOptions(options: WorldOptions): PackedOptions {
  const own = Object.entries(options).filter(([name]) => !Object.hasOwn(OPTION_FIELDS, name))
  const { keep } = options
  return {
    id: options.id,
    seed: options.seed,
    startMs: options.startMs,
    pendingMs: options.pendingMs,
    runningMs: options.runningMs,
    retentionMs: options.retentionMs,
    syncLimitMs: finite(options.syncLimitMs),
    asyncLimitMs: finite(options.asyncLimitMs),
    callbackRetryMs: [...options.callbackRetryMs],
    callbackTimeoutMs: options.callbackTimeoutMs,
    allowCallbackHosts: [...options.allowCallbackHosts],
    httpsCallbacksOnly: options.httpsCallbacksOnly,
    keyPrefix: options.keyPrefix,
    cdnBaseUrl: options.cdnBaseUrl,
    keep: keep === 'everything' ? null : { entries: finite(keep.entries), bytes: finite(keep.bytes) },
    own: structuredClone(Object.fromEntries(own)),
  }
}

function unpackOptions({ keep, syncLimitMs, asyncLimitMs, own, ...options }: PackedOptions): WorldOptions {
  return {
    ...options,
    ...own,
    syncLimitMs: syncLimitMs ?? Number.POSITIVE_INFINITY,
    asyncLimitMs: asyncLimitMs ?? Number.POSITIVE_INFINITY,
    keep:
      (keep && {
        entries: keep.entries ?? Number.POSITIVE_INFINITY,
        bytes: keep.bytes ?? Number.POSITIVE_INFINITY,
      }) ||
      'everything',
  }
}

/** JSON knows no infinity. */
function finite(value: number): number | null {
  return Number.isFinite(value) ? value : null
}

/** What `checkSnapshot` has seen to be there. */
function found<Value>(value: Value | null | undefined): Value {
  if (value === null || value === undefined)
    throw new Error('the snapshot refers to nothing; this is a bug of phota-mock')
  return value
}
