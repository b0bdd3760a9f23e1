import { callbacks, type OperationId, operations, type Validate, type ValidationIssue } from '../spec/index.ts'
import { type Exchange, fieldOf, jsonOf, textOf } from './http/exchange.ts'
import { show, type Trial } from './trial.ts'

/** One way in which an answer is not as openapi.yaml has it. */
interface Difference {
  readonly expected: string
  readonly seen: string
  /** What openapi.yaml says there is a choice, so this is worth no more than a note. */
  readonly isChoice: boolean
}

/** Holds an answer against openapi.yaml: status, headers, body. */
export function holdAnswer(trial: Trial, exchange: Exchange): void {
  // That it was asked too often says nothing of the contract.
  if (exchange.isChoice || exchange.problem !== null || exchange.status === 429) return
  const operation = operations[exchange.operation as OperationId]
  const documented = operation.responses[exchange.status]
  const known = Object.keys(operation.responses).join(', ')
  if (
    !trial.expect(exchange, documented !== undefined, `a documented status: ${known}`, exchange.status) ||
    !documented
  )
    return
  for (const name of documented.headers) {
    trial.expect(exchange, exchange.headers.has(name), `the header ${name}`, 'no such header')
  }
  if (documented.contentType === null) return
  if (!holdType(trial, exchange, exchange.headers.get('content-type'), documented.contentType)) return
  if (documented.validate) holdBody(trial, exchange, documented.validate)
  const requestId = fieldOf(jsonOf(exchange), 'request_id')
  const header = exchange.headers.get('x-request-id')
  if (typeof requestId === 'string' && header !== null) {
    trial.expect(
      exchange,
      requestId === header,
      '`request_id` to be the value of X-Request-Id',
      `${requestId} and ${header}`,
    )
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
  if (holdType(trial, arrival, arrival.requestHeaders['content-type'] ?? null, contentType)) {
    holdBody(trial, arrival, validate)
  }
}

/** Holds a JSON body against its schema. */
export function holdBody(trial: Trial, exchange: Exchange, validate: Validate): void {
  const body = jsonOf(exchange)
  if (!trial.expect(exchange, body !== undefined, 'a JSON body', textOf(exchange).slice(0, 200))) return
  for (const { expected, seen, isChoice } of differences(body, validate)) {
    if (isChoice) trial.prefer(exchange, false, expected, seen)
    else trial.expect(exchange, false, expected, seen)
  }
}

function holdType(trial: Trial, exchange: Exchange, value: string | null, wanted: string): boolean {
  const seen = value?.split(';')[0]?.trim().toLowerCase() ?? null
  return trial.expect(exchange, seen === wanted, `Content-Type: ${wanted}`, value ?? 'no Content-Type')
}

function differences(body: unknown, validate: Validate): Difference[] {
  if (validate(body)) return []
  const issues = validate.errors ?? []
  // Of a union, only the branch that the status names says anything.
  const telling = issues.filter((issue) => issue.keyword !== 'oneOf' && !isOfOtherBranch(issue, body))
  const named = telling.length > 0 ? telling : issues
  return named.map((issue) => {
    const value = at(body, issue.instancePath)
    const where = issue.instancePath === '' ? 'the body' : `\`${issue.instancePath}\``
    const what =
      issue.keyword === 'additionalProperties'
        ? `${issue.message}: ${issue.params['additionalProperty']}`
        : issue.message
    const allowed = issue.params['allowedValues'] ?? issue.params['allowedValue']
    return {
      expected: `${where} ${what ?? 'to be valid'}${allowed === undefined ? '' : ` ${show(allowed)}`}`,
      seen: show(value),
      isChoice: isChoice(issue, value, body),
    }
  })
}

const BRANCHES: Readonly<Record<string, string>> = {
  PendingJob: 'pending',
  RunningJob: 'running',
  SucceededJob: 'succeeded',
  FailedJob: 'failed',
}

function isOfOtherBranch({ schemaPath }: ValidationIssue, body: unknown): boolean {
  const branch = Object.keys(BRANCHES).find((name) => schemaPath.includes(`/${name}/`))
  const status = fieldOf(body, 'status')
  return branch !== undefined && Object.values(BRANCHES).includes(status as string) && BRANCHES[branch] !== status
}

/** Where openapi.yaml states phota-mock's own choice, because the API's guide states nothing. */
function isChoice({ instancePath, keyword }: ValidationIssue, value: unknown, body: unknown): boolean {
  const status = fieldOf(body, 'status')
  const isUnfinished = status === 'pending' || status === 'running'
  switch (instancePath) {
    case '/code':
    case '/error/code':
      return keyword === 'enum' && typeof value === 'string' && value !== ''
    case '/job_id':
      return keyword === 'pattern' && value !== ''
    case '/poll_url':
      return keyword === 'pattern' && value === `/v1/phota/jobs/${String(fieldOf(body, 'job_id'))}`
    case '/created_at':
      return isMoment(value)
    case '/completed_at':
      return isUnfinished || isMoment(value)
    case '/result':
    case '/error':
      return isUnfinished
    default:
      return false
  }
}

/** RFC 3339, at whatever offset. */
export function isMoment(value: unknown): boolean {
  return (
    typeof value === 'string' &&
    /^\d{4}-\d{2}-\d{2}[Tt]\d{2}:\d{2}:\d{2}(\.\d+)?([Zz]|[+-]\d{2}:\d{2})$/.test(value) &&
    !Number.isNaN(Date.parse(value))
  )
}

function at(value: unknown, pointer: string): unknown {
  return pointer
    .split('/')
    .slice(1)
    .reduce<unknown>((part, key) => fieldOf(part, key.replaceAll('~1', '/').replaceAll('~0', '~')), value)
}
