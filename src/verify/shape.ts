import {
  callbacks,
  type OperationId,
  operations,
  type Source,
  sourceOf,
  type Validate,
  type ValidationIssue,
} from '../spec/index.ts'
import { type Exchange, fieldOf, jsonOf, textOf } from './http/exchange.ts'
import { show, type Trial } from './trial.ts'

/**
 * Holds an answer against openapi.yaml: status, headers, body.
 *
 * @param headersGiven all that the implementation ever gave; one that it never gives is not a slip but of another scope
 */
export function holdAnswer(trial: Trial, exchange: Exchange, headersGiven: ReadonlySet<string>): void {
  // That it was asked too often says nothing of the contract.
  if (exchange.isChoice || exchange.problem !== null || exchange.status === 429) return
  const operation = operations[exchange.operation as OperationId]
  const documented = operation.responses[exchange.status]
  if (!documented) {
    const known = Object.keys(operation.responses).join(', ')
    // Which refusal belongs to what, the rules judge; that there are others is open.
    const source = exchange.status >= 400 ? 'choice' : 'reference'
    trial.expect(exchange, false, `a documented status: ${known}`, exchange.status, { source })
    return
  }
  for (const [name, stated] of Object.entries(documented.headers)) {
    const source = headersGiven.has(name.toLowerCase()) ? stated : 'choice'
    trial.expect(exchange, exchange.headers.has(name), `the header ${name}`, 'no such header', { source })
  }
  if (documented.contentType === null) return
  const type = exchange.headers.get('content-type')
  if (!holdType(trial, exchange, type, documented.contentType, documented.source)) return
  if (documented.validate) holdBody(trial, exchange, documented.validate, documented.source)
  const requestId = fieldOf(jsonOf(exchange), 'request_id')
  const header = exchange.headers.get('x-request-id')
  if (typeof requestId === 'string' && header !== null) {
    const expected = '`request_id` to be the value of X-Request-Id'
    trial.prefer(exchange, requestId === header, expected, `${requestId} and ${header}`)
  }
}

/** Holds a callback against openapi.yaml: method, headers, body. */
export function holdCallback(trial: Trial, arrival: Exchange): void {
  const { method, contentType, headers, validate } = callbacks.jobFinished
  trial.expect(arrival, arrival.method === method, method, arrival.method)
  for (const [name, isValid] of Object.entries(headers)) {
    const value = arrival.requestHeaders[name.toLowerCase()]
    const expected = `the header ${name}, as sha256=<64 lowercase hex digits>`
    trial.expect(arrival, value !== undefined && isValid(value), expected, value ?? 'no such header')
  }
  if (holdType(trial, arrival, arrival.requestHeaders['content-type'] ?? null, contentType, 'reference')) {
    holdBody(trial, arrival, validate)
  }
}

/**
 * Holds a JSON body against its schema; each difference is worth what openapi.yaml says of that part.
 *
 * @param source where it is promised that the body is JSON at all
 */
export function holdBody(trial: Trial, exchange: Exchange, validate: Validate, source: Source = 'guide'): void {
  const body = jsonOf(exchange)
  const seen = textOf(exchange).slice(0, 200)
  if (!trial.expect(exchange, body !== undefined, 'a JSON body', seen, { source })) return
  if (validate(body)) return
  for (const issue of validate.errors ?? []) {
    trial.expect(exchange, false, wanted(issue), show(at(body, issue)), { source: sourceOf(issue) })
  }
}

function holdType(trial: Trial, exchange: Exchange, value: string | null, type: string, source: Source): boolean {
  const seen = value?.split(';')[0]?.trim().toLowerCase() ?? null
  return trial.expect(exchange, seen === type, `Content-Type: ${type}`, value ?? 'no Content-Type', { source })
}

function wanted({ instancePath, keyword, message = 'must be valid', params }: ValidationIssue): string {
  const where = instancePath === '' ? 'the body' : `\`${instancePath}\``
  switch (keyword) {
    case 'additionalProperties':
      return `${where} ${message}: ${String(params['additionalProperty'])}`
    case 'enum':
    case 'const':
      return `${where} ${message}: ${show(params['allowedValues'] ?? params['allowedValue'])}`
    case 'discriminator':
      return `\`/${String(params['tag'])}\` to be one of the documented words`
    default:
      return `${where} ${message}`
  }
}

/** What was found where the issue is. */
function at(body: unknown, { instancePath, keyword, params }: ValidationIssue): unknown {
  if (keyword === 'discriminator') return params['tagValue'] ?? null
  return instancePath
    .split('/')
    .slice(1)
    .reduce<unknown>((part, key) => fieldOf(part, key.replaceAll('~1', '/').replaceAll('~0', '~')), body)
}

/** RFC 3339, at whatever offset. */
export function isMoment(value: unknown): boolean {
  return (
    typeof value === 'string' &&
    /^\d{4}-\d{2}-\d{2}[Tt ]\d{2}:\d{2}:\d{2}(\.\d+)?([Zz]|[+-]\d{2}:\d{2})$/.test(value) &&
    !Number.isNaN(momentOf(value))
  )
}

/** Unix ms; NaN for what is no moment. RFC 3339 lets the letters be small. */
export function momentOf(value: unknown): number {
  return typeof value === 'string' ? Date.parse(value.toUpperCase().replace(' ', 'T')) : Number.NaN
}
