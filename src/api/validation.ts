import type { ValidationIssue } from '../spec/operation.ts'
import type { Api, Problem } from './api.ts'

/** More than a client with honest mistakes has; each costs us time and memory. */
const MOST_PROBLEMS = 1000

/** Ajv's findings as problems, each field once: submit.validation-body. */
export function toProblems(
  issues: readonly ValidationIssue[],
  where: 'body' | 'path' | 'query',
  wording: Api['wording'],
): Problem[] {
  const problems = issues
    .filter((issue) => issue.keyword !== 'if')
    .slice(0, MOST_PROBLEMS)
    .map((issue) => toProblem(issue, where, wording))
  const seen = new Set<string>()
  return problems.filter((problem) => {
    const key = JSON.stringify(problem.loc)
    return !seen.has(key) && seen.add(key)
  })
}

function toProblem(issue: ValidationIssue, where: string, wording: Api['wording']): Problem {
  const loc: (string | number)[] = [where, ...issue.instancePath.split('/').slice(1).map(toSegment)]
  if (issue.keyword === 'required') loc.push(String(issue.params['missingProperty']))
  return { loc, ...(wording(issue, String(loc[1])) ?? message(issue)) }
}

function toSegment(segment: string): string | number {
  return /^\d+$/.test(segment) ? Number(segment) : segment.replaceAll('~1', '/').replaceAll('~0', '~')
}

function message({ keyword, params, message: text }: ValidationIssue): { msg: string; type: string } {
  const limit = String(params['limit'])
  switch (keyword) {
    case 'required':
      return { msg: 'Field required', type: 'missing' }
    case 'type':
      return {
        msg: `Input should be a valid ${[params['type']].flat().join(' or ')}`,
        type: `${[params['type']].flat()[0]}_type`,
      }
    case 'enum':
      return {
        msg: `Input should be one of ${(params['allowedValues'] as unknown[]).map((value) => `'${value}'`).join(', ')}`,
        type: 'enum',
      }
    case 'const':
      return { msg: `Input should be '${params['allowedValue']}'`, type: 'literal_error' }
    case 'minimum':
      return { msg: `Input should be greater than or equal to ${limit}`, type: 'greater_than_equal' }
    case 'maximum':
      return { msg: `Input should be less than or equal to ${limit}`, type: 'less_than_equal' }
    case 'minLength':
      return { msg: `String should have at least ${limit} characters`, type: 'string_too_short' }
    case 'maxLength':
      return { msg: `String should have at most ${limit} characters`, type: 'string_too_long' }
    case 'minItems':
      return { msg: `List should have at least ${limit} items`, type: 'too_short' }
    case 'maxItems':
      return { msg: `List should have at most ${limit} items`, type: 'too_long' }
    case 'format':
      return {
        msg: `Input should be a valid ${params['format'] === 'uri' ? 'URL' : params['format']}`,
        type: 'url_parsing',
      }
    default:
      return { msg: text ?? 'Input is not valid', type: 'value_error' }
  }
}
