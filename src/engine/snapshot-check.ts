import type { Dialect } from './dialect.ts'
import { MisuseError, shown } from './misuse-error.ts'
import { LAST_MOMENT_MS, wholeSecond } from './timestamp.ts'
import type { WorldSnapshot } from './world-snapshot.ts'

type Entry = WorldSnapshot['accounts'][number]['entries'][number]

/**
 * Whether the parts of a snapshot fit together, beyond what its schema says: whoever is referred to is there, money
 * adds up, and nothing happened that is still to come.
 *
 * @throws {MisuseError} naming the first field that cannot be so
 */
export function checkSnapshot(snapshot: WorldSnapshot, dialect: Dialect): void {
  const { nowMs, options } = snapshot
  expects(nowMs >= options.startMs, 'nowMs', `no moment before options.startMs, ${options.startMs}`, nowMs)
  dialect.assertOwnOptions(options.own, 'options.own')
  const ledgers = new Map<string, Ledger>()
  const keys = new Distinct('the key of one account')
  for (const [i, account] of snapshot.accounts.entries()) {
    const at = `accounts.${i}`
    expects(!ledgers.has(account.id), `${at}.id`, 'an id that no other account has', account.id)
    for (const [k, key] of account.keys.entries()) keys.add(key, `${at}.keys.${k}`)
    ledgers.set(account.id, new Ledger(account, at, nowMs))
  }
  const booked = snapshot.accounts.reduce((sum, { entries, foldedEntries }) => sum + entries.length + foldedEntries, 0)
  expects(
    booked === snapshot.ledgerSeq,
    'ledgerSeq',
    `${booked}, the number of entries, folded ones too`,
    snapshot.ledgerSeq,
  )
  const ledgerOf = (account: string, at: string): Ledger => {
    const ledger = ledgers.get(account)
    expects(ledger !== undefined, `${at}.account`, 'the id of an account of the snapshot', account)
    return ledger
  }
  const seqs = new Distinct('a number of its own on the schedule')
  const due = (seq: number, at: string): void => {
    expects(seq >= 1 && seq <= snapshot.dueSeq, at, `a number from 1 to dueSeq, ${snapshot.dueSeq}`, seq)
    seqs.add(seq, at)
  }
  dialect.checkOwn(snapshot.own, {
    nowMs,
    expects,
    notAfter: (atMs, at) => notAfter(atMs, nowMs, at),
    isAccount: (account, at) => void ledgerOf(account, at),
    holds: (account, reservation, subject, at) => ledgerOf(account, at).hold(reservation, subject, at),
    isDue: due,
  })
  const owners = checkJobs(snapshot, dialect, ledgerOf, due)
  for (const ledger of ledgers.values()) ledger.checkReserved()
  checkDeliveries(snapshot, owners, due)
  const scenarios = new Distinct('an id that no other scenario has')
  for (const [i, { id }] of snapshot.scenarios.entries()) scenarios.add(id, `scenarios.${i}.id`)
  for (const [i, { atMs }] of snapshot.journal.entries()) notAfter(atMs, nowMs, `journal.${i}.atMs`)
}

type LedgerOf = (account: string, at: string) => Ledger
type DueAt = (seq: number, at: string) => void

