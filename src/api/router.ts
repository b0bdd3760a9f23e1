import { basePath, type OperationId, operations } from '../spec/index.ts'

/** What a path and method mean: an operation, a path that exists with other methods, or nothing. */
export type Route =
  | { kind: 'operation'; operationId: OperationId; id: string }
  | { kind: 'method'; allow: string }
  | { kind: 'path' }

interface Template {
  pattern: RegExp
  methods: Map<string, OperationId>
}

const literal = new Map<string, Map<string, OperationId>>()
const templates: Template[] = []

for (const operation of Object.values(operations)) {
  const path = basePath + operation.path
  if (!path.includes('{')) {
    literal.set(path, (literal.get(path) ?? new Map()).set(operation.method, operation.operationId))
    continue
  }
  const source = `^${path.replace(/\{[^}]+\}/, '([^/]+)')}$`
  const template = templates.find((known) => known.pattern.source === new RegExp(source).source)
  if (template) template.methods.set(operation.method, operation.operationId)
  else templates.push({ pattern: new RegExp(source), methods: new Map([[operation.method, operation.operationId]]) })
}

export function route(method: string, path: string): Route {
  const fixed = literal.get(path)
  const fixedOperation = fixed?.get(method)
  if (fixedOperation) return { kind: 'operation', operationId: fixedOperation, id: '' }
  // `/profiles/ids` also fits `/profiles/{profile_id}`, whose only method is DELETE: OpenAPI lets the concrete path win.
  if (fixed) return { kind: 'method', allow: [...fixed.keys()].join(', ') }
  for (const { pattern, methods } of templates) {
    const match = pattern.exec(path)
    if (!match) continue
    const operationId = methods.get(method)
    if (operationId) return { kind: 'operation', operationId, id: decode(match[1] as string) }
    return { kind: 'method', allow: [...methods.keys()].join(', ') }
  }
  return { kind: 'path' }
}

function decode(segment: string): string {
  try {
    return decodeURIComponent(segment)
  } catch {
    return segment
  }
}
