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

/** The documented 422 body, naming every offending field: submit.validation-body. */
export function refuseInvalid(requestId: string, items: readonly ValidationErrorItem[]): ApiResponse {
  return {
    status: 422,
    headers: { 'content-type': 'application/json', 'x-request-id': requestId },
    body: JSON.stringify({ detail: items, request_id: requestId }),
  }
}