/** @returns whose each job is or was */
function checkJobs(snapshot: WorldSnapshot, dialect: Dialect, ledgerOf: LedgerOf, due: DueAt): Map<string, string> {
  const { nowMs, options } = snapshot
  const owners = new Map<string, string>()
  const ids = new Distinct('an id that no other job has or had')
  const idempotencyKeys = new Distinct('an idempotency key that no other job of the account has')
  const expiring = new Set<string>()
  for (const [i, job] of snapshot.jobs.entries()) {
    const at = `jobs.${i}`
    const { status, startsMs, completedMs, work } = job
    const endsMs = job.endsMs ?? Number.POSITIVE_INFINITY
    ids.add(job.id, `${at}.id`)
    owners.set(job.id, job.account)
    const ledger = ledgerOf(job.account, at)
    if (job.mode === 'async' && work.idempotencyKey !== null)
      idempotencyKeys.add(shown([job.account, work.idempotencyKey]), `${at}.work.idempotencyKey`)
    if (work.callbackUrl !== null) checkUrl(work.callbackUrl, `${at}.work.callbackUrl`)
    dialect.assertJob(job, at)
    if (job.failure !== null)
      expects(
        Object.hasOwn(dialect.failures, job.failure.code),
        `${at}.failure.code`,
        `one of ${Object.keys(dialect.failures).join(', ')}`,
        job.failure.code,
      )
    notAfter(job.createdMs, nowMs, `${at}.createdMs`)
    notBefore(startsMs, job.createdMs, `${at}.startsMs`)
    notBefore(endsMs, startsMs, `${at}.endsMs`)
    const isOver = status !== 'pending' && status !== 'running'
    for (const field of ['completedMs', 'expiresMs', 'closing'] as const)
      expects(
        (job[field] !== null) === isOver,
        `${at}.${field}`,
        `${isOver ? 'a number' : 'null'}, as it is ${status}`,
        job[field],
      )
    if (isOver)
      expects(
        (job.failure !== null) === (status === 'failed'),
        `${at}.failure`,
        `${status === 'failed' ? 'one' : 'null'}, as it ${status}`,
        job.failure,
      )
    if (status === 'pending') notBefore(startsMs, nowMs, `${at}.startsMs`)
    else notAfter(startsMs, nowMs, `${at}.startsMs`)
    if (status === 'running') notBefore(endsMs, nowMs, `${at}.endsMs`)
    if (completedMs === null || job.expiresMs === null || job.closing === null) {
      ledger.hold(job.reservation, job.id, `${at}.reservation`)
      if (status === 'pending' || job.endsMs !== null) due(job.dueSeq, `${at}.dueSeq`)
      continue
    }
    notBefore(completedMs, startsMs, `${at}.completedMs`)
    notAfter(completedMs, nowMs, `${at}.completedMs`)
    const expiresMs = wholeSecond(completedMs) + options.retentionMs
    expects(job.expiresMs === expiresMs, `${at}.expiresMs`, `${expiresMs}, its end and the retention`, job.expiresMs)
    notBefore(expiresMs, nowMs, `${at}.expiresMs`)
    ledger.close(job, at)
    if (expiresMs <= LAST_MOMENT_MS) expiring.add(job.id)
  }
  for (const [i, { seq, job }] of snapshot.expiries.entries()) {
    expects(expiring.delete(job), `expiries.${i}.job`, 'a job that ended, each once', job)
    due(seq, `expiries.${i}.seq`)
  }
  expects(expiring.size === 0, 'expiries', 'every job that ended', `none of ${[...expiring][0]}`)
  for (const [i, { account, ids: expired }] of snapshot.expired.entries()) {
    ledgerOf(account, `expired.${i}`)
    for (const [e, id] of expired.entries()) {
      ids.add(id, `expired.${i}.ids.${e}`)
      owners.set(id, account)
    }
  }
  return owners
}

