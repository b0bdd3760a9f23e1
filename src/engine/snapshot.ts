import { type Account, createAccount } from './account.ts'
import type { Delivery } from './delivery.ts'
import { isRecord } from './fields.ts'
import type { Job } from './job.ts'
import type { JournalEntry } from './journal.ts'
import { type Booking, LedgerEntry } from './ledger-entries.ts'
import { MisuseError, TakenError } from './misuse-error.ts'
import type { Profile } from './profile.ts'
import type { ScenarioState } from './scenario.ts'
import type { Due } from './schedule.ts'
import { World } from './world.ts'
import type { WorldOptions } from './world-options.ts'

/** A World to the last bit, as plain JSON. */
export interface WorldSnapshot {
  format: typeof FORMAT
  options: Packed
  nowMs: number
  drawn: [kind: string, n: number][]
  ledgerSeq: number
  accounts: Packed[]
  profiles: Packed[]
  /** Every job that still matters: in the order of their submits, then what only waits to be folded away. */
  jobs: Packed[]
  expired: [id: string, account: string][]
  deliveries: Packed[]
  scenarios: Packed[]
  scenariosMade: number
  journal: Packed[]
  agenda: { steps: PackedDue[]; expiries: PackedDue[]; seq: number }
}

type Packed = Record<string, unknown>
type PackedDue = [atMs: number, seq: number, kind: 'job' | 'profile' | 'delivery', id: string]

/** What is otherwise where a World is restored. */
type Place = Pick<WorldOptions, 'id' | 'keyPrefix' | 'cdnBaseUrl'>

const FORMAT = 'phota-mock-snapshot/1'

/** All of a World. An attempt that is on its way has no outcome in it: a restored World makes it again. */
export function takeSnapshot(world: World): WorldSnapshot {
  const { steps, expiries, seq } = world.agenda()
  const jobs = new Set<Job>([...world.jobs.live(), ...world.jobs.openRequests()])
  for (const { subject } of expiries) jobs.add(subject)
  return pack({
    format: FORMAT,
    options: world.options,
    nowMs: world.clock.nowMs,
    drawn: world.entropy.drawn,
    ledgerSeq: world.ledger.lastSeq,
    accounts: Array.from(world.accounts.values(), ({ entries, jobsByClientRequestId: _, ...account }) => ({
      ...account,
      entries: [...entries],
    })),
    profiles: Array.from(world.profiles.all(), owned),
    jobs: Array.from(jobs, ({ waiter: _, ...job }) => owned(job)),
    expired: Array.from(world.jobs.expired(), ([id, account]) => [id, account.id]),
    deliveries: Array.from(world.outbox.all(), owned),
    scenarios: world.scenarios.states(),
    scenariosMade: world.scenarios.made,
    journal: world.journal.entries(),
    agenda: { steps: steps.map(packDue), expiries: expiries.map(packDue), seq },
  }) as WorldSnapshot
}

/**
 * A World that goes on where the snapshot was taken.
 *
 * @param place what is otherwise here: the World's name, and where its images are served
 * @throws {MisuseError} if it is no snapshot of a World
 */
export function restoreWorld(snapshot: unknown, place: Place): World {
  if (!isRecord(snapshot) || snapshot['format'] !== FORMAT) {
    throw new MisuseError(
      `the snapshot expects format '${FORMAT}', received ${JSON.stringify(isRecord(snapshot) ? snapshot['format'] : snapshot)}`,
    )
  }
  try {
    return rebuild(unpack(snapshot) as WorldSnapshot, place)
  } catch (cause) {
    if (cause instanceof TakenError) throw cause
    throw new MisuseError(
      `the snapshot is damaged (${(cause as Error).message}); expects one as it was taken, to the last byte`,
      { cause },
    )
  }
}

