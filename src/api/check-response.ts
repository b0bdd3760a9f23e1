import type { DocumentedResponse, DocumentedTable } from '../spec/operation.ts'
import type { ApiResponse } from './http.ts'

/** An answer of ours that breaks openapi.yaml: a bug of phota-mock, told loudly and never sent. */
export class SpecViolation extends Error {
  override readonly name: string = 'SpecViolation'
}

/** @throws {SpecViolation} naming all that is wrong with the answer */
export function checkResponse(operations: DocumentedTable, operationId: string, response: ApiResponse): void {
  const documented = (operations[operationId]?.responses as Record<number, DocumentedResponse> | undefined)?.[
    response.status
  ]
  const problems = documented
    ? [...headerProblems(response, documented), ...bodyProblems(response, documented)]
    : [`status ${response.status} is not documented`]
  if (problems.length > 0) {
    throw new SpecViolation(
      `${operationId} answered ${response.status} against openapi.yaml; this is a bug of ` +
        `phota-mock:\n- ${problems.join('\n- ')}`,
    )
  }
}

function headerProblems(response: ApiResponse, documented: DocumentedResponse): string[] {
  return Object.keys(documented.headers)
    .filter((name) => response.headers[name.toLowerCase()] === undefined)
    .map((name) => `the header ${name} is missing`)
}

function bodyProblems(response: ApiResponse, documented: DocumentedResponse): string[] {
  const type = response.headers['content-type'] ?? null
  if (type !== documented.contentType) return [`the content type is ${type}, not ${documented.contentType}`]
  if (documented.validate === null || documented.validate(JSON.parse(String(response.body)))) return []
  return (documented.validate.errors ?? []).map(({ instancePath, message }) => `body${instancePath}: ${message}`)
}
