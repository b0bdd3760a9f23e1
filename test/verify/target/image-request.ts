import { mayBeCalled } from './callback-url.ts'
import type { Flaw } from './flaw.ts'
import type { Spot } from './place.ts'
import { type FieldError, invalid, Refusal } from './refusal.ts'

export type Operation = 'edit' | 'generate' | 'enhance' | 'remix'
export type Format = 'jpg' | 'png'

/** What an image endpoint was asked for, with defaults filled in. */
export interface ImageRequest {
  readonly operation: Operation
  readonly prompt: string
  readonly inputs: readonly string[]
  readonly profileIds: readonly string[]
  readonly outputs: number
  readonly format: Format
  readonly mode: 'bytes' | 'urls'
  readonly isAsync: boolean
  readonly callbackUrl: string | null
  readonly clientRequestId: string | null
  readonly resolution: '1K' | '2K' | '4K'
  readonly model: string
  readonly quality: 'auto' | 'low' | 'medium' | 'high'
}

type Fields = Record<string, unknown>
const ASPECTS = ['auto', '1:1', '3:4', '4:3', '9:16', '16:9']
const MODELS = ['nb2', 'gpt-image-2', 'qwen-image-2', 'flux-2', 'reve']
const INPUTS = { edit: [], generate: [], enhance: ['image'], remix: ['input_image', 'reference_image'] }

interface Asked {
  readonly operation: Operation
  readonly body: unknown
  readonly flaw: Flaw
  readonly account: { readonly nth: number }
}

/** @throws {Refusal} 422 for a field, 400 for a contradiction */
export function readImageRequest({ operation, body, flaw, account }: Asked): ImageRequest {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) {
    throw invalid([{ loc: ['body'], msg: 'must be an object', type: 'type_error' }])
  }
  const fields = body as Fields
  const spot = { operation, account }
  const largest = flaw.has('five-outputs-accepted', spot) ? 5 : 4
  const errors = [...fieldErrors(operation, fields, largest), ...modeErrors(fields, flaw, spot)]
  if (errors.length > 0) throw invalid(errors)
  const request = normalise(operation, fields, flaw.has('async-false-is-async', spot))
  contradict(request)
  if (flaw.has('format-ignored', spot)) return { ...request, format: 'jpg' }
  if (flaw.has('output-count-ignored', spot)) return { ...request, outputs: 1 }
  return request
}

function fieldErrors(operation: Operation, fields: Fields, largest: number): FieldError[] {
  const errors: FieldError[] = []
  const check = (name: string, holds: (value: unknown) => boolean, msg: string, required = false): void => {
    const value = Object.hasOwn(fields, name) ? fields[name] : undefined
    if (value === undefined ? !required : holds(value)) return
    const type = value === undefined ? 'missing' : 'value_error'
    errors.push({ loc: ['body', name], msg: value === undefined ? 'is required' : msg, type })
  }
  const text = (value: unknown): boolean => typeof value === 'string'
  const texts = (value: unknown): boolean => Array.isArray(value) && value.every(text)
  const oneOf = (name: string, choices: string[]): void =>
    check(name, (value) => choices.includes(value as string), `must be one of ${choices.join(', ')}`)

  check('prompt', text, 'must be text')
  const count = (value: unknown): boolean =>
    Number.isInteger(value) && (value as number) >= 1 && (value as number) <= largest
  check('num_output_images', count, 'must be a whole number from 1 to 4')
  oneOf('output_format', ['png', 'jpg'])
  oneOf('response_mode', ['bytes', 'urls'])
  check('async', (value) => typeof value === 'boolean', 'must be true or false')
  check('callback_url', (value) => value === null || text(value), 'must be a URL')
  const id = (value: unknown): boolean =>
    value === null || (typeof value === 'string' && value.length >= 1 && value.length <= 255)
  check('client_request_id', id, 'must be 1 to 255 characters')
  for (const name of INPUTS[operation]) check(name, text, 'must be a URL or base64', true)
  if (operation !== 'generate') check('profile_ids', texts, 'must be a list of profile ids')
  if (operation === 'edit') {
    check('images', (value) => texts(value) && (value as string[]).length <= 10, 'must be at most 10 URLs or base64')
  }
  if (operation === 'edit' || operation === 'generate') {
    oneOf('aspect_ratio', ASPECTS)
    oneOf('resolution', ['1K', '2K', '4K'])
    oneOf('base_model', MODELS)
    oneOf('quality', ['auto', 'low', 'medium', 'high'])
  }
  return errors
}

