import type { Api } from './api.ts'
import type { ApiResponse } from './http.ts'

/** What lets a page of this origin read an answer: with `*`, every page. */
export function corsHeaders({ cors }: Api, origin: string): Record<string, string> {
  return { 'access-control-allow-origin': origin, 'access-control-expose-headers': cors.response }
}

/** Whether a browser asks if it may send what a page wants to send. */
export function isPreflight(method: string, requestedMethod: string | null | undefined): boolean {
  return method === 'OPTIONS' && typeof requestedMethod === 'string'
}

/** It may: the methods and headers of the API. */
export function preflight({ cors, operations }: Api): ApiResponse {
  const methods = ['HEAD', ...new Set(Object.values(operations).map(({ method }) => method))]
  return {
    status: 204,
    headers: {
      'access-control-allow-methods': methods.sort().join(', '),
      'access-control-allow-headers': cors.request,
      'access-control-max-age': '600',
    },
    body: '',
  }
}
