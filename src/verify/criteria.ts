import { CHAPTERS, callbacks, operations, type RuleNeed, rules, type Source } from '../spec/index.ts'

/** One thing that an implementation is held against: a rule of the API, or the shape of an operation's answers. */
export interface Criterion {
  readonly id: string
  readonly chapter: string
  readonly text: string
  /** Each entry is one need; where one of several will do, they stand in one list. */
  readonly needs: readonly (readonly RuleNeed[])[]
  /** Where it comes from. Single clauses may come from elsewhere: each breach says so itself. */
  readonly source: Source
  /** The part of the guide that states it; `null` where the guide does not. */
  readonly section: string | null
}

/** Chapters in the order of the report, and what they are called. */
export const chapters: Readonly<Record<string, string>> = { ...CHAPTERS, shape: 'Shape' }

const ruleCriteria = rules
  .filter(({ ofVerifier }) => !ofVerifier)
  .map(
    ({ id, text, needs, source, section }): Criterion => ({
      id,
      chapter: chapterOf(id),
      text,
      needs: needs.map((need) => [need].flat() as RuleNeed[]),
      source,
      section,
    }),
  )

/** Where each part of a shape comes from, openapi.yaml says itself; what it leaves unsaid is of the API's reference. */
const shapeCriteria = [
  ...Object.values(operations).map(({ operationId, method, path }): Criterion => {
    const text = `Every answer of ${method} ${path} is as openapi.yaml has it: status, headers, body.`
    return { id: `shape.${operationId}`, chapter: 'shape', text, needs: [], source: 'reference', section: null }
  }),
  ...Object.values(callbacks).map(({ operationId }): Criterion => {
    const text = 'Every callback is as openapi.yaml has it: method, headers, body.'
    const needs = [['receiver']] as const
    return { id: `shape.${operationId}`, chapter: 'shape', text, needs, source: 'guide', section: 'Callback' }
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

/** A source in words, as reports have it. */
export function sourceText(source: Source, section: string | null = null): string {
  switch (source) {
    case 'guide':
      return `the API’s guide to asynchronous requests${section === null ? '' : `, ${section}`}`
    case 'reference':
      return 'the API reference'
    case 'choice':
      return 'phota-mock’s own choice: the API leaves it open'
    default:
      return source satisfies never
  }
}
