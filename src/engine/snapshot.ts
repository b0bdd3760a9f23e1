import type { ControlSnapshot } from '../spec/control/index.ts'
import { type Account, createAccount } from './account.ts'
import type { Delivery } from './delivery.ts'
import type { Job } from './job.ts'
import { LedgerEntry } from './ledger-entries.ts'
import type { Profile } from './profile.ts'
import type { Due } from './schedule.ts'
import { checkSnapshot } from './snapshot-check.ts'
import { World } from './world.ts'
import type { WorldOptions } from './world-options.ts'

/** A World to the last bit, as plain JSON; what moves it stands beside. */
export type WorldSnapshot = Omit<ControlSnapshot, 'clock'>

/** What is otherwise where a World is restored. */
type Place = Pick<WorldOptions, 'id' | 'keyPrefix' | 'cdnBaseUrl'>

const FORMAT = 'phota-mock-snapshot/2'

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
    format: FORMAT,
    options: packOptions(world.options),
    nowMs: world.clock.nowMs,
    drawn: Object.fromEntries(world.entropy.drawn),
    dueSeq,
    ledgerSeq: world.ledger.lastSeq,
    accounts: Array.from(world.accounts.values(), ({ jobsByClientRequestId: _, ...account }) => ({
      ...account,
      keys: [...account.keys],
      entries: Array.from(account.entries, (entry) => ({ ...entry })),
    })),
    profiles: Array.from(world.profiles.all(), ({ kind: _, deleted: __, ...profile }) => ({
      ...profile,
      account: profile.account.id,
      steps: [...profile.steps],
      reservation: profile.reservation?.seq ?? null,
    })),
    jobs: Array.from(jobs, ({ kind: _, waiter: __, imagesUrl: ___, ...job }) => ({
      ...job,
      account: job.account.id,
      request: { ...job.request, profileIds: [...job.request.profileIds] },
      endsMs: finite(job.endsMs),
      reservation: job.reservation.seq,
      closing: job.closing?.seq ?? null,
    })),
    expired: Array.from(expired, ([account, jobs]) => ({ account, ids: jobs.map(([id]) => id) })),
    expiries: expiries.map(({ seq, subject }) => ({ seq, job: subject.id })),
    deliveries: Array.from(world.outbox.all(), ({ kind: _, ...delivery }) => ({
      ...delivery,
      account: delivery.account.id,
      attempts: delivery.attempts.map((attempt) => ({ ...attempt })),
    })),
    scenarios: world.scenarios.states().map(({ match, effect, left, ...scenario }) => ({
      ...scenario,
      match: { ...match },
      effect: { ...effect },
      left: finite(left),
    })),
    scenariosMade: world.scenarios.made,
    journal: world.journal.entries().map((entry) => ({ ...entry, warnings: [...entry.warnings] })),
  }
}

/** The id of a scenario that only the process can hold that made it, as it matches by a `RegExp`. */
export function patternIn({ scenarios }: WorldSnapshot): string | undefined {
  return scenarios.find(({ match }) => typeof (match['prompt'] ?? '') !== 'string')?.id
}

/**
 * A World that goes on where the snapshot was taken.
 *
 * @param snapshot as control.yaml describes it
 * @param place what is otherwise here: the World's name, and where its images are served
 * @throws {MisuseError} naming the field that cannot be so
 */
