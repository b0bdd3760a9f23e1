import { encodingProblem, parseBody } from '../api/body.ts'
import { type ApiRequest, MAX_BODY_BYTES } from '../api/http.ts'
import { createRouter } from '../api/router.ts'
import { sentences } from '../api/sentences.ts'
import { excerpt } from '../engine/excerpt.ts'
import { MisuseError, TakenError, TooLateError } from '../engine/misuse-error.ts'
import { suggestion } from '../engine/nearest.ts'
import { basePath, type ControlOperationId, operations } from '../spec/control/index.ts'
import type { Validate } from '../spec/index.ts'
import type { ControlHost } from './control-host.ts'
import { ControlRefusal } from './control-refusal.ts'
import type { Follow } from './events.ts'
import { controlOperations } from './operations.ts'

export { basePath as controlBasePath }

const route = createRouter(operations, basePath)

/** What a control request comes to: an answer, or a stream of events. */
export type ControlOutcome = { status: number; body: unknown } | { status: 200; follow: Follow }

/**
 * One control request, answered as control.yaml says; every refusal is one sentence. Whether it may be made is judged
 * before.
 */
export async function handleControl(host: ControlHost, request: ApiRequest): Promise<ControlOutcome> {
  try {
    const to = route(request.method, request.path)
    if (to.kind === 'path') throw new ControlRefusal(404, `There is no ${request.path} in the control API.`)
    if (to.kind === 'method')
      throw new ControlRefusal(405, `${request.method} is not allowed here; allowed: ${to.allow}.`)
    const body = readBody(host, to.operationId, request)
    const query = readQuery(host, to.operationId, request)
    return await controlOperations[to.operationId]({ host, ids: to.ids, origin: request.origin, body, query })
  } catch (error) {
    if (error instanceof ControlRefusal) return { status: error.status, body: { message: error.message } }
    if (error instanceof TakenError || error instanceof TooLateError)
      return { status: 409, body: { message: error.message } }
    if (error instanceof MisuseError) return { status: 400, body: { message: error.message } }
    throw error
  }
}

function readBody({ api }: ControlHost, operationId: ControlOperationId, request: ApiRequest): unknown {
  const validate = api.controlBodies[operationId] ?? operations[operationId].requestBody
  if (validate === null) return undefined
  const encoding = encodingProblem(request)
  if (encoding !== null) throw new ControlRefusal(400, `${operationId}: ${encoding}`)
  if (request.body === null || request.body.length === 0)
    throw new ControlRefusal(400, `${operationId}: ${missingBody(validate)}`)
  if (request.body === 'too-large') {
    const most = `${MAX_BODY_BYTES / 1024 / 1024} MiB`
    throw new ControlRefusal(400, `${operationId}: the body is too long; expects at most ${most}`)
  }
  const parsed = parseBody(request)
  if (!parsed.ok) {
    const problems = parsed.problems.map(({ loc, msg }) => `${loc.at(-1)}: ${msg}`)
    throw new ControlRefusal(400, `${operationId}: ${problems.join('; ')}`)
  }
  if (validate(parsed.value)) return parsed.value
  throw new ControlRefusal(400, `${operationId}: ${sentences(validate.errors ?? [], parsed.value)}`)
}

function missingBody(validate: Validate): string {
  validate(null)
  const expected = validate.errors?.find(({ instancePath }) => instancePath === '')?.parentSchema?.['x-expects']
  return `the body is missing; expects ${expected ?? 'an object'}, as JSON`
}

function readQuery({ api }: ControlHost, operationId: ControlOperationId, { query }: ApiRequest): URLSearchParams {
  const known: Readonly<Record<string, Validate>> = {
    ...operations[operationId].queryParameters,
    ...api.controlQueries[operationId],
  }
  const names = Object.keys(known)
  const given = new URLSearchParams(query)
  for (const [name, value] of given) {
    const validate = Object.hasOwn(known, name) ? known[name] : undefined
    if (!validate) {
      const there = names.length > 0 ? `; there are ${names.join(', ')}.${suggestion(name, names)}` : ''
      throw new ControlRefusal(400, `${operationId}: ${excerpt(name, 100)} is no parameter${there}`)
    }
    if (!validate(value))
      throw new ControlRefusal(400, `${operationId}: ${sentences(validate.errors ?? [], value, name)}`)
  }
  return given
}
