import type { Fault } from '../engine/http-fault.ts'
import type { ApiResponse } from './http.ts'

const CODES: Readonly<Record<number, string>> = {
  429: 'TOO_MANY_REQUESTS',
  500: 'INTERNAL',
  503: 'SERVICE_UNAVAILABLE',
  504: 'TIMEOUT',
}

/** The answer that a fault leaves of a request, of which nothing was carried out. */
export function refuseByFault(requestId: string, fault: Fault): ApiResponse {
  return spoil(
    { status: 200, headers: { 'content-type': 'application/json', 'x-request-id': requestId }, body: '{}' },
    requestId,
    fault,
  )
}

/** The answer that a fault leaves of this one. */
export function spoil(response: ApiResponse, requestId: string, fault: Fault): ApiResponse {
  const { answer, retryAfter, latencyMs } = fault
  if (typeof answer !== 'number') return { ...response, wire: { connection: answer, latencyMs } }
  const detail = `The scenario ${fault.scenarioId} has it so.`
  return {
    status: answer,
    headers: {
      'content-type': 'application/json',
      'x-request-id': requestId,
      ...(retryAfter !== null && { 'retry-after': String(retryAfter) }),
    },
    body: JSON.stringify({ code: CODES[answer] ?? 'BAD_REQUEST', detail, request_id: requestId }),
    wire: { connection: null, latencyMs },
  }
}

/** As the journal tells it. */
export function faultNote({ scenarioId, when, answer }: Fault): string {
  return `${scenarioId}: ${answer ?? 'latency'}, ${when} it was carried out`
}
