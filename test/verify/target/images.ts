import { setTimeout as sleep } from 'node:timers/promises'
import type { Account } from './account.ts'
import { type Answer, json } from './answer.ts'
import { type ImageRequest, type Operation, readImageRequest } from './image-request.ts'
import { hexId, type Job } from './job.ts'
import { floorOf } from './price.ts'
import { Refusal } from './refusal.ts'
import type { World } from './world.ts'

/** Long enough for other requests to come between a check and an act. */
const GAP_MS = 30

/** One of the four image endpoints, in both modes. From the balance to the job nothing waits, so that no other request comes between. */
export async function postImage(world: World, account: Account, operation: Operation, body: unknown): Promise<Answer> {
  const { flaw } = world
  const request = read(world, account, operation, body)
  const fingerprint = JSON.stringify([operation, body])
  const floor = floorOf(request)
  const foreseen = account.covers(floor)
  if (flaw.has('balance-race')) await sleep(GAP_MS)
  if (request.isAsync) {
    const original = findOriginal(world, account, request, fingerprint)
    if (flaw.has('check-then-act')) await sleep(GAP_MS)
    if (original !== null) return handle(world, original, true)
  }
  const covered = flaw.has('balance-race') ? foreseen : account.covers(floor)
  if (!covered) throw insufficient(world, account, request, fingerprint, floor)
  const job = world.start(account, request, fingerprint)
  if (!request.isAsync) return await finished(world, job)
  if (request.clientRequestId !== null) submitsOf(world, account).set(submitKey(request, fingerprint, world), job.id)
  if (operation === 'remix' && flaw.has('remix-waits')) await job.ended
  return handle(world, job, false)
}

function read(world: World, account: Account, operation: Operation, body: unknown): ImageRequest {
  const { flaw } = world
  try {
    return readImageRequest(operation, body, flaw)
  } catch (refusal) {
    if (!(refusal instanceof Refusal) || refusal.status !== 422) throw refusal
    const id = (body as { client_request_id?: unknown } | null)?.client_request_id
    if (flaw.has('422-burns-id') && typeof id === 'string') account.refusals.set(id, refusal)
    if (flaw.has('422-reserves')) account.reserve(90_000, hexId())
    throw refusal
  }
}

/** The job that an earlier submit with the same `client_request_id` made. */
function findOriginal(world: World, account: Account, request: ImageRequest, fingerprint: string): Job | null {
  const { flaw } = world
  const id = request.clientRequestId
  if (id === null) {
    if (!flaw.has('double-click-guard')) return null
    const twin = [...world.jobs.values()].find(
      (job) => job.account === account && job.status === 'pending' && job.fingerprint === fingerprint,
    )
    return twin ?? null
  }
  const refused = account.refusals.get(id)
  if (refused !== undefined) throw refused
  const original = world.jobs.get(submitsOf(world, account).get(submitKey(request, fingerprint, world)) ?? '')
  if (original === undefined || flaw.has('client-id-ignored')) return null
  if (world.timeline.now >= original.expiresAt && !flaw.has('client-id-kept-forever')) return null
  if (original.over && flaw.has('replay-only-while-unfinished')) return null
  if (original.status === 'failed' && flaw.has('failed-job-is-made-again')) return null
  if (original.fingerprint !== fingerprint && flaw.has('other-body-conflicts')) {
    throw new Refusal(409, 'CONFLICT', 'This client_request_id was used with another body.')
  }
  if (flaw.has('replay-charges')) account.take(floorOf(request), original.id)
  if (flaw.has('replay-reserves')) account.reserve(floorOf(request), original.id)
  if (flaw.has('balance-before-replay') && !account.covers(floorOf(request))) {
    throw new Refusal(402, 'INSUFFICIENT_BALANCE', 'The balance does not cover the request.')
  }
  return original
}

const submitsOf = (world: World, account: Account): Map<string, string> =>
  world.flaw.has('client-id-global') ? world.submits : account.submits

function submitKey(request: ImageRequest, fingerprint: string, world: World): string {
  const id = request.clientRequestId ?? ''
  return world.flaw.has('other-body-new-job') ? `${id} ${fingerprint}` : id
}

function insufficient(
  world: World,
  account: Account,
  request: ImageRequest,
  fingerprint: string,
  floor: number,
): Refusal {
  const { flaw } = world
  const id = request.clientRequestId
  const detail = `The request needs $${floor / 1e6}, and $${account.available / 1e6} is available.`
  const refusal = new Refusal(402, 'INSUFFICIENT_BALANCE', detail)
  if (id !== null && flaw.has('402-burns-id')) account.refusals.set(id, refusal)
  if (request.isAsync && flaw.has('402-makes-job')) {
    const job = world.start(account, request, fingerprint, true)
    if (id !== null) account.submits.set(id, job.id)
  }
  return flaw.has('402-as-400') ? new Refusal(400, 'BAD_REQUEST', detail) : refusal
}

function handle(world: World, job: Job, isReplay: boolean): Answer {
  const { flaw } = world
  const id = isReplay && flaw.has('replay-new-id') ? hexId() : job.id
  const status = isReplay ? job.status : flaw.has('handle-running') ? 'running' : 'pending'
  let pollUrl = `/v1/phota/jobs/${id}`
  if (flaw.has('poll-url-absolute')) pollUrl = world.downloads.origin + pollUrl
  if (flaw.has('poll-url-unversioned')) pollUrl = `/jobs/${id}`
  if (flaw.has('poll-url-other-id')) pollUrl = `/v1/phota/jobs/${hexId()}`
  return json(!isReplay && flaw.has('submit-200') ? 200 : 202, { job_id: id, status, poll_url: pollUrl })
}

/** The answer to a synchronous request, once its work is over. */
async function finished(world: World, job: Job): Promise<Answer> {
  const { flaw } = world
  const { operation } = job.request
  world.openRequests += 1
  await job.ended
  world.openRequests -= 1
  if (job.error !== null) throw syncRefusal(job.error)
  const result = { ...job.result, ...(operation === 'enhance' && flaw.has('enhance-extra-field') && { cost: 0.12 }) }
  if (operation === 'generate' && flaw.has('generate-null-subjects')) result.known_subjects = null
  if (operation === 'remix' && flaw.has('sync-remix-empty')) result.images = []
  return json(200, result)
}

function syncRefusal(error: { code: string; message: string }): Refusal {
  if (error.code === 'TIMEOUT') return new Refusal(504, 'TIMEOUT', error.message)
  if (error.code === 'CONTENT_MODERATION') return new Refusal(400, 'CONTENT_MODERATION', error.message)
  if (error.code === 'INPUT_UNREACHABLE') return new Refusal(400, 'BAD_REQUEST', error.message)
  return new Refusal(500, 'INTERNAL', error.message)
}