export function restoreWorld(snapshot: WorldSnapshot, place: Place): World {
  checkSnapshot(snapshot)
  const world = new World({ ...unpackOptions(snapshot.options), ...place })
  world.clock.moveTo(snapshot.nowMs)
  const booked = new Map<number, LedgerEntry>()
  for (const { id, keys, webhookSecret, entries, ...sums } of snapshot.accounts) {
    const account = world.createAccount({ id, keys, webhookSecret })
    Object.assign(account, { ...createAccount({ id, webhookSecret }), keys: account.keys, ...sums })
    for (const booking of entries) {
      const entry = new LedgerEntry(booking)
      account.entries.add(entry)
      booked.set(entry.seq, entry)
    }
  }
  const ownerOf = ({ account }: { account: string }): Account => found(world.accounts.get(account))
  const reservationOf = (seq: number) => {
    const entry = found(booked.get(seq))
    if (!entry.isReservation()) throw new Error(`entry ${seq} is no reservation; this is a bug of phota-mock`)
    return entry
  }
  const steps: Due<Job | Profile | Delivery>[] = []
  const plan = (subject: Job | Profile | Delivery): void => {
    const atMs = nextStepMs(subject, world.options.callbackTimeoutMs)
    if (atMs !== null) steps.push({ atMs, seq: subject.dueSeq, subject })
  }
  for (const packed of snapshot.profiles) {
    const profile: Profile = {
      ...packed,
      kind: 'profile',
      account: ownerOf(packed),
      steps: [...packed.steps],
      reservation: packed.reservation === null ? null : reservationOf(packed.reservation),
      deleted: false,
    }
    world.profiles.adopt(profile)
    plan(profile)
  }
  const jobs = new Map<string, Job>()
  for (const packed of snapshot.jobs) {
    const job: Job = {
      ...packed,
      kind: 'job',
      account: ownerOf(packed),
      endsMs: packed.endsMs ?? Number.POSITIVE_INFINITY,
      reservation: reservationOf(packed.reservation),
      closing: packed.closing === null ? null : found(booked.get(packed.closing)),
      waiter: null,
      // The World may be restored elsewhere.
      imagesUrl: null,
    }
    jobs.set(job.id, job)
    world.jobs.adopt(job)
    plan(job)
  }
  for (const { account, ids } of snapshot.expired)
    for (const id of ids) world.jobs.seedExpired(ownerOf({ account }), id)
  let { dueSeq } = snapshot
  for (const packed of snapshot.deliveries) {
    const delivery: Delivery = {
      ...packed,
      kind: 'delivery',
      account: ownerOf(packed),
      attempts: packed.attempts.map((attempt) => ({ ...attempt })),
    }
    if (delivery.state === 'in-flight' && delivery.pendingOutcome === null) {
      delivery.attempts.pop()
      Object.assign(delivery, { state: 'waiting', nextAttemptMs: snapshot.nowMs, dueSeq: ++dueSeq })
    }
    world.outbox.adopt(delivery)
    plan(delivery)
  }
  const expiries = snapshot.expiries.map(({ seq, job: id }) => {
    const job = found(jobs.get(id))
    return { atMs: found(job.expiresMs), seq, subject: job }
  })
  world.goOn({ steps, expiries, seq: dueSeq })
  world.scenarios.goOn(
    snapshot.scenarios.map(({ left, ...scenario }) => ({ ...scenario, left: left ?? Number.POSITIVE_INFINITY })),
    snapshot.scenariosMade,
  )
  for (const entry of snapshot.journal) world.journal.push({ ...entry })
  // Last, as some of the above draws too.
  world.entropy.goOn(Object.entries(snapshot.drawn))
  world.ledger.goOn(snapshot.ledgerSeq)
  return world
}

/** When the clock brings a subject's next step; `null` if it brings none. */
function nextStepMs(subject: Job | Profile | Delivery, callbackTimeoutMs: number): number | null {
  switch (subject.kind) {
    case 'job':
      if (subject.status === 'pending') return subject.startsMs
      return subject.status === 'running' ? finite(subject.endsMs) : null
    case 'profile':
      return subject.steps[0]?.atMs ?? null
    case 'delivery':
      if (subject.pendingOutcome === null) return subject.nextAttemptMs
      return found(subject.attempts.at(-1)).atMs + callbackTimeoutMs
    default:
      return subject satisfies never
  }
}

function packOptions({ prices, keep, ...options }: WorldOptions): WorldSnapshot['options'] {
  return {
    ...options,
    callbackRetryMs: [...options.callbackRetryMs],
    allowCallbackHosts: [...options.allowCallbackHosts],
    syncLimitMs: finite(options.syncLimitMs),
    asyncLimitMs: finite(options.asyncLimitMs),
    prices: structuredClone(prices),
    keep: keep === 'everything' ? null : { entries: finite(keep.entries), bytes: finite(keep.bytes) },
  }
}

function unpackOptions({ keep, syncLimitMs, asyncLimitMs, ...options }: WorldSnapshot['options']): WorldOptions {
  return {
    ...options,
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
