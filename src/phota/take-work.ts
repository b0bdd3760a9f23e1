import type { Call } from '../api/call.ts'
import type { ApiResponse } from '../api/http.ts'
import type { Job } from '../engine/job.ts'
import type { EditRequest, ErrorCode, ImageResult, JobErrorCode, JobHandle } from '../spec/index.ts'
import { basePath } from '../spec/index.ts'
import { json } from './answer.ts'
import { urlKeyOf } from './download-url.ts'
import { renderImage } from './image/index.ts'
import { type ImageRequest, namedProfileIds } from './image-request.ts'
import { imageOf } from './image-work.ts'
import { downloadUrls } from './job-view.ts'
import { refuse } from './refusals.ts'
import { photaWorld } from './world.ts'

type Mode = Required<Pick<EditRequest, 'async' | 'response_mode'>>

/**
 * What all four image operations do with a valid request: 202 and a handle, or the result itself once the work ended.
 */
export function takeWork(call: Call<Mode>, request: ImageRequest): ApiResponse | Promise<ApiResponse> {
  // What waits for the work to end holds none of the body, which may be long.
  const { account, requestId, filesUrl, hasLeft } = call
  const world = photaWorld(call.world)
  const { async: isAsync, response_mode: responseMode } = call.body
  const { job } = world.submit(account, request, isAsync ? 'async' : 'sync', filesUrl)
  call.subject = job.id
  warnOfProfiles(call, request)
  if (isAsync) return json(call, 202, JSON.stringify(handleOf(job)))
  world.waitedFor(job)
  return new Promise<Job | null>((resolve) => {
    job.waiter = resolve
  }).then((ended) =>
    ended === null
      ? refuse(requestId, { kind: 'unavailable', detail: 'The World was removed before the work ended.' })
      : answerOf({ requestId, filesUrl, hasLeft }, urlKeyOf(world.entropy), responseMode, ended),
  )
}

/**
 * The handle of a job; a replay answers the status the job has now: submit.accepted, submit.poll-url, idem.same-job.
 */
function handleOf(job: Job): JobHandle {
  return { job_id: job.id, status: job.status as JobHandle['status'], poll_url: `${basePath}/jobs/${job.id}` }
}

const SYNC_REFUSALS: Readonly<Record<JobErrorCode, [status: number, code: ErrorCode]>> = {
  CONTENT_MODERATION: [400, 'CONTENT_MODERATION'],
  INPUT_UNREACHABLE: [400, 'BAD_REQUEST'],
  GENERATION_FAILED: [500, 'INTERNAL'],
  INTERNAL: [500, 'INTERNAL'],
  TIMEOUT: [504, 'TIMEOUT'],
}

type Waiting = Pick<Call, 'requestId' | 'filesUrl' | 'hasLeft'>

async function answerOf(waiting: Waiting, urlKey: string, mode: Mode['response_mode'], job: Job): Promise<ApiResponse> {
  if (job.failure) {
    const [status, code] = SYNC_REFUSALS[job.failure.code as JobErrorCode]
    return refuse(waiting.requestId, { kind: 'stated', status, code, detail: job.failure.message })
  }
  const bytes = mode === 'bytes'
  const result: ImageResult = {
    images: bytes ? await base64Images(job, waiting.hasLeft) : [],
    download_urls: bytes ? [] : downloadUrls(job, { baseUrl: waiting.filesUrl, urlKey }),
    known_subjects: { counts: { ...imageOf(job).knownSubjects } },
  }
  return json(waiting, 200, JSON.stringify(result))
}

/** @throws {ClientLeft} @throws {NotImplemented} */
function base64Images(job: Job, hasLeft: () => boolean): Promise<string[]> {
  const { outputs, width, height, format } = imageOf(job)
  const { operation } = job.work
  return Promise.all(
    Array.from({ length: outputs }, async (_, i) => {
      const file = await renderImage({ operation, jobId: job.id, output: i + 1, width, height, format }, hasLeft)
      return Buffer.from(file).toString('base64')
    }),
  )
}

function warnOfProfiles({ world, account, warnings }: Call, request: ImageRequest): void {
  const { profiles } = photaWorld(world)
  for (const id of namedProfileIds(request)) {
    if (!profiles.isReady(account, id))
      warnings.push(`profile '${id}' is no READY profile of ${account.id}, so it is no subject`)
  }
}
