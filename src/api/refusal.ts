import type { ErrorCode, ValidationErrorItem } from '../spec/index.ts'
import type { ApiResponse } from './http.ts'

/** The documented error body: `{"code", "detail", "request_id"}`. */
export function refuse(requestId: string, status: number, code: ErrorCode, detail: string): ApiResponse {
  return {
    status,
    headers: { 'content-type': 'application/json', 'x-request-id': requestId },
    body: JSON.stringify({ code, detail, request_id: requestId }),
  }
}

/** What becomes of an answer that nobody waits for any more: it is not sent. */
export function abandon(requestId: string): ApiResponse {
  return {
    ...refuse(requestId, 503, 'SERVICE_UNAVAILABLE', 'The client left before its answer was there.'),
    wire: { connection: 'drop', latencyMs: 0 },
  }
}

/** The documented 422 body, naming every offending field: submit.validation-body. */
export function refuseInvalid(requestId: string, items: readonly ValidationErrorItem[]): ApiResponse {
  return {
    status: 422,
    headers: { 'content-type': 'application/json', 'x-request-id': requestId },
    body: JSON.stringify({ detail: items, request_id: requestId }),
  }
}
