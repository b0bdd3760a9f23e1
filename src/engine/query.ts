/** What selects records: a predicate, a plain condition, or anything with a `test` method, such as a `Query` of @msw/data. */
export type Selector<Record> = ((record: Record) => unknown) | Condition<Record> | { test(record: Record): boolean }

/** Values, nested conditions or predicates by field; every one given must hold. */
export type Condition<Value> = {
  [Key in keyof Value]?: Value[Key] | ((value: Value[Key]) => unknown) | Condition<Value[Key]>
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
