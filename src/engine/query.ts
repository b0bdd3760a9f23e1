import type { Field } from './fields.ts'
import { MisuseError, shown } from './misuse-error.ts'
import { nearest } from './nearest.ts'

/**
 * What selects records: a predicate, a plain condition, or anything with a `test` method, such as a `Query` of
 * @msw/data.
 */
export type Selector<Record> = ((record: Record) => unknown) | Condition<Record> | { test(record: Record): boolean }

/** Values, nested conditions or predicates by field; every one given must hold. */
export type Condition<Value> = {
  [Key in KeysOf<Value>]?: At<Value, Key> | ((value: At<Value, Key>) => unknown) | Nested<At<Value, Key>>
}

// Of a union, such as a job, a field may be asked for that only some of its members have, or have more than null in.
type KeysOf<Value> = Value extends object ? keyof Value : never
type At<Value, Key> = Value extends unknown ? (Key extends keyof Value ? Value[Key] : never) : never
type Nested<Value> = Value extends readonly unknown[] ? never : Value extends object ? Condition<Value> : never

/**
 * The fields that a record has: what each may hold, or its own fields where it is an object or null; `null` for
 * anything.
 */
export type Shape = { readonly [field: string]: Field | Shape | null }

/**
 * Refuses a plain condition on a field that there is not, or for a value that no record has there: it would match
 * nothing, in silence.
 *
 * @param at told before the name, e.g. `'jobs: '`
 * @throws {MisuseError} naming the field, and the nearest one that there is, or what it may hold
 */
export function checkSelector(selector: unknown, shape: Shape, at: string): void {
  if (selector === null || typeof selector !== 'object') return
  if ('test' in selector && typeof selector.test === 'function') return
  for (const [field, part] of Object.entries(selector)) {
    if (!Object.hasOwn(shape, field)) {
      const fields = Object.keys(shape)
      const meant = nearest(field, fields)
      throw new MisuseError(
        `${at}${field} is no field${meant === null ? '.' : `; did you mean ${meant}?`} There are ${fields.join(', ')}`,
      )
    }
    const inner = shape[field]
    if (!inner || typeof part === 'function') continue
    if (!isField(inner)) checkSelector(part, inner, `${at}${field}.`)
    else if (!inner.accepts(part))
      throw new MisuseError(`${at}${field} expects ${inner.expects}, or a predicate, received ${shown(part)}`)
  }
}

function isField(part: Field | Shape): part is Field {
  return typeof part['accepts'] === 'function'
}

/** The selector as one predicate; without one, everything matches. */
export function toPredicate<Record>(selector: Selector<Record> | undefined): (record: Record) => boolean {
  if (selector === undefined) return () => true
  if (typeof selector === 'function') return (record) => Boolean(selector(record))
  if ('test' in selector && typeof selector.test === 'function') {
    const query = selector as { test(record: Record): boolean }
    return (record) => query.test(record)
  }
  return (record) => holds(selector, record)
}

function holds(condition: unknown, value: unknown): boolean {
  if (typeof condition === 'function') return Boolean(condition(value))
  if (condition === null || typeof condition !== 'object') return Object.is(condition, value)
  if (value === null || typeof value !== 'object') return false
  return Object.entries(condition).every(([key, part]) => holds(part, (value as Record<string, unknown>)[key]))
}
