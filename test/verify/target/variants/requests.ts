import { errorBody, json } from '../answer.ts'
import type { Behaviour, Layer, View } from '../behaviour.ts'
import { type Call, fieldsOf, imageOperation, isApi, isPoll, parse, withPath } from '../edge/call.ts'
import { layered, onFields, onHandle, viewOf, withView } from '../edge/layers.ts'
import { Flaw } from '../flaw.ts'
import { type Operation, readImageRequest } from '../image-request.ts'
import { hexId } from '../job.ts'
import { invalid, Refusal } from '../refusal.ts'
import type { Variant } from '../variant.ts'

const open = 'errors'
const COMMON = 'prompt num_output_images output_format response_mode async callback_url client_request_id'
const CHOSEN = 'aspect_ratio resolution base_model quality'
const KNOWN: Readonly<Record<string, string>> = {
  edit: `${COMMON} ${CHOSEN} images profile_ids`,
  generate: `${COMMON} ${CHOSEN} profile_ids`,
  enhance: `${COMMON} image profile_ids`,
  remix: `${COMMON} input_image reference_image profile_ids`,
}

const unknownIn = (fields: View, operation: string): string[] => {
  const known = KNOWN[operation]?.split(' ') ?? []
  return Object.keys(fields).filter((name) => !known.includes(name))
}

const isKeyed = (call: Call): boolean => Boolean(call.headers['x-api-key'])

/** What the key is worth, before anything else is looked at. */
const keyFirst =
  (isFor: (call: Call) => boolean): Layer =>
  async (call, next) => {
    if (!isFor(call) || !isApi(call)) return next(call)
    const known = await next({ ...withPath(call, '/v1/phota/webhook-secret'), method: 'GET' })
    return known.status === 200 ? next(call) : known
  }

/** Judges the body of an image request even without a key. */
const bodyFirst: Layer = (call, next) => {
  const operation = imageOperation(call)
  if (operation === null || isKeyed(call)) return next(call)
  try {
    const body = parse(call.body.toString())
    readImageRequest({ operation: operation as Operation, body, flaw: new Flaw(null), account: { nth: 1 } })
  } catch (cause) {
    if (cause instanceof Refusal && cause.status === 422) return json(422, errorBody(cause, hexId()))
  }
  return next(call)
}

/** `"true"`, `"yes"`, `1` and their likes, as pydantic takes them. */
export const laxBooleans: Layer = onFields((fields) => {
  const text = String(fields['async']).toLowerCase()
  if (/^(true|yes|on|y|t|1)$/.test(text)) return { ...fields, async: true }
  return /^(false|no|off|n|f|0)$/.test(text) ? { ...fields, async: false } : fields
})

const refuseUnknown: Layer = async (call, next, inside) => {
  const operation = imageOperation(call)
  const unknown = operation === null ? [] : unknownIn(fieldsOf(call) ?? {}, operation)
  const errors = unknown.map((name) => ({ loc: ['body', name], msg: 'is not known', type: 'extra_forbidden' }))
  const refuse: Layer = (asked, then) =>
    imageOperation(asked) === null ? then(asked) : json(422, errorBody(invalid(errors), hexId()))
  if (errors.length === 0) return next(call)
  return keyFirst(() => true)(call, async (asked) => refuse(asked, next, inside), inside)
}

/** Keeps what it does not know, and shows it in the handle and the job. */
function echo(): Behaviour {
  const kept = new Map<unknown, View>()
  return {
    layer: onHandle((handle, answer, call) => {
      const fields = fieldsOf(call) ?? {}
      const unknown = unknownIn(fields, imageOperation(call) ?? '').map((name) => [name, fields[name]])
      const id = handle['job_id']
      if (!kept.has(id)) kept.set(id, Object.fromEntries(unknown))
      return withView(answer, { ...kept.get(id), ...handle })
    }),
    job: (view, job) => ({ ...kept.get(job.id), ...view }),
  }
}

const badCallback400: Layer = async (call, next) => {
  const answer = await next(call)
  const detail = answer.status === 422 && fieldsOf(call)?.['async'] === true ? viewOf(answer)?.['detail'] : null
  const isBad = Array.isArray(detail) && detail.length > 0 && detail.every(({ loc }) => loc[1] === 'callback_url')
  return isBad ? { ...answer, status: 400 } : answer
}

const ASYNC = { async: true, response_mode: 'urls' }

/** How requests are judged, and in which order. */
export const requests: readonly Variant[] = [
  {
    id: 'body-before-key',
    open,
    description: 'a wrong body is 422 even without a key',
    build: layered(bodyFirst),
    shows: async (probe) => {
      const { status } = await probe.post('generate', { async: true }, null)
      return status === 422 && (await probe.post('generate', {}, null)).status === 403
    },
  },
  {
    id: 'key-before-path',
    open,
    description: 'an unknown path is 403 without a key',
    build: layered(keyFirst((call) => !isPoll(call))),
    shows: async (probe) => (await probe.send('/v1/phota/nothing', { key: null })).status === 403,
  },
  {
    id: 'key-before-method',
    open,
    description: 'a wrong method is 401 with an unknown key',
    build: layered(
      keyFirst(({ method, url }) => method === 'GET' && /(edit|generate|enhance|remix)$/.test(url.pathname)),
    ),
    shows: async (probe) => (await probe.send('/v1/phota/edit', { key: 'nobody' })).status === 401,
  },
  {
    id: 'callback-url-400',
    open,
    description: 'a bad `callback_url` is 400',
    build: layered(badCallback400),
    shows: async (probe) => {
      const bad = await probe.post('generate', { ...ASYNC, callback_url: 'http://example.com/' })
      return (
        bad.status === 400 && (await probe.post('generate', { callback_url: 'https://example.com/' })).status === 422
      )
    },
  },
  {
    id: 'lax-booleans',
    open,
    description: '`async` may be `"true"`, `"yes"` or 1',
    build: layered(laxBooleans),
    shows: async (probe) => (await probe.submit({ async: 'true' })).status === 202,
  },
  {
    id: 'unknown-fields-refused',
    open,
    description: 'an unknown field of a request is 422',
    build: layered(refuseUnknown),
    shows: async (probe) => {
      const fields = { ...ASYNC, pro_mode: true }
      return (await probe.submit(fields)).status === 422 && (await probe.post('edit', fields, 'nobody')).status === 401
    },
  },
  {
    id: 'unknown-fields-echoed',
    open,
    description: 'an unknown field of a request is shown in the handle and the job',
    build: echo,
    shows: async (probe) => {
      const handed = (await probe.submit({ metadata: { a: 1 } })).body
      return handed.metadata?.a === 1 && (await probe.poll(handed.poll_url)).body.metadata?.a === 1
    },
  },
]
