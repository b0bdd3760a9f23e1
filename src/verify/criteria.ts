import { CHAPTERS, callbacks, operations, type RuleNeed, rules } from '../spec/index.ts'

/** One thing that an implementation is held against: a rule of the API, or the shape of an operation's answers. */
export interface Criterion {
  readonly id: string
  readonly chapter: string
  readonly text: string
  /** Each entry is one need; where one of several will do, they stand in one list. */
  readonly needs: readonly (readonly RuleNeed[])[]
  /** The API's guide is silent, so another answer is a note. */
  readonly choice: boolean
  /** Where it comes from. */
  readonly source: string
}

/** Chapters in the order of the report, and what they are called. */
export const chapters: Readonly<Record<string, string>> = { ...CHAPTERS, shape: 'Shape' }

const ruleCriteria = rules.map(
  ({ id, text, needs, choice }): Criterion => ({
    id,
    chapter: chapterOf(id),
    text,
    needs: needs.map((need) => [need].flat() as RuleNeed[]),
    choice: choice === true,
    source: choice
      ? 'phota-mock’s own choice, docs/rules.md'
      : 'the API’s guide to asynchronous requests, docs/rules.md',
  }),
)

const shapeCriteria = [
  ...Object.values(operations).map(({ operationId, method, path }): Criterion => {
    const text = `Every answer of ${method} ${path} is as openapi.yaml has it: status, headers, body.`
    return { id: `shape.${operationId}`, chapter: 'shape', text, needs: [], choice: false, source: 'openapi.yaml' }
  }),
  ...Object.values(callbacks).map(({ operationId }): Criterion => {
    const text = 'Every callback is as openapi.yaml has it: method, headers, body.'
    return {
      id: `shape.${operationId}`,
      chapter: 'shape',
      text,
      needs: [['receiver']],
      choice: false,
      source: 'openapi.yaml',
    }
  }),
]

/** All criteria, in the order of the report. */
export const criteria: readonly Criterion[] = [...ruleCriteria, ...shapeCriteria]

const byId = new Map(criteria.map((criterion) => [criterion.id, criterion]))

/** @throws if there is no such rule */
export function criterion(id: string): Criterion {
  const found = byId.get(id)
  if (!found) throw new Error(`there is no rule ${id}`)
  return found
}

export function chapterOf(id: string): string {
  return id.slice(0, id.indexOf('.'))
}
