import type { Problem, Reason } from '../api/api.ts'
import type { ApiResponse } from '../api/http.ts'
import { excerpt } from '../engine/excerpt.ts'
import { formatUsd } from '../engine/money.ts'
import { Refusal, type RefusalReason } from '../engine/refusal.ts'
import type { ErrorCode } from '../spec/index.ts'

/** Those of a fault's statuses that have a code of their own; a scenario may have one that the API never says. */
const FAULT_CODES: Readonly<Record<number, string>> = {
  429: 'TOO_MANY_REQUESTS',
  500: 'INTERNAL',
  503: 'SERVICE_UNAVAILABLE',
  504: 'TIMEOUT',
}

/** The documented answer to a request that is not carried out. */
export function refuse(requestId: string, reason: Reason): ApiResponse {
  const say = (status: number, code: string, detail: string): ApiResponse => answer(requestId, status, { code, detail })
  switch (reason.kind) {
    case 'no-endpoint':
      return say(404, 'NOT_FOUND', `No such endpoint: ${excerpt(reason.path, 200)}`)
    case 'method': {
      const { method, allow } = reason
      const response = say(405, 'METHOD_NOT_ALLOWED', `${method} is not allowed here; allowed: ${allow}.`)
      response.headers['allow'] = allow
      return response
    }
    case 'too-large':
      return say(413, 'PAYLOAD_TOO_LARGE', `The body is larger than ${reason.limitBytes / 1024 / 1024} MiB.`)
    case 'no-key':
      return say(403, 'MISSING_API_KEY', 'The X-API-Key header is missing.')
    case 'bad-key':
      return say(401, 'INVALID_API_KEY', `The API key is unknown.${reason.hint}`)
    case 'malformed':
      return say(400, 'BAD_REQUEST', reason.detail)
    case 'invalid':
      return invalid(requestId, reason.problems)
    case 'unaffordable': {
      const [needed, available] = [reason.neededMicroUsd, reason.availableMicroUsd].map(formatUsd)
      const what = reason.what === 'training' ? 'training' : 'request'
      return say(402, 'INSUFFICIENT_BALANCE', `The ${what} needs ${needed}, and ${available} is available.`)
    }
    case 'unknown':
      return say(404, 'NOT_FOUND', 'No such job.')
    case 'gone':
      return say(410, 'JOB_EXPIRED', 'The job has passed its retention window and is gone.')
    case 'ended':
      return say(400, 'BAD_REQUEST', 'The job has ended already.')
    case 'stated':
      return say(reason.status, reason.code, reason.detail)
    case 'fault': {
      const response = say(reason.status, FAULT_CODES[reason.status] ?? 'BAD_REQUEST', reason.detail)
      if (reason.retryAfter !== null) response.headers['retry-after'] = String(reason.retryAfter)
      return response
    }
    case 'unavailable':
      return say(503, 'SERVICE_UNAVAILABLE', reason.detail)
    case 'not-implemented':
      return say(501, 'NOT_IMPLEMENTED', reason.detail)
    case 'internal':
      return say(500, 'INTERNAL', reason.detail)
    default:
      return reason satisfies never
  }
}

/** The documented 422 body, naming every offending field: submit.validation-body. */
function invalid(requestId: string, problems: readonly Problem[]): ApiResponse {
  return answer(requestId, 422, { detail: problems })
}

function answer(requestId: string, status: number, body: object): ApiResponse {
  return {
    status,
    headers: { 'content-type': 'application/json', 'x-request-id': requestId },
    body: JSON.stringify({ ...body, request_id: requestId }),
  }
}

/** One answer for every profile that is unknown, deleted, or another account's. */
export function profileNotFound(): Refusal {
  return stated(404, 'NOT_FOUND', 'No such profile.')
}

/** What an operation judges by itself. */
export function stated(status: number, code: ErrorCode, detail: string): Refusal {
  return new Refusal({ kind: 'stated', status, code, detail } satisfies RefusalReason)
}
