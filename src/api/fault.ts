import type { Fault } from '../engine/http-fault.ts'
import type { Api } from './api.ts'
import type { ApiResponse } from './http.ts'

/** The answer that a fault leaves of a request, of which nothing was carried out. */
export function refuseByFault(api: Api, requestId: string, fault: Fault): ApiResponse {
  const nothing: ApiResponse = { status: 200, headers: { 'content-type': 'application/json' }, body: '{}' }
  return spoil(api, nothing, requestId, fault)
}

/** The answer that a fault leaves of this one. */
export function spoil(api: Api, response: ApiResponse, requestId: string, fault: Fault): ApiResponse {
  const { answer, retryAfter, latencyMs } = fault
  if (typeof answer !== 'number') return { ...response, wire: { connection: answer, latencyMs } }
  const detail = `The scenario ${fault.scenarioId} has it so.`
  return {
    ...api.refuse(requestId, { kind: 'fault', status: answer, retryAfter, detail }),
    wire: { connection: null, latencyMs },
  }
}

/** As the journal tells it. */
export function faultNote({ scenarioId, when, answer }: Fault): string {
  return `${scenarioId}: ${answer ?? 'latency'}, ${when} it was carried out`
}
