import { parseBody } from '../api/body.ts'
import type { ApiRequest } from '../api/http.ts'
import { createRouter } from '../api/router.ts'
import { toItems } from '../api/validation.ts'
import { MisuseError, TakenError, TooLateError } from '../engine/misuse-error.ts'
import { basePath, type ControlOperationId, operations } from '../spec/control/index.ts'
import type { Validate } from '../spec/index.ts'
import type { ControlHost } from './control-host.ts'
import { ControlRefusal } from './control-refusal.ts'
import type { Follow } from './events.ts'
import { controlOperations } from './operations.ts'

export { basePath as controlBasePath }

/** A snapshot may have thousands. */
const MOST_ITEMS = 5

const route = createRouter(operations, basePath)

/** What a control request comes to: an answer, or a stream of events. */
export type ControlOutcome = { status: number; body: unknown } | { status: 200; follow: Follow }

/** One control request, answered as control.yaml says; every refusal is one sentence. Whether it may be made is judged before. */
export async function handleControl(host: ControlHost, request: ApiRequest): Promise<ControlOutcome> {
  try {
    const to = route(request.method, request.path)
    if (to.kind === 'path') throw new ControlRefusal(404, `There is no ${request.path} in the control API.`)
    if (to.kind === 'method')
      throw new ControlRefusal(405, `${request.method} is not allowed here; allowed: ${to.allow}.`)
    const body = readBody(to.operationId, request)
    const query = readQuery(to.operationId, request)
    return await controlOperations[to.operationId]({ host, ids: to.ids, origin: request.origin, body, query })
  } catch (error) {
    if (error instanceof ControlRefusal) return { status: error.status, body: { message: error.message } }
    if (error instanceof TakenError || error instanceof TooLateError)
      return { status: 409, body: { message: error.message } }
    if (error instanceof MisuseError) return { status: 400, body: { message: error.message } }
    throw error
  }
}

function readBody(operationId: ControlOperationId, request: ApiRequest): unknown {
  const validate = operations[operationId].requestBody
  if (validate === null) return undefined
  const parsed = parseBody(request)
  const items = parsed.ok ? (validate(parsed.value) ? [] : toItems(validate.errors ?? [], 'body')) : parsed.items
  if (!parsed.ok || items.length > 0) {
    const told = items.slice(0, MOST_ITEMS).map(({ loc, msg }) => `${loc.slice(1).join('.') || 'body'}: ${msg}`)
    if (items.length > told.length) told.push(`and ${items.length - told.length} more`)
    throw new ControlRefusal(400, `${operationId}: ${told.join('; ')}`)
  }
  return parsed.value
}

function readQuery(operationId: ControlOperationId, { query }: ApiRequest): URLSearchParams {
  const known: Readonly<Record<string, Validate>> = operations[operationId].queryParameters
  const given = new URLSearchParams(query)
  for (const [name, value] of given) {
    const validate = Object.hasOwn(known, name) ? known[name] : undefined
    if (!validate) {
      const names = Object.keys(known).join(', ')
      throw new ControlRefusal(400, `${operationId}: ${name} is no parameter${names && `; there are ${names}`}`)
    }
    if (validate(value)) continue
    const { message, params } = validate.errors?.[0] ?? {}
    const allowed = params?.['allowedValues']
    throw new ControlRefusal(
      400,
      `${operationId}: ${name} ${message ?? 'is not valid'}${Array.isArray(allowed) ? `: ${allowed.join(', ')}` : ''}`,
    )
  }
  return given
}
