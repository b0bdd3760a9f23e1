import { ApiError } from '../engine/api-error.ts'
import { excerpt } from '../engine/excerpt.ts'
import { type JournalEntry, keepBody, keepNotes, keepPath } from '../engine/journal.ts'
import { MisuseError } from '../engine/misuse-error.ts'
import type { ScenarioSubject } from '../engine/scenario.ts'
import type { World } from '../engine/world.ts'
import { basePath, type OperationId, operations, type ValidationErrorItem } from '../spec/index.ts'
import { encodingProblem, parseBody } from './body.ts'
import type { Call, OperationFunction } from './call.ts'
import { checkResponse } from './check-response.ts'
import { faultNote, refuseByFault, spoil } from './fault.ts'
import { withScenario } from './header-scenario.ts'
import { type ApiRequest, type ApiResponse, type Host, MAX_BODY_BYTES } from './http.ts'
import { ClientLeft, NoEncoder } from './image/index.ts'
import { callbackProblems } from './image-request.ts'
import { implementations } from './implementations.ts'
import { abandon, refuse, refuseInvalid } from './refusal.ts'
import { createRouter, type Route } from './router.ts'
import { toItems } from './validation.ts'

const route = createRouter(operations, basePath)
const NO_QUERY = new URLSearchParams()

/**
 * One request through one World, in the order of judgement: route, method, size, key (403, 401), encoding (400), 422 with every offending field,
 * then what the operation itself judges: 400, a known idempotency key, 402, and the job.
 *
 * The answer is a promise only where it takes time: a synchronous image request, or an image to draw.
 *
 * @throws {SpecViolation} if the host checks responses and ours breaks openapi.yaml: our bug
 */
export function handle(host: Host, request: ApiRequest): ApiResponse | Promise<ApiResponse> {
  const to = route(request.method, request.path)
  const owner = request.apiKey === null ? undefined : host.find(request.apiKey)
  const world = owner?.world ?? host.lobby
  host.enter(world)
  try {
    const requestId = world.entropy.nextId('request')
    const entry = beginEntry(world, request, requestId, to, owner?.account.id ?? null)
    const finish = (response: ApiResponse): ApiResponse => {
      note(entry, response)
      if (host.checkResponses && to.kind === 'operation') checkResponse(to.operationId, response)
      return response
    }
    const refused = (response: ApiResponse): ApiResponse => tell(world, entry, finish(response))
    if (to.kind !== 'operation' || !owner || request.body === 'too-large') {
      return refused(refuseAtTheDoor(host, request, to, requestId))
    }
    const encoding = encodingProblem(request)
    if (encoding !== null) return refused(refuse(requestId, 400, 'BAD_REQUEST', encoding))
    const judged = judge(world, request, to.operationId)
    if ('items' in judged) return refused(refuseInvalid(requestId, judged.items))
    const call: Call = {
      world,
      account: owner.account,
      id: to.ids[0] ?? '',
      requestId,
      imagesUrl: host.imagesUrl(world, request.origin),
      hasLeft: request.hasLeft,
      subject: null,
      warnings: [],
      ...judged,
    }
    let letGo: () => void
    try {
      letGo = withScenario(world, request.scenario, requestId)
    } catch (error) {
      if (error instanceof MisuseError) return refused(refuse(requestId, 400, 'BAD_REQUEST', error.message))
      throw error
    }
    try {
      const fault = world.scenarios.faultOf(subjectOf(to.operationId, call))
      if (fault !== null) entry.warnings = keepNotes([faultNote(fault)])
      if (fault?.when === 'before') return tell(world, entry, note(entry, refuseByFault(requestId, fault)))
      const answer = perform(implementations[to.operationId] as OperationFunction<unknown>, call)
      entry.subject = call.subject
      if (call.warnings.length > 0) entry.warnings = keepNotes([...entry.warnings, ...call.warnings])
      const last = (response: ApiResponse): ApiResponse => {
        const whole = finish(response)
        return tell(world, entry, fault === null ? whole : note(entry, spoil(whole, requestId, fault)))
      }
      if (!(answer instanceof Promise)) return last(answer)
      return answer.then(last, (error) => {
        if (error instanceof ClientLeft) return last(abandon(requestId))
        if (error instanceof NoEncoder) return last(refuse(requestId, 501, 'NOT_IMPLEMENTED', error.message))
        throw error
      })
    } finally {
      letGo()
    }
  } finally {
    host.leave(world)
  }
}

