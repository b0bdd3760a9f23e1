import { beginningOf } from '../engine/excerpt.ts'
import { suggestion } from '../engine/nearest.ts'
import type { Operation } from '../spec/operation.ts'

const MOST_TOLD = 5

/**
 * Notes for the journal about fields of a body that the operation does not have. The API ignores them, so nothing else
 * tells a test that it misspelt one.
 */
export function unknownFields(operation: Operation | undefined, body: unknown): string[] {
  if (operation === undefined) return []
  const { operationId, requestFields: known } = operation
  const unknown = Object.keys(body ?? {}).filter((name) => !known.includes(name))
  const notes = unknown
    .slice(0, MOST_TOLD)
    .map(
      (name) => `${beginningOf(name, 100)} is no field of ${operationId}, and was ignored.${suggestion(name, known)}`,
    )
  if (unknown.length > MOST_TOLD) notes.push(`${unknown.length - MOST_TOLD} more fields were ignored`)
  return notes
}
