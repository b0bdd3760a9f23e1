import type { FieldError } from '../refusal.ts'

interface Detail {
  readonly type: string
  readonly msg: string
  readonly ctx?: Record<string, unknown>
}

const SITE = 'https://errors.pydantic.dev/2.11/v'
const TEXTS = ['prompt', 'image', 'input_image', 'reference_image', 'client_request_id', 'callback_url', 'tag']
const LISTS = ['images', 'profile_ids', 'image_urls']

/** One entry of `detail` as pydantic v2 writes it for this field and its value. */
export function pydantic({ loc, msg, type }: FieldError, body: unknown): Record<string, unknown> {
  const name = loc[1]
  if (type === 'json_invalid') {
    const error = 'Expecting value'
    return { type: 'json_invalid', loc: ['body', 0], msg: 'JSON decode error', input: {}, ctx: { error } }
  }
  if (name === undefined) return entry(loc, attributes, body)
  const fields = body as Record<string, unknown>
  if (type === 'missing') return entry(loc, { type: 'missing', msg: 'Field required' }, body)
  // What depends on two fields is checked by a validator of the whole model.
  if (msg.includes('async: true')) return entry(['body'], valueError(msg), body)
  return entry(loc, detailOf(String(name), fields?.[name], msg), fields?.[name])
}

const attributes: Detail = {
  type: 'model_attributes_type',
  msg: 'Input should be a valid dictionary or object to extract fields from',
}

const entry = (
  loc: readonly (string | number)[],
  { type, msg, ctx }: Detail,
  input: unknown,
): Record<string, unknown> => ({
  type,
  loc,
  msg,
  input,
  ...(ctx !== undefined && { ctx }),
  url: `${SITE}/${type}`,
})

const valueError = (why: string): Detail => ({ type: 'value_error', msg: `Value error, ${why}`, ctx: { error: {} } })

function detailOf(name: string, value: unknown, msg: string): Detail {
  const choices = /^must be one of (.*)$/.exec(msg)?.[1]?.split(', ')
  if (choices !== undefined) return literal(choices)
  if (name === 'async') return booleanDetail(value)
  if (name === 'num_output_images') return countDetail(value)
  if (LISTS.includes(name)) return listDetail(value)
  if (TEXTS.includes(name)) return textDetail(name, value)
  return valueError(msg)
}

function literal(choices: readonly string[]): Detail {
  const quoted = choices.map((choice) => `'${choice}'`)
  const expected = `${quoted.slice(0, -1).join(', ')} or ${quoted.at(-1)}`
  return { type: 'literal_error', msg: `Input should be ${expected}`, ctx: { expected } }
}

function booleanDetail(value: unknown): Detail {
  const isParsed = typeof value === 'string' || typeof value === 'number'
  return isParsed
    ? { type: 'bool_parsing', msg: 'Input should be a valid boolean, unable to interpret input' }
    : { type: 'bool_type', msg: 'Input should be a valid boolean' }
}

function countDetail(value: unknown): Detail {
  if (typeof value === 'string') {
    const msg = 'Input should be a valid integer, unable to parse string as an integer'
    return { type: 'int_parsing', msg }
  }
  if (typeof value !== 'number') return { type: 'int_type', msg: 'Input should be a valid integer' }
  if (!Number.isInteger(value)) {
    return { type: 'int_from_float', msg: 'Input should be a valid integer, got a number with a fractional part' }
  }
  return value > 4
    ? { type: 'less_than_equal', msg: 'Input should be less than or equal to 4', ctx: { le: 4 } }
    : { type: 'greater_than_equal', msg: 'Input should be greater than or equal to 1', ctx: { ge: 1 } }
}

function listDetail(value: unknown): Detail {
  if (!Array.isArray(value)) return { type: 'list_type', msg: 'Input should be a valid list' }
  if (value.some((item) => typeof item !== 'string')) return string
  const msg = `List should have at most 10 items after validation, not ${value.length}`
  return { type: 'too_long', msg, ctx: { field_type: 'List', max_length: 10, actual_length: value.length } }
}

const string: Detail = { type: 'string_type', msg: 'Input should be a valid string' }

function textDetail(name: string, value: unknown): Detail {
  if (typeof value !== 'string') return string
  if (name === 'callback_url' && URL.canParse(value)) {
    return { type: 'url_scheme', msg: "URL scheme should be 'https'", ctx: { expected_schemes: "'https'" } }
  }
  if (name === 'callback_url') {
    const error = 'relative URL without a base'
    return { type: 'url_parsing', msg: `Input should be a valid URL, ${error}`, ctx: { error } }
  }
  return value === ''
    ? { type: 'string_too_short', msg: 'String should have at least 1 character', ctx: { min_length: 1 } }
    : { type: 'string_too_long', msg: 'String should have at most 255 characters', ctx: { max_length: 255 } }
}