/** Faults are matched against the request itself, so before it becomes anything else. */
function subjectOf(operation: OperationId, { account, body }: Call): ScenarioSubject {
  const { prompt, client_request_id: clientRequestId } = (body ?? {}) as Record<string, unknown>
  return {
    operation,
    account,
    prompt: typeof prompt === 'string' ? prompt : '',
    clientRequestId: typeof clientRequestId === 'string' ? clientRequestId : null,
  }
}

function tell(world: World, entry: JournalEntry, response: ApiResponse): ApiResponse {
  world.journal.answered(entry)
  return response
}

/** The journal tells what the client was sent. */
function note(entry: OpenEntry, response: ApiResponse): ApiResponse {
  entry.status = response.wire?.connection === 'drop' ? null : response.status
  entry.responseBody = response.body instanceof Uint8Array ? null : keepBody(response.body)
  return response
}

function refuseAtTheDoor(host: Host, request: ApiRequest, to: Route<OperationId>, requestId: string): ApiResponse {
  if (to.kind === 'path') return refuse(requestId, 404, 'NOT_FOUND', `No such endpoint: ${excerpt(request.path, 200)}`)
  if (to.kind === 'method') {
    const response = refuse(
      requestId,
      405,
      'METHOD_NOT_ALLOWED',
      `${request.method} is not allowed here; allowed: ${to.allow}.`,
    )
    response.headers['allow'] = to.allow
    return response
  }
  if (request.body === 'too-large') {
    return refuse(requestId, 413, 'PAYLOAD_TOO_LARGE', `The body is larger than ${MAX_BODY_BYTES / 1024 / 1024} MiB.`)
  }
  if (!request.apiKey) return refuse(requestId, 403, 'MISSING_API_KEY', 'The X-API-Key header is missing.')
  return refuse(requestId, 401, 'INVALID_API_KEY', `The API key is unknown.${host.keyHint()}`)
}

/** Raw input becomes typed input here, once; past this point nothing checks its form again. */
function judge(
  world: World,
  request: ApiRequest,
  operationId: OperationId,
): { body: unknown; query: URLSearchParams } | { items: ValidationErrorItem[] } {
  const operation = operations[operationId]
  const items: ValidationErrorItem[] = []
  const query = request.query === '' ? NO_QUERY : new URLSearchParams(request.query)
  for (const [name, validate] of Object.entries(operation.queryParameters)) {
    const value = query.get(name)
    if (value !== null && !validate(value)) {
      items.push(...toItems(validate.errors ?? [], 'query').map((item) => ({ ...item, loc: ['query', name] })))
    }
  }
  if (operation.requestBody === null) return items.length > 0 ? { items } : { body: undefined, query }
  const parsed = parseBody(request)
  if (!parsed.ok) return { items: [...items, ...parsed.items] }
  if (!operation.requestBody(parsed.value)) items.push(...toItems(operation.requestBody.errors ?? [], 'body'))
  items.push(...callbackProblems(parsed.value, world.options, items))
  return items.length > 0 ? { items } : { body: parsed.value, query }
}

function perform(operation: OperationFunction<unknown>, call: Call): ApiResponse | Promise<ApiResponse> {
  try {
    return operation(call)
  } catch (error) {
    if (error instanceof ApiError) return refuse(call.requestId, error.status, error.code, error.message)
    throw error
  }
}

type OpenEntry = { -readonly [Key in keyof JournalEntry]: JournalEntry[Key] }

function beginEntry(
  world: World,
  request: ApiRequest,
  requestId: string,
  to: Route<OperationId>,
  accountId: string | null,
): OpenEntry {
  const entry: OpenEntry = {
    requestId,
    atMs: world.clock.nowMs,
    method: request.method,
    path: keepPath(request.path, request.query),
    operationId: to.kind === 'operation' ? to.operationId : null,
    accountId,
    requestBody:
      request.body instanceof Uint8Array && request.body.length > 0 ? keepBody(request.body, request.bodySha256) : null,
    subject: null,
    warnings: [],
    status: null,
    responseBody: null,
  }
  world.journal.push(entry)
  return entry
}
