import { keepBody, keepNotes, keepPath } from '../engine/journal.ts'
import type { JournalEntry } from '../engine/journal-entry.ts'
import { MisuseError } from '../engine/misuse-error.ts'
import { Refusal } from '../engine/refusal.ts'
import type { World } from '../engine/world.ts'
import type { Api, Problem, Reason } from './api.ts'
import { encodingProblem, parseBody } from './body.ts'
import type { Call, OperationFunction } from './call.ts'
import { checkResponse } from './check-response.ts'
import { faultNote, refuseByFault, spoil } from './fault.ts'
import { withScenario } from './header-scenario.ts'
import type { Host } from './host.ts'
import { type ApiRequest, type ApiResponse, MAX_BODY_BYTES, SCENARIO_HEADER } from './http.ts'
import { ClientLeft, NotImplemented } from './interruptions.ts'
import { createRouter, type Route, type Router } from './router.ts'
import { unknownFields } from './unknown-fields.ts'
import { toProblems } from './validation.ts'

const NO_QUERY = new URLSearchParams()
const routers = new WeakMap<Api, Router<string>>()

/**
 * One request through one World, in the order of judgement: route, method, size, key, encoding, body with every
 * offending field, then what the operation itself judges: what the request asks for, a known idempotency key, the
 * balance, and the job.
 *
 * The answer is a promise only where it takes time: a synchronous request, or a file to make.
 *
 * @throws {SpecViolation} if the host checks responses and ours breaks openapi.yaml: our bug
 */
export function handle(host: Host, request: ApiRequest): ApiResponse | Promise<ApiResponse> {
  const { api } = host
  const to = routerOf(api)(request.method, request.path)
  const key = api.credential(request)
  const owner = key === null ? undefined : host.find(key)
  const world = owner?.world ?? host.lobby
  host.enter(world)
  try {
    const requestId = world.entropy.nextId('request')
    const entry = beginEntry(world, request, requestId, to, owner?.account.id ?? null)
    const finish = (response: ApiResponse): ApiResponse => {
      note(entry, response)
      if (host.checkResponses && to.kind === 'operation') checkResponse(api.operations, to.operationId, response)
      return response
    }
    const refuse = (reason: Reason): ApiResponse => answered(world, entry, finish(api.refuse(requestId, reason)))
    if (to.kind !== 'operation' || !owner || request.body === 'too-large')
      return refuse(refusedAtTheDoor(host, request, to, key))
    const encoding = encodingProblem(request)
    if (encoding !== null) return refuse({ kind: 'malformed', detail: encoding })
    const judged = judge(api, world, request, to.operationId)
    if ('problems' in judged) return refuse({ kind: 'invalid', problems: judged.problems })
    const call: Call = {
      world,
      account: owner.account,
      id: to.ids[0] ?? '',
      header: request.header,
      requestId,
      filesUrl: host.filesUrl(world, request.origin),
      hasLeft: request.hasLeft,
      subject: null,
      warnings: unknownFields(api.operations[to.operationId], judged.body),
      ...judged,
    }
    let letGo: () => void
    try {
      letGo = withScenario(world, request.header(SCENARIO_HEADER), requestId)
    } catch (error) {
      if (error instanceof MisuseError) return refuse({ kind: 'malformed', detail: error.message })
      throw error
    }
    try {
      // Faults are matched against the request itself, so before it becomes anything else.
      const fault = world.scenarios.areNone
        ? null
        : world.scenarios.faultOf({
            operation: to.operationId,
            account: owner.account,
            ...api.subject(call.body, request),
          })
      if (fault !== null) entry.warnings = keepNotes([faultNote(fault)])
      if (fault?.when === 'before') return answered(world, entry, note(entry, refuseByFault(api, requestId, fault)))
      const answer = perform(api, to.operationId, call)
      entry.subject = call.subject
      if (call.warnings.length > 0) entry.warnings = keepNotes([...entry.warnings, ...call.warnings])
      const last = (response: ApiResponse): ApiResponse => {
        const whole = finish(response)
        return answered(world, entry, fault === null ? whole : note(entry, spoil(api, whole, requestId, fault)))
      }
      if (!(answer instanceof Promise)) return last(answer)
      return answer.then(last, (error) => {
        if (error instanceof ClientLeft) return last(abandoned(api, requestId))
        if (error instanceof NotImplemented)
          return last(api.refuse(requestId, { kind: 'not-implemented', detail: error.message }))
        throw error
      })
    } finally {
      letGo()
    }
  } finally {
    host.leave(world)
  }
}

