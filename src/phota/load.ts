import { type Duration, toMs } from '../engine/duration.ts'
import { checkFields, DURATION, type Fields, isRecord, NAME, oneOf, orNull, TEXT, TEXTS } from '../engine/fields.ts'
import {
  ACCOUNT,
  type AccountData,
  type AccountReference,
  accountOf,
  type CollectionLike,
  type Part,
} from '../engine/load.ts'
import { MisuseError } from '../engine/misuse-error.ts'
import { assertMoment, wholeSecond } from '../engine/timestamp.ts'
import type { World } from '../engine/world.ts'
import { enums, type JobError, type JobOperation, type ProfileStatusName } from '../spec/index.ts'
import type { PhotaContext } from './context.ts'
import { FAILURE_MESSAGES } from './failures.ts'
import type { ImageRequest } from './image-request.ts'
import { assertCounts, toOrder } from './image-work.ts'
import type { Scenario } from './scenario.ts'

/**
 * A World's contents as plain data: what a fixture file holds. Moments are told as time before or after the World's
 * now.
 */
export interface WorldData {
  accounts?: AccountData[]
  profiles?: ProfileData[]
  jobs?: JobData[]
  scenarios?: Scenario[]
}

export type { AccountData } from '../engine/load.ts'

export interface ProfileData {
  account: AccountReference
  profile_id?: string
  /** @default 'READY' */
  status?: ProfileStatusName
  tag?: string | null
  /** @default 'standard' */
  training_tier?: 'standard' | 'fast'
  /** How long ago it was added. @default '0s' */
  added_ago?: Duration
  message?: string
}

export interface JobData {
  account: AccountReference
  job_id?: string
  /** @default 'edit' */
  operation?: JobOperation
  /** `expired`: only its 410 is left. */
  status: 'pending' | 'running' | 'succeeded' | 'failed' | 'expired'
  /** @default just before it got where it is */
  submitted_ago?: Duration
  /** For a terminal job. @default '0s' */
  finished_ago?: Duration
  /** For an unfinished job. @default what is left of the World's usual durations */
  ends_in?: Duration
  /** For a failed job. @default GENERATION_FAILED */
  error?: Partial<JobError> | null
  prompt?: string
  profile_ids?: string[]
  num_output_images?: number
  output_format?: 'png' | 'jpg'
  client_request_id?: string | null
  callback_url?: string | null
  /** Profile id → outputs it appears in. */
  known_subjects?: Record<string, number>
  /** Base64 of each output's picture, such as a recording has; an empty one is drawn. @default all are drawn */
  pictures?: string[]
}

/** What contents are put into. */
type LoadedWorld = World & PhotaContext

/** A World's contents: plain data, or Collections by the same names. */
export type LoadSource = {
  [Key in keyof WorldData]: WorldData[Key] | CollectionLike<NonNullable<WorldData[Key]>[number]>
}

/** What a World of this API can hold besides accounts and scenarios. */
export function partsOf(world: LoadedWorld): Part[] {
  return [
    { name: 'profiles', fields: PROFILE_FIELDS, put: (data) => loadProfile(world, data as ProfileData) },
    { name: 'jobs', fields: JOB_FIELDS, put: (data) => loadJob(world, data as JobData) },
  ]
}

const PROFILE_FIELDS: Fields<ProfileData> = {
  account: ACCOUNT,
  profile_id: NAME,
  status: oneOf(...enums.ProfileStatusName),
  tag: orNull(TEXT),
  training_tier: oneOf('standard', 'fast'),
  added_ago: DURATION,
  message: TEXT,
}

const JOB_STATUSES = [...enums.JobStatus, 'expired'] as const

const JOB_FIELDS: Fields<JobData> = {
  account: ACCOUNT,
  job_id: {
    expects: '32 lowercase hex digits',
    accepts: (value) => typeof value === 'string' && /^[0-9a-f]{32}$/.test(value),
  },
  operation: oneOf(...enums.JobOperation),
  status: oneOf(...JOB_STATUSES),
  submitted_ago: DURATION,
  finished_ago: DURATION,
  ends_in: DURATION,
  error: orNull({ expects: "an object such as { code: 'TIMEOUT' }", accepts: isRecord }),
  prompt: TEXT,
  profile_ids: TEXTS,
  num_output_images: oneOf(1, 2, 3, 4),
  output_format: oneOf('png', 'jpg'),
  client_request_id: orNull({
    expects: '1 to 255 characters',
    accepts: (value) => typeof value === 'string' && value.length >= 1 && value.length <= 255,
  }),
  callback_url: orNull({
    expects: 'an http or https URL',
    accepts: (value) => typeof value === 'string' && URL.canParse(value) && /^https?:$/.test(new URL(value).protocol),
  }),
  known_subjects: { expects: 'an object of profile id to number of outputs', accepts: isRecord },
  pictures: { expects: 'a list of pictures in base64', accepts: isPictures },
}

function isPictures(value: unknown): boolean {
  return Array.isArray(value) && value.every((each) => typeof each === 'string' && /^[A-Za-z0-9+/]*={0,2}$/.test(each))
}

const ERROR_FIELDS: Fields<JobError> = { code: oneOf(...Object.keys(FAILURE_MESSAGES)), message: NAME }

