import { basePath, enums, type JobOperation, type OperationId, operations } from '../spec/index.ts'
import type { Exchange } from './exchange.ts'

/** A request to the API, known by its method and path. */
export interface ApiCall {
  /** What its paths follow: origin and base path. */
  readonly api: string
  readonly operation: OperationId
  /** The last path parameter, decoded; `null` without one. */
  readonly subject: string | null
}

const patterns = Object.values(operations).map(({ operationId, method, path }) => ({
  operationId,
  method,
  pattern: new RegExp(`^${path.replace(/\{[^}]+\}/g, '([^/]+)')}/?$`),
}))

/**
 * What a request asks the API for; `null` if it asks for something else.
 *
 * @param base what the operations' paths follow, e.g. `/v1/phota`; something may stand before it, as with gateways
 */
export function apiCallOf({ url, method }: Pick<Exchange, 'url' | 'method'>, base: string = basePath): ApiCall | null {
  const { origin, pathname } = new URL(url)
  const at = pathname.indexOf(`${base}/`)
  if (at < 0) return null
  const path = pathname.slice(at + base.length)
  for (const { operationId, method: expected, pattern } of patterns) {
    const match = method === expected ? pattern.exec(path) : null
    if (!match) continue
    const subject = match[1]
    return {
      api: `${origin}${pathname.slice(0, at)}${base}`,
      operation: operationId as OperationId,
      subject: subject === undefined ? null : decoded(subject),
    }
  }
  return null
}

export function isImageOperation(operation: OperationId): operation is JobOperation & OperationId {
  return enums.JobOperation.some((one) => one === operation)
}

function decoded(segment: string): string {
  try {
    return decodeURIComponent(segment)
  } catch {
    return segment
  }
}
