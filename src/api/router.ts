import type { Operation, OperationTable } from '../spec/index.ts'

/**
 * What a path and method mean: an operation with its path parameters, decoded and in order; a path with other methods;
 * or nothing.
 */
export type Route<Id extends string> =
  | { kind: 'operation'; operationId: Id; ids: readonly string[] }
  | { kind: 'method'; allow: string }
  | { kind: 'path' }

export type Router<Id extends string> = (method: string, path: string) => Route<Id>

const NO_IDS: readonly string[] = []

/** Routes by an operation table. */
export function createRouter<Id extends string>(operations: OperationTable<Id>, basePath: string): Router<Id> {
  const literal = new Map<string, Map<string, Id>>()
  const templates = new Map<string, { pattern: RegExp; methods: Map<string, Id> }>()
  for (const { path, method, operationId } of Object.values<Operation<Id>>(operations)) {
    const full = basePath + path
    const source = full.replace(/\{[^}]+\}/g, '([^/]+)')
    if (source === full) literal.set(full, (literal.get(full) ?? new Map()).set(method, operationId))
    else {
      const template = templates.get(source) ?? { pattern: new RegExp(`^${source}$`), methods: new Map() }
      template.methods.set(method, operationId)
      templates.set(source, template)
    }
  }
  return (method, path) => {
    // A concrete path wins over a template that also fits it, as OpenAPI says.
    const fixed = literal.get(path)
    if (fixed) return found(fixed, method, NO_IDS)
    for (const { pattern, methods } of templates.values()) {
      const match = pattern.exec(path)
      if (match) return found(methods, method, match.slice(1).map(decode))
    }
    return { kind: 'path' }
  }
}

function found<Id extends string>(methods: Map<string, Id>, method: string, ids: readonly string[]): Route<Id> {
  const operationId = methods.get(method)
  return operationId === undefined
    ? { kind: 'method', allow: [...methods.keys()].join(', ') }
    : { kind: 'operation', operationId, ids }
}

function decode(segment: string): string {
  if (!segment.includes('%')) return segment
  try {
    return decodeURIComponent(segment)
  } catch {
    return segment
  }
}