function rebuild(snapshot: WorldSnapshot, place: Place): World {
  const world = new World({ ...(snapshot.options as unknown as WorldOptions), ...place })
  world.clock.moveTo(snapshot.nowMs)
  for (const packed of snapshot.accounts) adoptAccount(world, packed)
  const ownerOf = ({ account: id }: Packed): Account => {
    const account = world.accounts.get(id as string)
    if (!account) throw new Error(`there is no account ${JSON.stringify(id)}`)
    return account
  }
  const subjects = new Map<string, Job | Profile | Delivery>()
  const revive = <Subject extends Job | Profile | Delivery>(packed: Packed): Subject => {
    const subject = { ...packed, account: ownerOf(packed) } as unknown as Subject
    subjects.set(`${subject.kind} ${subject.id}`, subject)
    return subject
  }
  for (const packed of snapshot.profiles) world.profiles.adopt(revive<Profile>(packed))
  const booked = new Map<number, LedgerEntry>()
  for (const { entries } of world.accounts.values()) for (const entry of entries) booked.set(entry.seq, entry)
  const bookedAs = ({ seq }: Booking): LedgerEntry => {
    const entry = booked.get(seq)
    if (!entry) throw new Error(`there is no ledger entry ${seq}`)
    return entry
  }
  const gone = new Set(snapshot.expired.map(([id]) => id))
  for (const packed of snapshot.jobs) {
    const { reservation, closing } = packed as unknown as Job
    const job = Object.assign(revive<Job>(packed), {
      waiter: null,
      reservation: bookedAs(reservation),
      closing: closing && bookedAs(closing),
    })
    if (!gone.has(job.id)) world.jobs.adopt(job)
  }
  for (const [id, account] of snapshot.expired) world.jobs.seedExpired(ownerOf({ account }), id)
  const again: Delivery[] = []
  for (const packed of snapshot.deliveries) {
    const delivery = revive<Delivery>(packed)
    const isLost = delivery.state === 'in-flight' && delivery.pendingOutcome === null
    if (isLost) {
      const lost = delivery.attempts.pop()
      Object.assign(delivery, { state: 'waiting', nextAttemptMs: lost?.atMs ?? snapshot.nowMs })
      again.push(delivery)
    }
    world.outbox.adopt(delivery)
  }
  world.scenarios.goOn(snapshot.scenarios as unknown as ScenarioState[], snapshot.scenariosMade)
  for (const entry of snapshot.journal) world.journal.push(entry as unknown as JournalEntry)
  const find = ([atMs, seq, kind, id]: PackedDue): Due<never> => {
    const subject = subjects.get(`${kind} ${id}`)
    if (!subject) throw new Error(`there is no ${kind} ${id}`)
    return { atMs, seq, subject: subject as never }
  }
  const { steps, expiries } = snapshot.agenda
  let { seq } = snapshot.agenda
  const repeated = again.map((delivery) => {
    delivery.dueSeq = ++seq
    return { atMs: delivery.nextAttemptMs as number, seq, subject: delivery }
  })
  world.goOn({ steps: [...steps.map(find), ...repeated], expiries: expiries.map(find), seq })
  // Last, as some of the above draws too.
  world.entropy.goOn(snapshot.drawn)
  world.ledger.goOn(snapshot.ledgerSeq)
  return world
}

function adoptAccount(world: World, packed: Packed): void {
  const { id, keys, webhookSecret, entries, ...sums } = packed as unknown as Omit<Account, 'entries'> & {
    entries: Booking[]
  }
  const account = world.createAccount({ id, keys, webhookSecret })
  Object.assign(account, { ...createAccount({ id, webhookSecret }), keys: account.keys, ...sums })
  for (const entry of entries) account.entries.add(new LedgerEntry(entry))
  if (account.deposited !== account.available + account.reserved + account.spent)
    throw new Error(`the money of account ${id} does not add up`)
}

function owned<Owned extends { account: Account }>(subject: Owned): Omit<Owned, 'account'> & { account: string } {
  return { ...subject, account: subject.account.id }
}

function packDue({ atMs, seq, subject }: Due<Job | Profile | Delivery>): PackedDue {
  return [atMs, seq, subject.kind, subject.id]
}

/** JSON knows neither infinity nor patterns. */
function pack(value: unknown): unknown {
  if (value === Number.POSITIVE_INFINITY) return { $: 'Infinity' }
  if (Object.prototype.toString.call(value) === '[object RegExp]') {
    const { source, flags } = value as RegExp
    return { $: 'RegExp', source, flags }
  }
  if (Array.isArray(value)) return value.map(pack)
  if (value === null || typeof value !== 'object') return value
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, pack(inner)]))
}

function unpack(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(unpack)
  if (!isRecord(value)) return value
  if (value['$'] === 'Infinity') return Number.POSITIVE_INFINITY
  if (value['$'] === 'RegExp') return new RegExp(value['source'] as string, value['flags'] as string)
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, unpack(inner)]))
}
