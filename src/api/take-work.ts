import type { ImageRequest } from '../engine/image-request.ts'
import { downloadUrls, type Job } from '../engine/job.ts'
import { namedProfileIds } from '../engine/jobs.ts'
import type { EditRequest, ErrorCode, ImageResult, JobErrorCode, JobHandle } from '../spec/index.ts'
import { basePath } from '../spec/index.ts'
import { type Call, json } from './call.ts'
import type { ApiResponse } from './http.ts'
import { renderImage } from './image/index.ts'
import { refuse } from './refusal.ts'

type Mode = Required<Pick<EditRequest, 'async' | 'response_mode'>>

/** What all four image operations do with a valid request: 202 and a handle, or the result itself once the work ended. */
export function takeWork(call: Call<Mode>, request: ImageRequest): ApiResponse | Promise<ApiResponse> {
  // What waits for the work to end holds none of the body, which may be long.
  const { world, account, requestId, imagesUrl, hasLeft } = call
  const { async: isAsync, response_mode: responseMode } = call.body
  const { job } = world.jobs.submit(account, request, isAsync ? 'async' : 'sync', imagesUrl)
  call.subject = job.id
  warnOfProfiles(call, request)
  if (isAsync) return json(call, 202, JSON.stringify(handleOf(job)))
  world.waitedFor(job)
  return new Promise<Job | null>((resolve) => {
    job.waiter = resolve
  }).then((ended) =>
    ended === null
      ? refuse(requestId, 503, 'SERVICE_UNAVAILABLE', 'The World was removed before the work ended.')
      : answerOf({ world, requestId, imagesUrl, hasLeft }, responseMode, ended),
  )
}

/** The handle of a job; a replay answers the status the job has now: submit.accepted, submit.poll-url, idem.same-job. */
function handleOf(job: Job): JobHandle {
  return { job_id: job.id, status: job.status, poll_url: `${basePath}/jobs/${job.id}` }
}

const SYNC_REFUSALS: Readonly<Record<JobErrorCode, [status: number, code: ErrorCode]>> = {
  CONTENT_MODERATION: [400, 'CONTENT_MODERATION'],
  INPUT_UNREACHABLE: [400, 'BAD_REQUEST'],
  GENERATION_FAILED: [500, 'INTERNAL'],
  INTERNAL: [500, 'INTERNAL'],
  TIMEOUT: [504, 'TIMEOUT'],
}

type Waiting = Pick<Call, 'world' | 'requestId' | 'imagesUrl' | 'hasLeft'>

async function answerOf(waiting: Waiting, mode: Mode['response_mode'], job: Job): Promise<ApiResponse> {
  if (job.failure) return refuse(waiting.requestId, ...SYNC_REFUSALS[job.failure.code], job.failure.message)
  const bytes = mode === 'bytes'
  const result: ImageResult = {
    images: bytes ? await base64Images(job, waiting.hasLeft) : [],
    download_urls: bytes ? [] : downloadUrls(job, { ...waiting.world.jobs.urlSigner, cdnBaseUrl: waiting.imagesUrl }),
    known_subjects: { counts: { ...job.knownSubjects } },
  }
  return json(waiting, 200, JSON.stringify(result))
}

/** @throws {ClientLeft} @throws {NoEncoder} */
function base64Images({ id, request }: Job, hasLeft: () => boolean): Promise<string[]> {
  const { operation, width, height, format } = request
  return Promise.all(
    Array.from({ length: request.outputs }, async (_, i) => {
      const file = await renderImage({ operation, jobId: id, output: i + 1, width, height, format }, hasLeft)
      return Buffer.from(file).toString('base64')
    }),
  )
}

function warnOfProfiles({ world, account, warnings }: Call, request: ImageRequest): void {
  for (const id of namedProfileIds(request)) {
    if (!world.profiles.isReady(account, id))
      warnings.push(`profile '${id}' is no READY profile of ${account.id}, so it is no subject`)
  }
}
