import { createHmac, hash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { transform } from 'esbuild'
import { parse } from 'yaml'
import { type DescribedOperation, type Description, describe } from '../../scripts/description.ts'
import { operationTable } from '../../scripts/operation-table.ts'
import { compileValidators } from '../../scripts/validators.ts'
import type { Api, Reason } from '../../src/api/api.ts'
import type { Call } from '../../src/api/call.ts'
import type { ApiResponse } from '../../src/api/http.ts'
import { sentences } from '../../src/api/sentences.ts'
import { callbackUrlProblem } from '../../src/engine/callback-target.ts'
import type { Dialect } from '../../src/engine/dialect.ts'
import { isRecord } from '../../src/engine/fields.ts'
import type { Job } from '../../src/engine/job.ts'
import { MisuseError, shown } from '../../src/engine/misuse-error.ts'
import { Refusal } from '../../src/engine/refusal.ts'
import { toTimestamp } from '../../src/engine/timestamp.ts'
import type { Order } from '../../src/engine/work.ts'
import { World } from '../../src/engine/world.ts'
import type { Callback, Validate } from '../../src/spec/operation.ts'

type Generated = Pick<Api, 'defaultBaseUrl' | 'basePath' | 'operations'> & { callbacks: Record<string, Callback> }

const urlOf = (code: string) => `data:text/javascript,${encodeURIComponent(code)}`

/** What `npm run generate` would write for a description, loaded at once. */
async function generated(description: Description): Promise<Generated> {
  const validators = urlOf((await compileValidators(description, { isTold: false })).code)
  const { code } = await transform(operationTable(description, ''), { loader: 'ts' })
  return await import(urlOf(code.replace('./validators.js', validators)))
}

const FAILURES = { audio_unreadable: 'The recording could not be read.', timed_out: 'It took too long.' }
const SAID = { pending: 'queued', running: 'processing', succeeded: 'completed', failed: 'error', canceled: 'canceled' }
const described = await describe(fileURLToPath(new URL('openapi.yaml', import.meta.url)))
const spec = await generated(described)
const controlBodies = await inOurWords()

/** Those control requests that hold words of an API. */
async function inOurWords(): Promise<Record<'addScenario' | 'failJob', Validate>> {
  const { schemas } = parse(await readFile('src/spec/control/openapi.yaml', 'utf8')).components
  const { prompt, client_request_id, ...match } = schemas.ScenarioMatch.properties
  const { known_subjects: _, profile_status: __, ...effect } = schemas.ScenarioEffect.properties
  schemas.ScenarioMatch.properties = { ...match, audio_url: prompt, idempotency_key: client_request_id }
  schemas.ScenarioEffect.properties = { ...effect, text: { type: 'string' } }
  schemas.OperationName.enum = Object.keys(spec.operations)
  schemas.JobErrorCode.enum = Object.keys(FAILURES)
  const row = { ...(described.operations[0] as DescribedOperation), responses: [] }
  const operations = ['Scenario', 'JobFailure'].map((requestBody) => ({ ...row, requestBody }))
  const { code } = await compileValidators({ ...described, schemas, operations, callbacks: [] }, { isTold: true })
  const { scenario, jobFailure } = await import(urlOf(code))
  return { addScenario: scenario, failJob: jobFailure }
}

const dialect: Dialect = {
  name: 'transcription',
  statuses: SAID,
  webhookSecret: (hex) => `whsec_${Buffer.from(hex, 'hex').toString('base64')}`,
  failures: FAILURES,
  timeout: 'timed_out',
  optionFields: {},
  resolveOptions: (given) => ({ retentionMs: 3_600_000, ...given }),
  assertScenario: (given) => {
    if (!controlBodies.addScenario(given))
      throw new MisuseError(sentences(controlBodies.addScenario.errors ?? [], given, 'scenario', 'scenario.'))
  },
  matches: (match, { label, idempotencyKey }) => {
    const { audio_url = '', idempotency_key = idempotencyKey } = match as Readonly<Record<string, string>>
    return label.includes(audio_url) && idempotency_key === idempotencyKey
  },
  isPlain: () => true,
  pollBody: (job) =>
    JSON.stringify({
      id: job.id,
      status: SAID[job.status],
      audio_url: job.work.label,
      language: detailOf(job).language,
      created_at: toTimestamp(job.createdMs),
      ended_at: job.completedMs === null ? null : toTimestamp(job.completedMs),
      text: job.status === 'succeeded' ? detailOf(job).text : null,
      error: job.status === 'failed' ? job.failure : null,
    }),
  callbackBody: (job) =>
    JSON.stringify({
      type: `transcript.${SAID[job.status]}`,
      timestamp: toTimestamp(job.completedMs as number),
      data: { transcript_id: job.id },
    }),
  callbackHeaders: ({ jobId, body, secret, atMs }) => {
    const timestamp = String(Math.floor(atMs / 1000))
    const key = Buffer.from(secret.slice('whsec_'.length), 'base64')
    const signature = createHmac('sha256', key).update(`${jobId}.${timestamp}.${body}`).digest('base64')
    return { 'webhook-id': jobId, 'webhook-timestamp': timestamp, 'webhook-signature': `v1,${signature}` }
  },
  signatureHeader: 'Webhook-Signature',
  assertJob: ({ work: { detail } }, at) => {
    const isDetail = ['language', 'text', 'fingerprint'].every((name) => typeof detail[name] === 'string')
    if (!isDetail) throw new MisuseError(`snapshot.${at} expects what a request leaves, received ${shown(detail)}`)
  },
  checkOwn: (own, { expects }) => expects(own === null, 'own', 'null', own),
  assertOwnOptions: (options, at) => {
    if (Object.keys(options).length > 0) throw new MisuseError(`snapshot.${at} expects {}, received ${shown(options)}`)
  },
}

const textAt = (body: unknown, name: string) => (isRecord(body) ? String(body[name] ?? '') : '')
const detailOf = (job: Job) => job.work.detail as { language: string; text: string; fingerprint: string }
type Body = { audio_url: string; language: string; speakers: boolean; callback_url?: string }

function createTranscript(call: Call<Body>): ApiResponse {
  const { world, account, body } = call
  const idempotencyKey = call.header('idempotency-key')
  if (idempotencyKey !== null && (idempotencyKey === '' || idempotencyKey.length > 255))
    throw stated(400, 'invalid_request', 'Idempotency-Key expects 1 to 255 characters.')
  const fingerprint = hash('sha256', JSON.stringify(Object.entries(body).sort()))
  const original = world.jobs.replayOf(account, idempotencyKey)
  if (original && detailOf(original).fingerprint !== fingerprint)
    throw stated(409, 'idempotency_conflict', 'The Idempotency-Key is that of a request with another body.')
  const priceMicroUsd = body.speakers ? 350_000 : 250_000
  const order: Order = {
    operation: 'createTranscript',
    label: body.audio_url,
    callbackUrl: body.callback_url ?? null,
    idempotencyKey,
    floorMicroUsd: priceMicroUsd,
    decide: (_, { effect }) => {
      const { text = `What is said in ${body.audio_url}` } = effect as { text?: string }
      return { finalMicroUsd: priceMicroUsd, failure: null, detail: { language: body.language, text, fingerprint } }
    },
  }
  const { job, replayed } = world.jobs.submit(account, order, 'async')
  return answer(call, replayed ? 200 : 202, job)
}

function getTranscript(call: Call): ApiResponse {
  const job = call.world.jobs.poll(call.account, call.id)
  call.world.waitedFor(job)
  return answer(call, 200, job)
}

function cancelTranscript(call: Call): ApiResponse {
  const job = call.world.jobs.poll(call.account, call.id)
  call.world.jobs.cancel(job)
  return answer(call, 200, job)
}

const stated = (status: number, code: string, detail: string) => new Refusal({ kind: 'stated', status, code, detail })

function answer(call: Call, status: number, job: Job): ApiResponse {
  call.subject = job.id
  return json(call.requestId, status, call.world.jobs.body(job))
}

function json(requestId: string, status: number, body: string): ApiResponse {
  return { status, headers: { 'content-type': 'application/json', 'request-id': requestId }, body }
}

const REFUSALS: [status: number, code: string, ...of: Reason['kind'][]][] = [
  [400, 'invalid_request', 'malformed', 'invalid'],
  [401, 'unauthorized', 'no-key', 'bad-key'],
  [402, 'insufficient_funds', 'unaffordable'],
  [404, 'not_found', 'no-endpoint', 'unknown', 'gone'],
  [405, 'method_not_allowed', 'method'],
  [409, 'already_ended', 'ended'],
  [413, 'too_large', 'too-large'],
  [503, 'unavailable', 'unavailable'],
]

function refuse(requestId: string, reason: Reason): ApiResponse {
  const { kind } = reason
  const isOwn = kind === 'stated' || kind === 'fault'
  const known = REFUSALS.find(([, , ...of]) => of.includes(kind)) ?? [500, 'internal']
  const [status, code] = isOwn ? [reason.status, kind === 'stated' ? reason.code : kind] : known
  const fields = kind === 'invalid' ? reason.problems.map(({ loc }) => loc.slice(1).join('.')) : undefined
  const message = 'detail' in reason ? reason.detail : code
  const response = json(requestId, status, JSON.stringify({ error: { code, message, fields } }))
  if (kind === 'method') response.headers['allow'] = reason.allow
  if (status === 401) response.headers['www-authenticate'] = 'Bearer'
  if (kind === 'fault' && reason.retryAfter !== null) response.headers['retry-after'] = String(reason.retryAfter)
  return response
}

/** A made-up API that differs from Phota wherever it can. */
export const transcription: Api & Generated = {
  ...spec,
  dialect,
  createWorld: (options) => new World(dialect, options),
  implementations: { createTranscript, getTranscript, cancelTranscript },
  credential: ({ header }) => /^Bearer (.+)$/i.exec(header('authorization') ?? '')?.[1] ?? null,
  subject: (body, { header }) => ({ label: textAt(body, 'audio_url'), idempotencyKey: header('idempotency-key') }),
  problems: (body, policy, found) => {
    const url = textAt(body, 'callback_url')
    if (url === '' || found.some(({ loc }) => loc[1] === 'callback_url')) return []
    const msg = callbackUrlProblem(url, policy)
    return msg === null ? [] : [{ loc: ['body', 'callback_url'], msg, type: 'url' }]
  },
  wording: () => null,
  refuse,
  cors: { request: 'Content-Type, Authorization, Idempotency-Key', response: 'Request-Id, Retry-After' },
  files: null,
  fixtures: {},
  viewRequest: (job) => ({ audio_url: job.work.label, language: detailOf(job).language }),
  lists: {},
  controlBodies,
  controlQueries: { listJobs: { status: (value) => Object.values(SAID).some((one) => one === value) } },
}
