import { parseBody } from '../../api/body.ts'
import type { ApiRequest, ApiResponse } from '../../api/http.ts'
import { createRouter } from '../../api/router.ts'
import { toItems } from '../../api/validation.ts'
import { isLoopback } from '../../engine/callback-target.ts'
import { MisuseError, TakenError } from '../../engine/misuse-error.ts'
import { basePath, type ControlOperationId, operations } from '../../spec/control/index.ts'
import type { Validate } from '../../spec/index.ts'
import type { ServerHost } from '../server-host.ts'
import { ControlRefusal } from './control-error.ts'
import { controlOperations } from './operations.ts'

/** Where a control request says it comes from. */
export interface ControlOrigin {
  host: string | undefined
  origin: string | undefined
  fetchSite: string | undefined
}

export { basePath as controlBasePath }

const route = createRouter(operations, basePath)

/** One control request, answered as control.yaml says; every refusal is one sentence. */
export async function handleControl(host: ServerHost, request: ApiRequest, from: ControlOrigin): Promise<ApiResponse> {
  try {
    assertLocal(from)
    const to = route(request.method, request.path)
    if (to.kind === 'path') throw new ControlRefusal(404, `There is no ${request.path} in the control API.`)
    if (to.kind === 'method')
      throw new ControlRefusal(405, `${request.method} is not allowed here; allowed: ${to.allow}.`)
    const body = readBody(to.operationId, request)
    const query = readQuery(to.operationId, request)
    const answer = await controlOperations[to.operationId]({ host, ids: to.ids, body, query })
    return respond(answer.status, answer.status === 204 ? null : answer.body)
  } catch (error) {
    if (error instanceof ControlRefusal) return respond(error.status, { message: error.message })
    if (error instanceof TakenError) return respond(409, { message: error.message })
    if (error instanceof MisuseError) return respond(400, { message: error.message })
    throw error
  }
}

/** No page of another site, and no name that a stranger's DNS points at us, may move a developer's clock. */
function assertLocal({ host, origin, fetchSite }: ControlOrigin): void {
  const name = hostname(`http://${host ?? ''}`)
  if (name === null || !isLoopback(name)) {
    throw new ControlRefusal(
      403,
      `The control API answers to loopback names only, such as 127.0.0.1; this request is for '${host ?? ''}'.`,
    )
  }
  const crossSite = fetchSite === 'cross-site' || (origin !== undefined && hostname(origin) !== name)
  if (crossSite)
    throw new ControlRefusal(
      403,
      `The control API answers no page of another site; this request comes from '${origin ?? fetchSite}'.`,
    )
}

function hostname(url: string): string | null {
  return URL.canParse(url) ? new URL(url).hostname : null
}

function readBody(operationId: ControlOperationId, request: ApiRequest): unknown {
  const validate = operations[operationId].requestBody
  if (validate === null) return undefined
  const parsed = parseBody(request)
  const items = parsed.ok ? (validate(parsed.value) ? [] : toItems(validate.errors ?? [], 'body')) : parsed.items
  if (!parsed.ok || items.length > 0) {
    throw new ControlRefusal(
      400,
      `${operationId}: ${items.map(({ loc, msg }) => `${loc.slice(1).join('.') || 'body'}: ${msg}`).join('; ')}`,
    )
  }
  return parsed.value
}

function readQuery(operationId: ControlOperationId, { query }: ApiRequest): URLSearchParams {
  const known: Readonly<Record<string, Validate>> = operations[operationId].queryParameters
  const given = new URLSearchParams(query)
  for (const [name, value] of given) {
    const validate = known[name]
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

function respond(status: number, body: unknown): ApiResponse {
  if (body === null) return { status, headers: {}, body: '' }
  return { status, headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }
}
