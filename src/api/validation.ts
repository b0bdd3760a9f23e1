import type { ValidationErrorItem, ValidationIssue } from '../spec/index.ts'

/** More than a client with honest mistakes has; each costs us time and memory. */
const MOST_ITEMS = 1000

/** Ajv's findings in the shape of the API's 422, each field once: submit.validation-body. */
export function toItems(issues: readonly ValidationIssue[], where: 'body' | 'path' | 'query'): ValidationErrorItem[] {
  const items = issues
    .filter((issue) => issue.keyword !== 'if')
    .slice(0, MOST_ITEMS)
    .map((issue) => toItem(issue, where))
  const seen = new Set<string>()
  return items.filter((item) => {
    const key = JSON.stringify(item.loc)
    return !seen.has(key) && seen.add(key)
  })
}

function toItem(issue: ValidationIssue, where: string): ValidationErrorItem {
  const loc: (string | number)[] = [where, ...issue.instancePath.split('/').slice(1).map(toSegment)]
  if (issue.keyword === 'required') loc.push(String(issue.params['missingProperty']))
  return { loc, ...(crossFieldMessage(issue, String(loc[1])) ?? message(issue)) }
}

function toSegment(segment: string): string | number {
  return /^\d+$/.test(segment) ? Number(segment) : segment.replaceAll('~1', '/').replaceAll('~0', '~')
}

function crossFieldMessage(issue: ValidationIssue, field: string): { msg: string; type: string } | null {
  if (field === 'response_mode' && issue.schemaPath.includes('/then/'))
    return { msg: "async: true requires response_mode: 'urls'", type: 'value_error' }
  if (field === 'callback_url' && issue.schemaPath.includes('/else/'))
    return { msg: 'callback_url is only valid together with async: true', type: 'value_error' }
  return null
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
