import type { Account } from './account.ts'
import type { ImageRequest } from './image-request.ts'
import type { Job } from './job.ts'
import { floorOf } from './price.ts'
import { Refusal } from './refusal.ts'
import type { World } from './world.ts'

/** For some flaws, what is compared instead of the `client_request_id`. */
const FORMS: Record<string, (id: string) => string> = {
  'client-id-cut-at-8': (id) => id.slice(0, 8),
  'client-id-cut-at-32': (id) => id.slice(0, 32),
  'client-id-cut-at-36': (id) => id.slice(0, 36),
  'client-id-cut-at-64': (id) => id.slice(0, 64),
  'client-id-cut-at-128': (id) => id.slice(0, 128),
  'client-id-last-32': (id) => id.slice(-32),
  'client-id-without-last-character': (id) => id.slice(0, -1),
  'client-id-case-folded': (id) => id.toLowerCase(),
  'client-id-trimmed': (id) => id.trim(),
  'client-id-as-number': (id) => (Number.isNaN(Number(id)) ? id : String(Number(id))),
  'client-id-digits-only': (id) => id.replace(/\D/g, '') || id,
  'client-id-normalised': (id) => id.normalize('NFKC'),
  'client-id-ascii-only': (id) => id.replace(/[^\x20-\x7e]/g, '?'),
  'client-id-without-punctuation': (id) => id.replace(/[-_.:/ ]/g, ''),
  'client-id-up-to-colon': (id) => id.split(':')[0] as string,
}

/** How many ids some flaw remembers. */
const MEMORY = 10
const HOURS = 24

/** The job that an earlier submit with the same `client_request_id` made. */
export function findOriginal(world: World, account: Account, request: ImageRequest, fingerprint: string): Job | null {
  const { flaw, timeline } = world
  const id = request.clientRequestId
  if (id === null) return flaw.has('double-click-guard') ? findTwin(world, account, fingerprint) : null
  const refused = account.refusals.get(id)
  if (refused !== undefined) throw refused
  const original = world.jobs.get(submitsOf(world, account).get(submitKey(world, request, fingerprint)) ?? '')
  if (original === undefined) return isForeignlyExpired(world, account, id)
  if (flaw.has('client-id-ignored', original)) return null
  if (timeline.now >= original.expiresAt) {
    if (flaw.has('expired-replay-revives', original)) original.expiresAt = timeline.now + world.retentionMs
    else if (!flaw.has('client-id-kept-forever', original)) return null
  }
  if (isForgotten(world, original)) return null
  if (original.fingerprint !== fingerprint && flaw.has('other-body-conflicts')) {
    throw new Refusal(409, 'CONFLICT', 'This client_request_id was used with another body.')
  }
  return original
}

function isForgotten({ flaw, timeline, retentionMs }: World, original: Job): boolean {
  const hourMs = retentionMs / HOURS
  return (
    (original.over && flaw.has('replay-only-while-unfinished', original)) ||
    (original.status === 'failed' && flaw.has('failed-job-is-made-again', original)) ||
    (original.isHeard && flaw.has('client-id-forgotten-when-heard', original)) ||
    (timeline.now >= original.createdAt + hourMs && flaw.has('client-id-kept-an-hour', original))
  )
}

function findTwin(world: World, account: Account, fingerprint: string): Job | null {
  const isTwin = (job: Job): boolean =>
    job.account === account && job.status === 'pending' && job.fingerprint === fingerprint
  return [...world.jobs.values()].find(isTwin) ?? null
}

/** A flaw: the `client_request_id` of another account's expired job is 410. */
function isForeignlyExpired({ flaw, accounts, jobs, timeline }: World, account: Account, id: string): null {
  if (!flaw.has('foreign-expired-id-410')) return null
  for (const other of accounts.values()) {
    const job = jobs.get(other.submits.get(id) ?? '')
    if (other === account || job === undefined || timeline.now < job.expiresAt) continue
    throw new Refusal(410, 'JOB_EXPIRED', 'The job has passed its retention window and is gone.')
  }
  return null
}

/** What some flaws do to a job that is asked for again. */
export function replayed(world: World, account: Account, request: ImageRequest, original: Job): void {
  const { flaw, timeline } = world
  const floor = floorOf(request)
  if (flaw.has('balance-before-replay', original) && !account.covers(floor)) throw refusal402()
  if (flaw.has('replay-402', original)) throw refusal402()
  if (flaw.has('replay-charges', original)) account.take(floor, original.id)
  if (flaw.has('replay-reserves', original)) account.reserve(floor, original.id)
  if (flaw.has('replay-calls-back', original)) original.callBack?.()
  if (flaw.has('replay-works-again', original)) world.start(account, { ...original.request }, original.fingerprint)
  if (flaw.has('replay-works-again-silently', original)) {
    world.start(account, { ...original.request, callbackUrl: null }, original.fingerprint)
  }
  if (flaw.has('replay-extends-retention', original) && original.over) original.expiresAt += 3_600_000
  if (flaw.has('replay-back-to-pending', original) && original.status === 'running') original.status = 'pending'
  if (flaw.has('replay-restamps', original)) original.createdAt = timeline.now
}

const refusal402 = (): Refusal => new Refusal(402, 'INSUFFICIENT_BALANCE', 'The balance does not cover the request.')

export function rememberSubmit(
  world: World,
  account: Account,
  request: ImageRequest,
  fingerprint: string,
  job: Job,
): void {
  if (request.clientRequestId === null) return
  const submits = submitsOf(world, account)
  submits.set(submitKey(world, request, fingerprint), job.id)
  const oldest = submits.keys().next().value
  if (submits.size > MEMORY && oldest !== undefined && world.flaw.has('client-id-last-ten', job)) submits.delete(oldest)
}

const submitsOf = (world: World, account: Account): Map<string, string> =>
  world.flaw.has('client-id-global') ? world.submits : account.submits

function submitKey({ flaw }: World, request: ImageRequest, fingerprint: string): string {
  const id = request.clientRequestId ?? ''
  const form = flaw.pick(FORMS, { request })?.(id) ?? id
  return flaw.has('other-body-new-job') ? `${form} ${fingerprint}` : form
}
