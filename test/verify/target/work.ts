import type { Account } from './account.ts'
import { Delivery } from './delivery.ts'
import { durationMs } from './duration.ts'
import { type ImageRequest, isUnreachable } from './image-request.ts'
import { Job } from './job.ts'
import { newJobId } from './job-id.ts'
import { priceOf, resultOf } from './outputs.ts'
import { floorOf } from './price.ts'
import { type Effect, effectOn } from './scenario.ts'
import type { World } from './world.ts'

const SYNC_LIMIT_MS = 600_000
const ASYNC_LIMIT_MS = 1_800_000

interface Order {
  readonly account: Account
  readonly request: ImageRequest
  readonly fingerprint: string
  /** Nobody pays for it; only some flaws work for nothing. */
  readonly unpaid: boolean
}

export function startWork(world: World, { account, request, fingerprint, unpaid }: Order): Job {
  const { flaw, timeline } = world
  const spot = { account, request }
  const floor = unpaid ? 0 : floorOf(request)
  const held = flaw.has('reserve-one-image', spot) ? floor / request.outputs : floor
  const effect: Effect = unpaid ? { settle_micro_usd: 0 } : effectOf(world, account, request)
  const id = newJobId(world, account, request)
  const job = new Job(id, account, request, effect, held, timeline.now, fingerprint)
  if (held > 0) account.reserve(held, job.id, spot)
  if (request.isAsync) world.jobs.set(job.id, job)
  const last = account.lastCallbackUrl
  account.lastCallbackUrl = request.callbackUrl ?? last
  if (request.isAsync && flaw.has('runs-when-polled', job)) job.wake = () => schedule(world, job)
  else schedule(world, job)
  world.happened('submitted', account, job.id, request.operation)
  if (request.callbackUrl !== null && flaw.has('callback-at-submit', job)) {
    new Delivery(world, job, request.callbackUrl).ping()
  }
  return job
}

function effectOf(world: World, account: Account, request: ImageRequest): Effect {
  const { operation, prompt, clientRequestId } = request
  return effectOn(world.scenarios, { operation, account: account.id, prompt, clientRequestId })
}

function schedule(world: World, job: Job): void {
  const { timeline } = world
  const begun = job.wake === null ? job.createdAt : timeline.now
  const pending = durationMs(job.effect.pending ?? world.pendingMs)
  const running = durationMs(job.effect.running ?? world.runningMs)
  const limit = limitOf(world, job)
  const whole = job.effect.stuck === undefined ? pending + running : Number.POSITIVE_INFINITY
  if (pending <= limit) timeline.at(begun + pending, () => run(world, job))
  if (whole <= limit) timeline.at(begun + whole, () => complete(world, job))
  else if (job.effect.stuck !== 'forever') {
    timeline.at(begun + limit, () => fail(world, job, 'TIMEOUT', 'The work took longer than its limit.'))
  }
}

function limitOf({ flaw }: World, job: Job): number {
  if (job.request.isAsync) return flaw.has('async-with-sync-limit', job) ? SYNC_LIMIT_MS : ASYNC_LIMIT_MS
  return flaw.has('sync-without-limit', job) ? ASYNC_LIMIT_MS : SYNC_LIMIT_MS
}

function run(world: World, job: Job): void {
  if (job.over) return
  job.status = 'running'
  job.startedAt = world.timeline.now
  world.happened('running', job.account, job.id, '')
  const { callbackUrl } = job.request
  if (callbackUrl !== null && world.flaw.has('callback-on-running', job)) new Delivery(world, job, callbackUrl).ping()
}

function complete(world: World, job: Job): void {
  const { flaw } = world
  const failure = failureOf(job)
  if (failure !== null) {
    fail(world, job, failure.code, failure.message)
    return
  }
  const counts = countsOf(job)
  end(world, job, 'succeeded')
  job.result = resultOf(world, job, counts)
  const price = priceOf(world, job, counts)
  const settle = (): void => job.account.settle(job.held, price, job.id, job)
  if (job.request.isAsync && flaw.has('settles-when-polled', job)) job.putOff.push(settle)
  else settle()
  if (flaw.has('unpolled-job-refunded', job)) {
    world.timeline.at(job.expiresAt, () => {
      if (job.polls === 0) job.account.refund(price, job.id)
    })
  }
  announce(world, job)
  job.end()
}

function fail(world: World, job: Job, code: string, message: string): void {
  const { flaw } = world
  end(world, job, 'failed')
  job.error = { code, message }
  const kept = !job.request.isAsync && code === 'TIMEOUT' && flaw.has('sync-timeout-keeps-money', job)
  if (job.held > 0 && !kept) job.account.release(job.held, job.id, job)
  if (!flaw.has('callback-on-success-only', job)) announce(world, job)
  job.end()
}

function end(world: World, job: Job, status: 'succeeded' | 'failed'): void {
  const { now } = world.timeline
  job.status = status
  job.completedAt = now
  const isFromSubmit = world.retentionFrom === 'submit' || world.flaw.has('retention-from-submit', job)
  const from = isFromSubmit ? job.createdAt : now
  job.expiresAt = Math.ceil((Math.floor(from / 1000) * 1000 + world.retentionMs) / 1000) * 1000
  const { sweepMs } = world
  if (sweepMs !== undefined) job.expiresAt = Math.ceil((from + world.retentionMs) / sweepMs) * sweepMs
  world.happened(status, job.account, job.id, '')
}

function announce(world: World, job: Job): void {
  const { flaw, timeline } = world
  let url = job.request.callbackUrl
  if (job.request.isAsync && flaw.has('callback-to-last-url', job)) url ??= job.account.lastCallbackUrl
  if (!job.request.isAsync && flaw.has('sync-calls-last-url', job)) url ??= job.account.lastCallbackUrl
  if (url === null || !URL.canParse(url) || flaw.has('callback-never', job)) return
  if (job.polls > 0 && flaw.has('callback-dropped-if-polled', job)) return
  const delivery = new Delivery(world, job, url)
  job.callBack = () => delivery.start()
  if (flaw.has('job-waits-for-receiver', job)) job.withheld = true
  if (flaw.has('callback-before-end', job)) job.hiddenUntil = timeline.now + 1000
  if (flaw.has('callback-when-polled', job)) job.putOff.push(job.callBack)
  else job.callBack()
  const copies = flaw.has('callback-per-output', job) ? job.request.outputs : 1
  for (let nth = 1; nth < copies; nth += 1) new Delivery(world, job, url).ping()
}

function countsOf(job: Job): Record<string, number> {
  const { account, request } = job
  const counts: Record<string, number> = {}
  for (const [id, profile] of account.profiles) {
    const named = request.operation !== 'generate' && request.profileIds.length === 1 && request.profileIds[0] === id
    if (profile.status !== 'READY' || !(named || request.prompt.includes(`[[${id}]]`))) continue
    counts[id] = request.outputs
  }
  return job.effect.known_subjects ?? counts
}

/** What becomes of work that is not ended by its limit; null if all goes well. */
function failureOf({ effect, request }: Job): { code: string; message: string } | null {
  if (effect.fail !== undefined) {
    return { code: effect.fail, message: effect.message ?? 'The image could not be generated.' }
  }
  if (request.inputs.some(isUnreachable)) {
    return { code: 'INPUT_UNREACHABLE', message: 'An input image could not be read.' }
  }
  return null
}
