type Schema = Readonly<Record<string, unknown>>
type Schemas = Readonly<Record<string, object>>

/** What a value that breaks a schema is told, as `x-expects` in each schema inside: completes "expects …". */
export function withExpectations<Part>(part: Part, schemas: Schemas): Part {
  return annotate(part, schemas) as Part
}

function annotate(part: unknown, schemas: Schemas, whole?: string): unknown {
  if (Array.isArray(part)) return part.map((each) => annotate(each, schemas, whole))
  if (typeof part !== 'object' || part === null) return part
  const schema = part as Schema
  const said = isSchema(schema) ? (whole ?? expectation(schema, schemas)) : undefined
  return {
    ...Object.fromEntries(
      Object.entries(schema).map(([key, value]) => [
        key,
        // A value that fits no branch is told of all of them.
        LITERAL.has(key) ? value : annotate(value, schemas, BRANCHES.has(key) ? said : undefined),
      ]),
    ),
    ...(said !== undefined && { 'x-expects': said }),
  }
}

const BRANCHES = new Set(['oneOf', 'anyOf', 'allOf'])
const LITERAL = new Set(['enum', 'const', 'required', 'default', 'example', 'examples'])

/** A map of properties is none, although one of them may be called `type`. */
function isSchema({ type, $ref, oneOf, anyOf, allOf }: Schema): boolean {
  return typeof type === 'string' || typeof $ref === 'string' || [type, oneOf, anyOf, allOf].some(Array.isArray)
}

/**
 * A schema in words: `a whole number from 1 to 4`.
 *
 * @throws {Error} for a pattern that nobody put into words as `x-expects`, and for a keyword that has no words here
 */
export function expectation(schema: Schema, schemas: Schemas): string {
  const { 'x-expects': said, $ref, allOf, oneOf, anyOf } = schema
  if (typeof said === 'string') return said
  if (typeof $ref === 'string') return expectation(schemas[$ref.split('/').at(-1) as string] as Schema, schemas)
  const branches = (oneOf ?? anyOf ?? allOf) as readonly Schema[] | undefined
  if (branches) return branches.map((branch) => expectation(branch, schemas)).join(', or ')
  const unknown = Object.keys(schema).filter((keyword) => !WORDS.has(keyword))
  if (unknown.length > 0) throw new Error(`No words for ${unknown.join(', ')} in ${JSON.stringify(schema)}`)
  if (schema['pattern'] !== undefined)
    throw new Error(`x-expects is missing: nobody can read the pattern ${schema['pattern']}`)
  if (schema['const'] !== undefined) return quoted(schema['const'])
  const values = schema['enum'] as readonly unknown[] | undefined
  if (values) return orNull(schema, oneOfThese(values.filter((value) => value !== null).map(quoted)))
  const types = [schema['type'] as string | string[]].flat().filter((type) => type !== 'null')
  return orNull(schema, types.map((type) => ofType(type, schema)).join(' or '))
}

const WORDS = new Set([
  ...['type', 'enum', 'const', 'pattern', 'minimum', 'maximum', 'exclusiveMinimum', 'multipleOf', 'minLength'],
  ...['maxLength', 'minItems', 'maxItems', 'minProperties', 'maxProperties', 'properties', 'additionalProperties'],
  ...[
    'required',
    'items',
    'description',
    'default',
    'example',
    'clipItems',
    'clipLength',
    'x-own',
    'x-source',
    'format',
  ],
])

function orNull({ type }: Schema, text: string): string {
  return Array.isArray(type) && type.includes('null') ? `${text}, or null` : text
}

function ofType(type: string, schema: Schema): string {
  switch (type) {
    case 'integer':
      return `a whole number${range(schema)}`
    case 'number':
      return `a number${range(schema)}`
    case 'boolean':
      return 'true or false'
    case 'string':
      return `a text${size(schema['minLength'], schema['maxLength'], 'character')}`
    case 'array':
      return `a list${size(schema['minItems'], schema['maxItems'], 'item')}`
    case 'object':
      return `an object${fields(schema)}`
    default:
      throw new Error(`No words for the type ${type}`)
  }
}

function range({ minimum, maximum, exclusiveMinimum, multipleOf }: Schema): string {
  const steps = multipleOf === undefined ? '' : `, a multiple of ${multipleOf},`
  if (exclusiveMinimum !== undefined)
    return `${steps} above ${exclusiveMinimum}${maximum === undefined ? '' : `, up to ${maximum}`}`
  if (minimum !== undefined && maximum !== undefined) return `${steps} from ${minimum} to ${maximum}`
  if (minimum !== undefined) return `${steps} from ${minimum} on`
  return maximum === undefined ? steps : `${steps} up to ${maximum}`
}

function size(least: unknown, most: unknown, what: string): string {
  if (least === 1 && most === undefined) return ' that is not empty'
  if (least !== undefined && most !== undefined) return ` of ${least} to ${most} ${what}s`
  if (least !== undefined) return ` of at least ${least} ${what}s`
  return most === undefined ? '' : ` of at most ${most} ${what}s`
}

function fields({ properties, required = [], minProperties, maxProperties }: Schema): string {
  const needed = required as readonly string[]
  if (needed.length > 0) return ` with ${needed.join(', ')}`
  const names = Object.keys((properties ?? {}) as object)
  if (minProperties !== undefined) return ` with at least ${minProperties} of ${names.join(', ')}`
  if (maxProperties !== undefined) return ` with at most ${maxProperties} fields`
  return names.length > 0 ? ` of ${names.join(', ')}` : ''
}

function oneOfThese(values: readonly string[]): string {
  return values.length === 1 ? (values[0] as string) : `one of ${values.join(', ')}`
}

function quoted(value: unknown): string {
  return typeof value === 'string' ? `'${value}'` : String(value)
}
