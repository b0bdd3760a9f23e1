import { setTimeout as sleep } from 'node:timers/promises'
import type { Account } from './account.ts'
import { type Answer, json } from './answer.ts'
import { findOriginal, rememberSubmit, replayed } from './client-ids.ts'
import { type ImageRequest, type Operation, readImageRequest } from './image-request.ts'
import { hexId, type Job } from './job.ts'
import { emptyResult } from './job-flaws.ts'
import type { Spot } from './place.ts'
import { floorOf } from './price.ts'
import { Refusal } from './refusal.ts'
import type { World } from './world.ts'

/** Long enough for other requests to come between a check and an act. */
const GAP_MS = 30

/**
 * One of the four image endpoints, in both modes.
 *
 * Nothing is awaited between looking at the balance and making the job, so no other request comes between.
 */
export async function postImage(world: World, account: Account, operation: Operation, body: unknown): Promise<Answer> {
  const { flaw } = world
  const request = read(world, account, operation, body)
  const spot = { account, request }
  const fingerprint = JSON.stringify([operation, body])
  const floor = floorOf(request)
  const foreseen = account.covers(floor, spot)
  if (flaw.has('balance-race', spot)) await sleep(GAP_MS)
  if (request.isAsync) {
    if (flaw.has('parallel-replays-charge', spot)) await chargeIfParallel(account, request)
    const original = findOriginal(world, account, request, fingerprint)
    if (flaw.has('check-then-act', spot)) await sleep(GAP_MS)
    if (original !== null) {
      replayed(world, account, request, original)
      return handle(world, original, true)
    }
  }
  const covered = flaw.has('balance-race', spot) ? foreseen : account.covers(floor, spot)
  if (!covered) throw insufficient(world, account, request, fingerprint, floor)
  const job = world.start(account, request, fingerprint)
  if (!request.isAsync) return await finished(world, job)
  rememberSubmit(world, account, request, fingerprint, job)
  if (flaw.has('submit-waits', job)) await job.ended
  return handle(world, job, false)
}

/** A flaw: of submits at once with one `client_request_id`, all but the last to wake pay a floor that buys nothing. */
async function chargeIfParallel(account: Account, request: ImageRequest): Promise<void> {
  const { clientRequestId: id } = request
  if (id === null) return
  account.underway.set(id, (account.underway.get(id) ?? 0) + 1)
  await sleep(GAP_MS)
  const others = (account.underway.get(id) ?? 1) - 1
  account.underway.set(id, others)
  if (others > 0) account.take(floorOf(request), id)
}

function read(world: World, account: Account, operation: Operation, body: unknown): ImageRequest {
  const { flaw } = world
  const spot = { operation, account }
  try {
    return readImageRequest({ operation, body, flaw, account })
  } catch (refusal) {
    if (!(refusal instanceof Refusal) || refusal.status !== 422) throw refusal
    const id = (body as { client_request_id?: unknown } | null)?.client_request_id
    if (flaw.has('422-burns-id', spot) && typeof id === 'string') account.refusals.set(id, refusal)
    if (flaw.has('422-reserves', spot)) account.reserve(90_000, hexId())
    if (flaw.has('422-makes-job', spot)) workInSecret(world, account, operation, body)
    throw refusal
  }
}

/** A flaw: a refused submit is carried out after all, in the background. */
function workInSecret(world: World, account: Account, operation: Operation, body: unknown): void {
  const asked = { ...(body as object), async: true, response_mode: 'urls' }
  try {
    const request = readImageRequest({ operation, body: asked, flaw: world.flaw, account })
    if (account.covers(floorOf(request))) world.start(account, request, JSON.stringify([operation, asked]))
  } catch (cause) {
    if (!(cause instanceof Refusal)) throw cause
  }
}

function insufficient(
  world: World,
  account: Account,
  request: ImageRequest,
  fingerprint: string,
  floor: number,
): Refusal {
  const { flaw } = world
  const spot: Spot = { account, request }
  const id = request.clientRequestId
  const detail = `The request needs $${floor / 1e6}, and $${account.available / 1e6} is available.`
  const refusal = new Refusal(402, 'INSUFFICIENT_BALANCE', detail)
  if (id !== null && flaw.has('402-burns-id', spot)) account.refusals.set(id, refusal)
  if (flaw.has('402-keeps-reservation', spot)) account.reserve(floor, hexId())
  if (request.isAsync && flaw.has('402-makes-job', spot)) {
    const job = world.start(account, request, fingerprint, true)
    if (id !== null) account.submits.set(id, job.id)
  }
  if (request.isAsync && flaw.has('402-calls-back', spot)) world.start(account, request, fingerprint, true)
  return flaw.has('402-as-400', spot) ? new Refusal(400, 'BAD_REQUEST', detail) : refusal
}

function handle(world: World, job: Job, isReplay: boolean): Answer {
  const { flaw } = world
  const id = isReplay && flaw.has('replay-new-id', job) ? hexId() : job.id
  let status: string = isReplay ? job.status : 'pending'
  if (!isReplay && flaw.has('handle-running', job)) status = 'running'
  if (!isReplay && flaw.has('handle-queued', job)) status = 'queued'
  let pollUrl = `/v1/phota/jobs/${id}`
  if (flaw.has('poll-url-absolute', job)) pollUrl = world.downloads.origin + pollUrl
  if (flaw.has('poll-url-unversioned', job)) pollUrl = `/jobs/${id}`
  if (flaw.has('poll-url-other-id', job)) pollUrl = `/v1/phota/jobs/${hexId()}`
  if (isReplay && flaw.has('replay-other-poll-url', job)) pollUrl = `/v1/phota/jobs/${hexId()}`
  const handled = flaw.has('handle-id-in-upper-case', job) ? id.toUpperCase() : id
  return json(!isReplay && flaw.has('submit-200', job) ? 200 : 202, { job_id: handled, status, poll_url: pollUrl })
}

/** The answer to a synchronous request, once its work is over. */
async function finished(world: World, job: Job): Promise<Answer> {
  const { flaw } = world
  world.openRequests += 1
  await job.ended
  world.openRequests -= 1
  if (job.error !== null) return failed(world, job, job.error)
  const result: Record<string, unknown> = { ...job.result }
  if (flaw.has('enhance-extra-field', job)) result['cost'] = 0.12
  if (flaw.has('sync-null-subjects', job)) result['known_subjects'] = null
  if (flaw.has('sync-without-images', job)) result['images'] = []
  return json(200, result)
}

function failed({ flaw }: World, job: Job, { code, message }: { code: string; message: string }): Answer {
  if (flaw.has('sync-failure-200', job)) return json(200, emptyResult())
  if (code === 'TIMEOUT') {
    if (flaw.has('sync-timeout-200', job)) return json(200, emptyResult())
    throw new Refusal(flaw.has('sync-timeout-500', job) ? 500 : 504, 'TIMEOUT', message)
  }
  if (code === 'CONTENT_MODERATION') throw new Refusal(400, 'CONTENT_MODERATION', message)
  if (code === 'INPUT_UNREACHABLE') throw new Refusal(400, 'BAD_REQUEST', message)
  throw new Refusal(500, 'INTERNAL', message)
}
