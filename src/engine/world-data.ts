import type { JobError, JobOperation, ProfileStatusName } from '../spec/index.ts'
import type { Account } from './account.ts'
import { type Duration, toMs } from './duration.ts'
import type { ImageRequest } from './image-request.ts'
import { MisuseError } from './misuse-error.ts'
import { usd } from './money.ts'
import { assertCounts, FAILURE_MESSAGES, type Scenario } from './scenario.ts'
import { wholeSecond } from './timestamp.ts'
import type { World } from './world.ts'

/** A World's contents as plain data: what a fixture file holds. Moments are told as time before or after the World's now. */
export interface WorldData {
  accounts?: AccountData[]
  profiles?: ProfileData[]
  jobs?: JobData[]
  scenarios?: Scenario[]
}

/** Names an account: its id, or its record in a Collection. */
export type AccountReference = string | { id: string }

export interface AccountData {
  id: string
  /** @default one key derived from the World's seed */
  keys?: string[]
  /** US dollars, e.g. `'25.00'`. @default '0' */
  deposit?: string
  webhook_secret?: string
}

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
  error?: Partial<JobError>
  prompt?: string
  profile_ids?: string[]
  num_output_images?: number
  output_format?: 'png' | 'jpg'
  client_request_id?: string | null
  callback_url?: string | null
  /** Profile id → outputs it appears in. */
  known_subjects?: Record<string, number>
}

/** A Collection of @msw/data, or whatever else can list its records. */
export interface CollectionLike<Item> {
  all(): readonly Item[]
}

/** A World's contents: plain data, or Collections by the same names. */
export type LoadSource = {
  [Key in keyof WorldData]: WorldData[Key] | CollectionLike<NonNullable<WorldData[Key]>[number]>
}

/**
 * Puts accounts, profiles, jobs and scenarios into a World, after what it holds already. An account that exists is added to:
 * its deposit grows. Money is booked as if all this had happened.
 *
 * @throws {MisuseError} naming the record at fault
 */
export function load(world: World, source: LoadSource): void {
  each('accounts', source.accounts, (data) => loadAccount(world, data))
  each('profiles', source.profiles, (data) => loadProfile(world, data))
  each('scenarios', source.scenarios, (data) => world.scenario(data))
  each('jobs', source.jobs, (data) => loadJob(world, data))
}

function each<Item>(
  part: string,
  source: Item[] | CollectionLike<Item> | undefined,
  put: (item: Item) => unknown,
): void {
  if (source === undefined) return
  const items = Array.isArray(source) ? source : listed(part, source)
  for (const [i, item] of items.entries()) {
    try {
      if (item === null || typeof item !== 'object')
        throw new MisuseError(`expects an object, received ${JSON.stringify(item)}`)
      put(item)
    } catch (cause) {
      throw new MisuseError(`load: ${part}[${i}]: ${(cause as Error).message}`, { cause })
    }
  }
}

function listed<Item>(part: string, source: CollectionLike<Item>): readonly Item[] {
  if (typeof source?.all === 'function') return source.all()
  throw new MisuseError(`load: ${part} expects a list or a Collection, received ${JSON.stringify(source)}`)
}

const JOB_STATUSES = ['pending', 'running', 'succeeded', 'failed', 'expired'] as const
const PROFILE_STATUSES = ['VALIDATING', 'QUEUING', 'IN_PROGRESS', 'READY', 'ERROR', 'INACTIVE'] as const
const OPERATIONS = ['edit', 'generate', 'enhance', 'remix'] as const

/** @throws {MisuseError} for anything that is not listed; absent is fine */
function assertOneOf(value: unknown, allowed: readonly unknown[], field: string): void {
  if (value === undefined || allowed.includes(value)) return
  throw new MisuseError(`${field} expects one of ${allowed.join(', ')}, received ${JSON.stringify(value)}`)
}

function loadAccount(world: World, data: AccountData): void {
  if (typeof data.id !== 'string' || data.id === '')
    throw new MisuseError(`id expects a name, received ${JSON.stringify(data.id)}`)
  if (data.keys !== undefined && !Array.isArray(data.keys))
    throw new MisuseError(`keys expects a list, received ${JSON.stringify(data.keys)}`)
  const deposit = usd(data.deposit ?? '0')
  const known = world.accounts.get(data.id)
  if (known) {
    world.deposit(known, deposit)
    return
  }
  world.createAccount({
    id: data.id,
    depositMicroUsd: deposit,
    ...(data.keys && { keys: data.keys }),
    ...(data.webhook_secret !== undefined && { webhookSecret: data.webhook_secret }),
  })
}

function accountOf(world: World, reference: AccountReference): Account {
  const id = typeof reference === 'string' ? reference : reference?.id
  const account = world.accounts.get(id)
  if (!account)
    throw new MisuseError(`no account '${id}'; there are ${[...world.accounts.keys()].join(', ') || 'none'}`)
  return account
}

function loadProfile(world: World, data: ProfileData): void {
  assertOneOf(data.status, PROFILE_STATUSES, 'status')
  assertOneOf(data.training_tier, ['standard', 'fast'], 'training_tier')
  world.profiles.seed(accountOf(world, data.account), {
    id: data.profile_id ?? null,
    tag: data.tag ?? null,
    tier: data.training_tier ?? 'standard',
    status: data.status ?? 'READY',
    message: data.message ?? '',
    createdMs: world.clock.nowMs - toMs(data.added_ago ?? 0, 'added_ago'),
  })
}

function assertJob(data: JobData): void {
  if (data.status === undefined) throw new MisuseError(`status is missing; expects one of ${JOB_STATUSES.join(', ')}`)
  assertOneOf(data.status, JOB_STATUSES, 'status')
  assertOneOf(data.operation, OPERATIONS, 'operation')
  assertOneOf(data.num_output_images, [1, 2, 3, 4], 'num_output_images')
  assertOneOf(data.output_format, ['png', 'jpg'], 'output_format')
  assertOneOf(data.error?.code, Object.keys(FAILURE_MESSAGES), 'error.code')
  assertCounts(data.known_subjects ?? {}, 'known_subjects')
  if (data.job_id !== undefined && !/^[0-9a-f]{32}$/.test(data.job_id)) {
    throw new MisuseError(`job_id expects 32 lowercase hex digits, received ${JSON.stringify(data.job_id)}`)
  }
}

function loadJob(world: World, data: JobData): void {
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
  if (terminal && createdMs > nowMs - finishedAgoMs)
    throw new MisuseError(
      `it cannot finish before it was submitted: submitted_ago ${data.submitted_ago}, finished_ago ${data.finished_ago}`,
    )
  const endsInMs = data.ends_in === undefined ? null : toMs(data.ends_in, 'ends_in')
  const usualEndMs = data.status === 'pending' ? nowMs + pendingMs + runningMs : nowMs + runningMs
  const endsMs = terminal ? nowMs - finishedAgoMs : endsInMs === null ? usualEndMs : nowMs + endsInMs
  world.jobs.seed(account, imageRequest(data), {
    id: data.job_id ?? null,
    createdMs,
    startsMs:
      data.status === 'pending' ? Math.min(nowMs + pendingMs, endsMs) : Math.min(createdMs + pendingMs, endsMs, nowMs),
    endsMs,
    failure: data.status === 'failed' ? failureOf(data) : null,
    knownSubjects: data.known_subjects ?? null,
  })
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