function checkDeliveries({ deliveries, nowMs, options }: WorldSnapshot, owners: Map<string, string>, due: DueAt): void {
  const ids = new Distinct('an id that no other delivery has')
  for (const [i, delivery] of deliveries.entries()) {
    const at = `deliveries.${i}`
    const { state, attempts, nextAttemptMs, pendingOutcome } = delivery
    ids.add(delivery.id, `${at}.id`)
    const owner = owners.get(delivery.jobId)
    expects(owner !== undefined, `${at}.jobId`, 'a job that is or was', delivery.jobId)
    expects(owner === delivery.account, `${at}.account`, `${owner}, as its job`, delivery.account)
    checkUrl(delivery.url, `${at}.url`)
    notAfter(delivery.createdMs, nowMs, `${at}.createdMs`)
    for (const [a, attempt] of attempts.entries()) {
      const on = `${at}.attempts.${a}`
      expects(attempt.n === a + 1, `${on}.n`, `${a + 1}`, attempt.n)
      notBefore(attempt.atMs, attempts[a - 1]?.atMs ?? delivery.createdMs, `${on}.atMs`)
      notAfter(attempt.atMs, nowMs, `${on}.atMs`)
      const isOpen = state === 'in-flight' && a === attempts.length - 1
      const isTold = attempt.status !== null || attempt.error !== null
      expects(isTold !== isOpen, on, isOpen ? 'no outcome, as it is on its way' : 'a status or an error', attempt)
      expects(
        (attempt.durationMs !== null) !== isOpen,
        `${on}.durationMs`,
        isOpen ? 'null, as it is on its way' : 'a number',
        attempt.durationMs,
      )
    }
    const isOver = state !== 'waiting' && state !== 'in-flight'
    expects(state === 'waiting' || attempts.length > 0, `${at}.attempts`, `one or more, as it is ${state}`, attempts)
    expects(
      (nextAttemptMs !== null) === (state === 'waiting'),
      `${at}.nextAttemptMs`,
      `${state === 'waiting' ? 'a moment' : 'null'}, as it is ${state}`,
      nextAttemptMs,
    )
    expects(
      pendingOutcome === null || state === 'in-flight',
      `${at}.pendingOutcome`,
      `null, as it is ${state}`,
      pendingOutcome,
    )
    if (nextAttemptMs !== null) notBefore(nextAttemptMs, nowMs, `${at}.nextAttemptMs`)
    if (pendingOutcome !== null)
      notBefore(
        (attempts.at(-1)?.atMs ?? nowMs) + options.callbackTimeoutMs,
        nowMs,
        `${at}.attempts.${attempts.length - 1}.atMs`,
      )
    if (!isOver && (nextAttemptMs ?? pendingOutcome) !== null) due(delivery.dueSeq, `${at}.dueSeq`)
  }
}

/** The books of one account, gone through once, and what all that holds money of it says of them. */
class Ledger {
  readonly #account: WorldSnapshot['accounts'][number]
  readonly #at: string
  readonly #entries = new Map<number, Entry>()
  readonly #used = new Distinct('an entry that is of nothing else')
  #heldMicroUsd = 0

  constructor(account: WorldSnapshot['accounts'][number], at: string, nowMs: number) {
    this.#account = account
    this.#at = at
    const { deposited, available, reserved, spent, entries } = account
    expects(deposited === available + reserved + spent, `${at}.deposited`, 'available + reserved + spent', deposited)
    let depositedMicroUsd = 0
    let lastSeq = 0
    for (const [i, entry] of entries.entries()) {
      const on = `${at}.entries.${i}`
      expects(entry.seq > lastSeq, `${on}.seq`, `more than that of the entry before, ${lastSeq}`, entry.seq)
      lastSeq = entry.seq
      notAfter(entry.atMs, nowMs, `${on}.atMs`)
      expects(
        (entry.subject === null) === (entry.kind === 'deposit'),
        `${on}.subject`,
        'null for a deposit, and only for one',
        entry.subject,
      )
      if (entry.kind === 'deposit') depositedMicroUsd += entry.amountMicroUsd
      const { availableMicroUsd, reservedMicroUsd, spentMicroUsd } = entry
      expects(
        reservedMicroUsd >= 0 &&
          spentMicroUsd >= 0 &&
          availableMicroUsd + reservedMicroUsd + spentMicroUsd === depositedMicroUsd,
        `${on}.availableMicroUsd`,
        `with reserved and spent, 0 or more each, the deposits until then, ${depositedMicroUsd}`,
        availableMicroUsd,
      )
      this.#entries.set(entry.seq, entry)
    }
    expects(
      deposited === depositedMicroUsd,
      `${at}.deposited`,
      `the sum of all deposits, ${depositedMicroUsd}`,
      deposited,
    )
    if (account.foldedEntries === 0) this.#checkChain()
  }