/** What becomes of an answer that nobody waits for any more: it is not sent. */
export function abandoned(api: Api, requestId: string): ApiResponse {
  const detail = 'The client left before its answer was there.'
  return { ...api.refuse(requestId, { kind: 'unavailable', detail }), wire: { connection: 'drop', latencyMs: 0 } }
}

function routerOf(api: Api): Router<string> {
  let router = routers.get(api)
  if (router === undefined) {
    router = createRouter(api.operations, api.basePath)
    routers.set(api, router)
  }
  return router
}

function answered(world: World, entry: JournalEntry, response: ApiResponse): ApiResponse {
  world.journal.answered(entry)
  return response
}

/** The journal tells what the client was sent. */
function note(entry: OpenEntry, response: ApiResponse): ApiResponse {
  entry.status = response.wire?.connection === 'drop' ? null : response.status
  entry.responseBody = response.body instanceof Uint8Array ? null : keepBody(response.body)
  return response
}

function refusedAtTheDoor(
  host: Host,
  { method, path, body }: ApiRequest,
  to: Route<string>,
  key: string | null,
): Reason {
  if (to.kind === 'path') return { kind: 'no-endpoint', path }
  if (to.kind === 'method') return { kind: 'method', method, allow: to.allow }
  if (body === 'too-large') return { kind: 'too-large', limitBytes: MAX_BODY_BYTES }
  return key ? { kind: 'bad-key', hint: host.keyHint(key) } : { kind: 'no-key' }
}

/** Raw input becomes typed input here, once; past this point nothing checks its form again. */
function judge(
  { operations, wording, problems: furtherProblems }: Api,
  world: World,
  request: ApiRequest,
  operationId: string,
): { body: unknown; query: URLSearchParams } | { problems: Problem[] } {
  const operation = operations[operationId]
  const problems: Problem[] = []
  const query = request.query === '' ? NO_QUERY : new URLSearchParams(request.query)
  for (const [name, validate] of Object.entries(operation?.queryParameters ?? {})) {
    const value = query.get(name)
    if (value !== null && !validate(value)) {
      const found = toProblems(validate.errors ?? [], 'query', wording)
      problems.push(...found.map((problem) => ({ ...problem, loc: ['query', name] })))
    }
  }
  const validate = operation?.requestBody ?? null
  if (validate === null) return problems.length > 0 ? { problems } : { body: undefined, query }
  const parsed = parseBody(request)
  if (!parsed.ok) return { problems: [...problems, ...parsed.problems] }
  if (!validate(parsed.value)) problems.push(...toProblems(validate.errors ?? [], 'body', wording))
  problems.push(...furtherProblems(parsed.value, world.options, problems))
  return problems.length > 0 ? { problems } : { body: parsed.value, query }
}

function perform(api: Api, operationId: string, call: Call): ApiResponse | Promise<ApiResponse> {
  try {
    return (api.implementations[operationId] as OperationFunction<unknown>)(call)
  } catch (error) {
    if (error instanceof Refusal) return api.refuse(call.requestId, error.reason)
    throw error
  }
}

type OpenEntry = { -readonly [Key in keyof JournalEntry]: JournalEntry[Key] }

function beginEntry(
  world: World,
  request: ApiRequest,
  requestId: string,
  to: Route<string>,
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
