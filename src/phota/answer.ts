import type { Call } from '../api/call.ts'
import type { ApiResponse } from '../api/http.ts'

/** @param body JSON text */
export function json(call: Pick<Call, 'requestId'>, status: number, body: string): ApiResponse {
  return { status, headers: { 'content-type': 'application/json', 'x-request-id': call.requestId }, body }
}