/** How `async`, `response_mode` and `callback_url` depend on each other. */
function modeErrors(fields: Fields, flaw: Flaw, spot: Spot): FieldError[] {
  const errors: FieldError[] = []
  const refuse = (name: string, msg: string, as400: boolean): void => {
    if (as400) throw new Refusal(400, 'BAD_REQUEST', `${name}: ${msg}`)
    errors.push({ loc: ['body', name], msg, type: 'value_error' })
  }
  const mode = fields['response_mode']
  if (fields['async'] === true && mode !== 'urls') {
    const isAbsent = mode === undefined
    const forgiven = flaw.has(isAbsent ? 'mode-defaults-to-urls' : 'bytes-accepted', spot)
    const as400 = flaw.has(isAbsent ? 'mode-absent-400' : 'bytes-refused-400', spot)
    if (!forgiven) refuse('response_mode', "async: true requires response_mode: 'urls'", as400)
  }
  const url = fields['callback_url']
  if (typeof url !== 'string') return errors
  if (fields['async'] !== true) {
    const forgiven =
      flaw.has('callback-without-async', spot) ||
      (fields['async'] === false && flaw.has('callback-with-async-false', spot))
    if (!forgiven) refuse('callback_url', 'requires async: true', flaw.has('callback-without-async-400', spot))
  } else if (!mayBeCalled(url, flaw, spot)) {
    refuse('callback_url', 'must be an HTTPS URL', false)
  }
  return errors
}

function normalise(operation: Operation, fields: Fields, isFalseAsync: boolean): ImageRequest {
  const chosen = operation === 'edit' || operation === 'generate'
  const text = (name: string, otherwise: string): string =>
    Object.hasOwn(fields, name) ? (fields[name] as string) : otherwise
  const isAsync = isFalseAsync ? fields['async'] !== undefined : fields['async'] === true
  return {
    operation,
    prompt: text('prompt', ''),
    inputs: operation === 'edit' ? ((fields['images'] as string[]) ?? []) : INPUTS[operation].map((n) => text(n, '')),
    profileIds: operation === 'generate' ? [] : ((fields['profile_ids'] as string[] | undefined) ?? []),
    outputs: (fields['num_output_images'] as number | undefined) ?? 1,
    format: text('output_format', 'jpg') as Format,
    mode: isAsync ? 'urls' : (text('response_mode', 'bytes') as 'bytes' | 'urls'),
    isAsync,
    callbackUrl: isAsync ? ((fields['callback_url'] as string | null | undefined) ?? null) : null,
    clientRequestId: (fields['client_request_id'] as string | null | undefined) ?? null,
    resolution: (chosen ? text('resolution', '1K') : '2K') as ImageRequest['resolution'],
    model: chosen ? text('base_model', 'nb2') : 'nb2',
    quality: (chosen ? text('quality', 'auto') : 'auto') as ImageRequest['quality'],
  }
}

function contradict(request: ImageRequest): void {
  const largest = request.model === 'reve' ? '1K' : /^(qwen|flux)/.test(request.model) ? '2K' : '4K'
  const refuse = (detail: string): never => {
    throw new Refusal(400, 'BAD_REQUEST', detail)
  }
  if (request.operation === 'edit' && request.inputs.length === 0) refuse('edit needs at least one image.')
  if (request.resolution > largest) refuse(`base_model '${request.model}' does not make ${request.resolution}.`)
  if (request.quality !== 'auto' && request.model !== 'gpt-image-2') refuse('quality is only for gpt-image-2.')
}

/** A URL under `.invalid`, or base64 that is no image. */
export function isUnreachable(input: string): boolean {
  if (/^https?:/i.test(input)) return !URL.canParse(input) || new URL(input).hostname.endsWith('.invalid')
  const bytes = Buffer.from(input, 'base64')
  const text = bytes.toString('latin1', 0, 12)
  return !(
    text.startsWith('\xff\xd8\xff') ||
    text.startsWith('\x89PNG') ||
    (text.startsWith('RIFF') && text.endsWith('WEBP')) ||
    text.slice(4, 8) === 'ftyp'
  )
}
