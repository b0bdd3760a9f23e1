import type { Answer } from '../answer.ts'
import type { Layer, View } from '../behaviour.ts'
import { pydantic } from '../dialects/pydantic.ts'
import { type Call, parse } from '../edge/call.ts'
import { layered, onError, viewOf, withView } from '../edge/layers.ts'
import type { FieldError } from '../refusal.ts'
import type { Variant } from '../variant.ts'

type Fields = readonly FieldError[]

/** Writes 422s anew from the fields that are wrong. */
export const on422 = (change: (fields: Fields, call: Call, answer: Answer, body: View) => unknown): Layer =>
  onError((answer, call) => {
    const body = answer.status === 422 ? viewOf(answer) : null
    const fields = body?.['detail']
    return body !== null && Array.isArray(fields) ? withView(answer, change(fields, call, answer, body)) : answer
  })

/** 422s as FastAPI with pydantic v2 writes them. */
export const pydantic422: Layer = on422((fields, call) => {
  const sent = parse(call.body.toString())
  return { detail: fields.map((field) => pydantic(field, sent)) }
})

const WRONG = { num_output_images: 9, output_format: 'gif', response_mode: 'paper' }

interface Form {
  readonly id: string
  readonly description: string
  readonly write: (fields: Fields, body: View) => unknown
  // biome-ignore lint/suspicious/noExplicitAny: whatever JSON came back
  readonly shows: (body: any) => boolean
}

const form = ({ id, description, write, shows }: Form): Variant => ({
  id,
  open: 'errors',
  description,
  build: layered(on422((fields, _call, _answer, body) => write(fields, body))),
  shows: async (probe) => {
    const { status, body } = await probe.post('generate', WRONG)
    return status === 422 && shows(body)
  },
})

const nameOf = ({ loc }: FieldError): string => loc.slice(1).join('.') || 'body'

/** What the inside of a 422 looks like. */
export const validationBodies: readonly Variant[] = [
  {
    id: '422-pydantic',
    open: 'errors',
    description: 'a 422 is as pydantic v2 has it: with `input`, `ctx` and `url`, without `request_id`',
    build: layered(pydantic422),
    shows: async (probe) => {
      const { body } = await probe.post('generate', WRONG)
      return body.detail[0].input === 9 && body.detail[0].ctx.le === 4 && !('request_id' in body)
    },
  },
  form({
    id: '422-one-field',
    description: 'a 422 names the first field only',
    write: (fields, body) => ({ ...body, detail: fields.slice(0, 1) }),
    shows: (body) => body.detail.length === 1,
  }),
  form({
    id: '422-text',
    description: 'a 422 has one text for all',
    write: (fields, body) => ({ ...body, detail: fields.map((field) => `${nameOf(field)} ${field.msg}`).join('; ') }),
    shows: (body) => typeof body.detail === 'string',
  }),
  form({
    id: '422-no-field',
    description: 'a 422 names no field',
    write: () => ({ detail: 'Unprocessable Content' }),
    shows: (body) => body.detail === 'Unprocessable Content',
  }),
  form({
    id: '422-field-map',
    description: 'a 422 maps field names to texts',
    write: (fields) => ({ errors: Object.fromEntries(fields.map((field) => [nameOf(field), [field.msg]])) }),
    shows: (body) => Array.isArray(body.errors.num_output_images),
  }),
  form({
    id: '422-pointers',
    description: 'a 422 names fields by JSON pointers',
    write: (fields) => ({
      errors: fields.map(({ loc, msg }) => ({ source: { pointer: `/${loc.slice(1).join('/')}` }, title: msg })),
    }),
    shows: (body) => body.errors[0].source.pointer === '/num_output_images',
  }),
  form({
    id: '422-dotted',
    description: 'a 422 names fields by dotted paths in `loc`',
    write: (fields, body) => ({ ...body, detail: fields.map((field) => ({ ...field, loc: nameOf(field) })) }),
    shows: (body) => body.detail[0].loc === 'num_output_images',
  }),
  form({
    id: '422-coded',
    description: 'a 422 is like every other error: `code`, `detail`, `request_id`',
    write: (fields, body) => ({
      code: 'VALIDATION_ERROR',
      detail: fields.map(nameOf).join(', '),
      request_id: body['request_id'],
    }),
    shows: (body) => body.code === 'VALIDATION_ERROR',
  }),
]
