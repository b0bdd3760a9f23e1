import { beginningOf } from '../engine/excerpt.ts'
import { shown } from '../engine/misuse-error.ts'
import { suggestion } from '../engine/nearest.ts'
import type { ValidationIssue } from '../spec/index.ts'

/** A snapshot may have thousands. */
const MOST_SENTENCES = 5

const LONGEST_NAME = 100

/**
 * What is wrong with a value and what would be right, in the words of `MisuseError`: each field once, the first few of
 * many.
 *
 * @param value what was validated
 * @param name what the value is called where it is at fault as a whole
 * @param prefix what stands before the name of a field
 */
export function sentences(issues: readonly ValidationIssue[], value: unknown, name = 'the body', prefix = ''): string {
  // A misspelt field is missing too; what is there says more than what is not.
  const inOrder = issues.toSorted((a, b) => rank(a) - rank(b))
  const told = new Set(inOrder.map((issue) => sentence(issue, value, name, prefix)))
  const first = [...told].slice(0, MOST_SENTENCES)
  if (told.size > first.length) first.push(`and ${told.size - first.length} more`)
  return first.join('; ')
}

function rank({ keyword }: ValidationIssue): number {
  return keyword === 'additionalProperties' ? 0 : keyword === 'required' ? 2 : 1
}

function sentence(
  { keyword, instancePath, params, parentSchema = {} }: ValidationIssue,
  value: unknown,
  name: string,
  prefix: string,
): string {
  const segments = instancePath.split('/').slice(1).map(unescaped)
  const { properties = {}, 'x-expects': expected = 'another value' } = parentSchema
  const inside = (field: string): string => prefix + pathOf([...segments, field])
  if (keyword === 'additionalProperties') {
    const unknown = String(params['additionalProperty'])
    const names = Object.keys(properties)
    return `${inside(excerptOf(unknown))} is no field; expects ${names.join(', ')}.${suggestion(unknown, names)}`
  }
  if (keyword === 'required') {
    const missing = String(params['missingProperty'])
    return `${inside(missing)} is missing; expects ${properties[missing]?.['x-expects'] ?? 'a value'}`
  }
  const received = shown(valueAt(value, segments))
  return `${segments.length > 0 ? prefix + pathOf(segments) : name} expects ${expected}, received ${received}`
}

function pathOf(segments: readonly string[]): string {
  return segments
    .map((segment, at) => (/^\d+$/.test(segment) ? `[${segment}]` : `${at === 0 ? '' : '.'}${excerptOf(segment)}`))
    .join('')
}

function excerptOf(name: string): string {
  return name.length <= LONGEST_NAME ? name : `${beginningOf(name, LONGEST_NAME)}…`
}

function valueAt(value: unknown, segments: readonly string[]): unknown {
  return segments.reduce((part, segment) => (part as Record<string, unknown> | undefined)?.[segment], value)
}

function unescaped(segment: string): string {
  return segment.replaceAll('~1', '/').replaceAll('~0', '~')
}
