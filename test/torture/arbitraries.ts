import fc from 'fast-check'

/** As much of a JSON schema as our descriptions use, without references. */
export interface Schema {
  type?: string | string[]
  const?: unknown
  enum?: unknown[]
  oneOf?: Schema[]
  allOf?: Schema[]
  properties?: Record<string, Schema>
  required?: string[]
  additionalProperties?: boolean | Schema
  items?: Schema
  minItems?: number
  maxItems?: number
  minLength?: number
  maxLength?: number
  minimum?: number
  maximum?: number
  exclusiveMinimum?: number
  pattern?: string
  format?: string
}

/** Strings that mean something somewhere, or look as if they did. */
const WORDS = [
  'alice',
  'bob',
  'default',
  'abc123',
  'a lighthouse',
  '[[abc123]] smiles',
  'order-1',
  '1s',
  '24h',
  '5.00',
  '*',
]
const URLS = [
  'https://example.com/photo.jpg',
  'http://127.0.0.1:1/',
  'http://127.0.0.1:9/callback',
  'http://user:secret@localhost:1/?token=hush',
  'https://nowhere.invalid/1.jpg',
  'http://[::1]:1/',
]
const MOMENTS = ['2026-06-23T12:00:00Z', '2030-01-01T00:00:00.123Z', '9999-12-31T23:59:59Z', '+275760-09-13T00:00:00Z']

export const text: fc.Arbitrary<string> = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom(...WORDS) },
  { weight: 1, arbitrary: fc.constantFrom(...URLS, ...MOMENTS) },
  { weight: 1, arbitrary: fc.string({ unit: 'binary' }) },
)

/** Mostly valid values of a schema; conditions between fields (`if`) are left to chance. */
export function valuesOf(schema: Schema): fc.Arbitrary<unknown> {
  if (schema.const !== undefined) return fc.constant(schema.const)
  if (schema.enum) return fc.constantFrom(...schema.enum)
  if (schema.oneOf) return fc.oneof(...schema.oneOf.map(valuesOf))
  if (schema.allOf) return valuesOf(merge(schema))
  const types = [schema.type ?? 'object'].flat()
  return types.length === 1 ? typed(types[0] as string, schema) : fc.oneof(...types.map((type) => typed(type, schema)))
}

function typed(type: string, schema: Schema): fc.Arbitrary<unknown> {
  const { minimum, maximum, exclusiveMinimum, minItems = 0, maxItems = minItems + 4 } = schema
  switch (type) {
    case 'null':
      return fc.constant(null)
    case 'boolean':
      return fc.boolean()
    case 'integer':
      return fc.integer({ min: minimum ?? -10, max: maximum ?? (minimum ?? 0) + 1_000_000 })
    case 'number':
      return fc.double({ min: minimum ?? exclusiveMinimum ?? -10, max: maximum ?? 1e6, noNaN: true })
    case 'string':
      return stringOf(schema)
    case 'array':
      return fc.array(valuesOf(schema.items ?? { type: 'string' }), { minLength: minItems, maxLength: maxItems })
    default:
      return objectOf(schema)
  }
}

function stringOf({ pattern, format, minLength = 0, maxLength = 40 }: Schema): fc.Arbitrary<string> {
  if (pattern !== undefined) return fc.oneof(fc.stringMatching(new RegExp(pattern)), fc.constantFrom(...WORDS))
  if (format === 'uri') return fc.constantFrom(...URLS)
  if (minLength > 0 || maxLength !== 40) return fc.oneof(fc.constantFrom(...WORDS), fc.string({ minLength, maxLength }))
  return text
}

function objectOf({ properties = {}, required = [], additionalProperties }: Schema): fc.Arbitrary<unknown> {
  const named = fc.record(Object.fromEntries(Object.entries(properties).map(([name, of]) => [name, valuesOf(of)])), {
    requiredKeys: required.filter((name) => name in properties),
  } as object)
  if (!additionalProperties) return named
  const more = fc.dictionary(text, additionalProperties === true ? fc.jsonValue() : valuesOf(additionalProperties))
  return fc.tuple(named, more).map(([value, others]) => ({ ...others, ...(value as object) }))
}

/** One object schema out of the parts of an `allOf`. */
function merge({ allOf = [], ...whole }: Schema): Schema {
  const parts = [whole, ...allOf.map((part) => (part.allOf ? merge(part) : part))]
  return {
    ...Object.assign({}, ...parts),
    properties: Object.assign({}, ...parts.map(({ properties }) => properties)),
    required: parts.flatMap(({ required = [] }) => required),
  }
}

const nested = (levels: number): unknown => JSON.parse('['.repeat(levels) + ']'.repeat(levels))

/** Values that nobody expects. */
export const odd: fc.Arbitrary<unknown> = fc.oneof(
  {
    weight: 9,
    arbitrary: fc.constantFrom(null, true, -1, 0, 0.1, 1e308, 2 ** 53, '', '\0\u001b[2J', '\ud800', [], {}),
  },
  { weight: 4, arbitrary: fc.constantFrom('__proto__', 'constructor', 'toString', '../../etc/passwd', '%zz', '//[') },
  { weight: 3, arbitrary: fc.constantFrom(...URLS, ...MOMENTS, '1e9d', '99999999999999d', '30d') },
  { weight: 2, arbitrary: fc.constantFrom(JSON.parse('{"__proto__": {"x": 1}}'), { constructor: 1 }, nested(500)) },
  { weight: 3, arbitrary: fc.jsonValue() },
  { weight: 2, arbitrary: fc.constantFrom(1_000, 100_000).map((length) => '[[abc123]]'.repeat(length / 10)) },
  { weight: 1, arbitrary: fc.constantFrom(1_000, 200_000).map((length) => Array.from({ length }, (_, i) => `p${i}`)) },
)

/** The value with one place of it left out, doubled, renamed or put into another's. */
export function damaged(value: unknown, { place, how, by }: Damage): unknown {
  const copy = structuredClone({ root: value }) as Record<string, unknown>
  let [holder, key] = [copy, 'root']
  // Level by level, so that the few fields of the whole are as likely as the many of its parts.
  for (let rest = place, inner = holder[key]; typeof inner === 'object' && inner !== null; inner = holder[key]) {
    const keys = Object.keys(inner)
    rest *= keys.length + (holder === copy ? 0 : 0.5)
    const next = keys[Math.floor(rest)]
    if (next === undefined) break
    rest %= 1
    holder = inner as Record<string, unknown>
    key = next
  }
  if (how === 'replace') holder[key] = by
  else if (how === 'wrap') holder[key] = [holder[key]]
  else if (how === 'leave out') Array.isArray(holder) ? holder.splice(Number(key), 1) : delete holder[key]
  else if (Array.isArray(holder)) holder.push(holder[Number(key)])
  else Object.defineProperty(holder, `${key}_`, { value: by, enumerable: true, configurable: true, writable: true })
  return copy['root']
}

export interface Damage {
  /** From 0 to 1; each level takes a part of it. */
  place: number
  how: 'replace' | 'leave out' | 'wrap' | 'add'
  by: unknown
}

export const damage: fc.Arbitrary<Damage> = fc.record({
  // Not fc.double, which prefers numbers close to 0.
  place: fc.noBias(fc.nat({ max: 2 ** 31 - 1 })).map((part) => part / 2 ** 31),
  how: fc.constantFrom('replace', 'replace', 'replace', 'leave out', 'wrap', 'add'),
  by: odd,
})
