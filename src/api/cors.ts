import { operations } from '../spec/index.ts'
import type { ApiResponse } from './http.ts'

const METHODS = ['HEAD', ...new Set(Object.values(operations).map(({ method }) => method))].sort().join(', ')

/** What lets a page of this origin read an answer: with `*`, every page. */
export function corsHeaders(origin: string): Record<string, string> {
  return {
    'access-control-allow-origin': origin,
    'access-control-expose-headers': 'X-Request-Id, Retry-After, Allow, Accept-Ranges, Content-Range, ETag',
  }
}

/** Whether a browser asks if it may send what a page wants to send. */
export function isPreflight(method: string, requestedMethod: string | null | undefined): boolean {
  return method === 'OPTIONS' && typeof requestedMethod === 'string'
}

/** It may: the methods and headers of the API. */
export function preflight(): ApiResponse {
  return {
    status: 204,
    headers: {
      'access-control-allow-methods': METHODS,
      'access-control-allow-headers': 'Content-Type, X-API-Key, X-Mock-Scenario, Range, If-Range',
      'access-control-max-age': '600',
    },
    body: '',
  }
}