function loadProfile(world: LoadedWorld, data: ProfileData): void {
  world.profiles.seed(accountOf(world, data.account), {
    id: data.profile_id ?? null,
    tag: data.tag ?? null,
    tier: data.training_tier ?? 'standard',
    status: data.status ?? 'READY',
    message: data.message ?? '',
    createdMs: assertMoment(world.clock.nowMs - toMs(data.added_ago ?? 0, 'added_ago'), 'added_ago'),
  })
}

function assertJob(data: JobData): void {
  if (data.status === undefined) throw new MisuseError(`status is missing; expects one of ${JOB_STATUSES.join(', ')}`)
  const ended = data.status === 'succeeded' || data.status === 'failed'
  if (data.error && data.status !== 'failed')
    throw new MisuseError(`error is for a failed job, and it is ${data.status}`)
  if (data.finished_ago !== undefined && !ended && data.status !== 'expired')
    throw new MisuseError(`finished_ago is for a job that has ended, and it is ${data.status}; expects ends_in`)
  if (data.ends_in !== undefined && data.status !== 'pending' && data.status !== 'running')
    throw new MisuseError(`ends_in is for a job that has not ended, and it is ${data.status}; expects finished_ago`)
  if (data.ends_in !== undefined && toMs(data.ends_in, 'ends_in') === 0) {
    throw new MisuseError(
      `ends_in expects more than 0 for a job that is ${data.status}; of one that ends now, say status: 'succeeded'`,
    )
  }
  if (data.error) checkFields(data.error, ERROR_FIELDS, 'error.')
  assertCounts(data.known_subjects ?? {}, 'known_subjects')
}

function loadJob(world: LoadedWorld, data: JobData): void {
  assertJob(data)
  const account = accountOf(world, data.account)
  const { pendingMs, runningMs, retentionMs } = world.options
  const nowMs = world.clock.nowMs
  if (data.status === 'expired') {
    world.jobs.seedExpired(account, data.job_id ?? null)
    return
  }
  const terminal = data.status === 'succeeded' || data.status === 'failed'
  const finishedAgoMs = toMs(data.finished_ago ?? 0, 'finished_ago')
  if (terminal && wholeSecond(nowMs - finishedAgoMs) + retentionMs <= nowMs) {
    throw new MisuseError(
      `finished_ago ${data.finished_ago} is past the retention, so the job is gone; say status: 'expired'`,
    )
  }
  const usualAgoMs = terminal ? finishedAgoMs + pendingMs + runningMs : data.status === 'running' ? pendingMs : 0
  const createdMs = nowMs - (data.submitted_ago === undefined ? usualAgoMs : toMs(data.submitted_ago, 'submitted_ago'))
  assertMoment(createdMs, 'submitted_ago')
  if (terminal && createdMs > nowMs - finishedAgoMs)
    throw new MisuseError(
      `it cannot finish before it was submitted: submitted_ago ${data.submitted_ago}, ` +
        `finished_ago ${data.finished_ago}`,
    )
  const endsInMs = data.ends_in === undefined ? null : toMs(data.ends_in, 'ends_in')
  // In a World whose jobs take no time, a job that is under way still is at this instant.
  const soonMs = nowMs + 1
  const usualEndMs = Math.max(soonMs, data.status === 'pending' ? nowMs + pendingMs + runningMs : nowMs + runningMs)
  const endsMs = terminal ? nowMs - finishedAgoMs : endsInMs === null ? usualEndMs : nowMs + endsInMs
  const key = data.client_request_id ?? null
  const sibling = world.jobs.replayOf(account, key)
  if (sibling)
    throw new MisuseError(
      `client_request_id '${key}' is that of ${account.id}'s job ${sibling.id}; expects one for each job that is kept`,
    )
  const { id } = world.jobs.seed(account, toOrder(world, imageRequest(data), data.known_subjects ?? null), {
    id: data.job_id ?? null,
    createdMs,
    startsMs:
      data.status === 'pending'
        ? Math.min(Math.max(soonMs, nowMs + pendingMs), endsMs)
        : Math.min(createdMs + pendingMs, endsMs, nowMs),
    endsMs,
    failure: data.status === 'failed' ? failureOf(data) : null,
  })
  for (const [nth, picture] of (data.pictures ?? []).entries()) {
    if (picture === '') continue
    const brought = { id: `${id}-${nth + 1}`, file: Buffer.from(picture, 'base64') }
    world.pictures.set(brought.id, brought)
    world.events.keeper?.ownChanged(brought)
  }
}

function failureOf(data: JobData): JobError {
  const code = data.error?.code ?? 'GENERATION_FAILED'
  return { code, message: data.error?.message ?? FAILURE_MESSAGES[code] }
}

function imageRequest(data: JobData): ImageRequest {
  const operation = data.operation ?? 'edit'
  const fixed = operation === 'enhance' || operation === 'remix'
  const edge = fixed ? 2048 : 1024
  return {
    operation,
    prompt: data.prompt ?? '',
    profileIds: operation === 'generate' ? [] : (data.profile_ids ?? []),
    outputs: data.num_output_images ?? 1,
    model: fixed ? '' : 'nb2',
    quality: 'auto',
    resolution: fixed ? '2K' : '1K',
    width: edge,
    height: edge,
    format: data.output_format ?? 'jpg',
    callbackUrl: data.callback_url ?? null,
    clientRequestId: data.client_request_id ?? null,
    inputProblem: null,
  }
}