  /** Takes note of an open reservation. */
  hold(seq: number, subject: string, at: string): void {
    this.#heldMicroUsd += this.#reservation(seq, subject, at).amountMicroUsd
  }

  /** Takes note of a job that has ended. */
  close(job: WorldSnapshot['jobs'][number], at: string): void {
    const { amountMicroUsd } = this.#reservation(job.reservation, job.id, `${at}.reservation`)
    const [kind, amount] =
      job.status === 'succeeded' ? ['settlement', job.work.finalMicroUsd] : ['release', amountMicroUsd]
    const entry = this.#entries.get(job.closing ?? 0)
    expects(
      entry?.kind === kind && entry.subject === job.id && entry.amountMicroUsd === amount,
      `${at}.closing`,
      `the seq of its ${kind} of ${amount}`,
      job.closing,
    )
    this.#used.add(entry.seq, `${at}.closing`)
  }

  checkReserved(): void {
    const { reserved } = this.#account
    expects(
      reserved === this.#heldMicroUsd,
      `${this.#at}.reserved`,
      `${this.#heldMicroUsd}, the sum of open reservations`,
      reserved,
    )
  }

  #reservation(seq: number, subject: string, at: string): Entry {
    const entry = this.#entries.get(seq)
    expects(entry?.kind === 'reservation' && entry.subject === subject, at, 'the seq of its reservation', seq)
    this.#used.add(seq, at)
    return entry
  }

  /** Each balance is the one before, changed by the entry; only where no entry was folded away. */
  #checkChain(): void {
    const held = new Map<string | null, number>()
    let [available, reserved, spent] = [0, 0, 0]
    for (const [i, { kind, subject, amountMicroUsd: amount, ...after }] of this.#account.entries.entries()) {
      const back = kind === 'settlement' || kind === 'release' ? (held.get(subject) ?? 0) : 0
      const on = kind === 'reservation' ? amount : 0
      if (kind === 'reservation') held.set(subject, amount)
      if (kind === 'settlement') spent += amount
      reserved += on - back
      available += back - on + (kind === 'deposit' ? amount : kind === 'settlement' ? -amount : 0)
      const isSo =
        after.availableMicroUsd === available && after.reservedMicroUsd === reserved && after.spentMicroUsd === spent
      expects(isSo, `${this.#at}.entries.${i}`, `a balance of ${available}, ${reserved}, ${spent}`, [
        after.availableMicroUsd,
        after.reservedMicroUsd,
        after.spentMicroUsd,
      ])
    }
    expects(
      this.#account.spent === spent,
      `${this.#at}.spent`,
      `${spent}, as after the last entry`,
      this.#account.spent,
    )
  }
}

/** Values of which each may be there once. */
class Distinct {
  readonly #expects: string
  readonly #seen = new Set<unknown>()

  constructor(expects: string) {
    this.#expects = expects
  }

  add(value: unknown, at: string): void {
    expects(!this.#seen.has(value), at, this.#expects, value)
    this.#seen.add(value)
  }
}

function checkUrl(url: string, at: string): void {
  expects(/^https?:$/.test(URL.parse(url)?.protocol ?? ''), at, 'an http or https URL', url)
}

function notBefore(atMs: number, otherMs: number, at: string): void {
  expects(atMs >= otherMs, at, `${otherMs} or later`, atMs)
}

function notAfter(atMs: number, otherMs: number, at: string): void {
  expects(atMs <= otherMs, at, `${otherMs} or earlier`, atMs)
}

function expects(holds: boolean, at: string, right: string, received: unknown): asserts holds {
  if (!holds) throw new MisuseError(`snapshot.${at} expects ${right}, received ${shown(received).slice(0, 200)}`)
}
