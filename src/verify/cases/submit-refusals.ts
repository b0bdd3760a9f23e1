import type { OperationId } from '../../spec/index.ts'
import type { Case } from '../case.ts'
import { fieldOf, jsonOf } from '../http/exchange.ts'
import { IMAGE_OPERATIONS, imageBody } from '../requests.ts'
import { ACCOUNTS } from '../story-plan.ts'
import { show } from '../trial.ts'
import { NotTried } from '../verdict.ts'

interface Refusal {
  readonly what: string
  readonly body: Record<string, unknown>
}

/** Requests that are refused, on every operation. */
function refusal(id: string, statuses: readonly number[], requests: readonly Refusal[]): Case {
  return {
    id,
    over: { operation: IMAGE_OPERATIONS, account: ACCOUNTS, request: requests.map(({ what }) => what) },
    async run({ trial, scene }) {
      const place = await scene()
      for (const [nth, operation] of IMAGE_OPERATIONS.entries()) {
        for (const [at, { what, body }] of requests.entries()) {
          const isSecond = place.bob !== null && (nth + at) % 2 === 1
          const caller = isSecond ? place.other : place.alice
          const { exchange } = await place.request(
            caller.call(operation, { body: imageBody(operation, body), timeoutMs: caller.jobTimeoutMs }),
          )
          trial.refused(exchange, statuses, `for ${what}, on ${operation}`)
          trial.mark({ operation, account: isSecond ? 'second' : 'first', request: what })
        }
      }
    },
  }
}

const A_CALLBACK = 'https://example.com/callback'
const ASYNC = { async: true, response_mode: 'urls' }

export const bytesRefused: Case = refusal(
  'submit.bytes-refused',
  [422],
  [{ what: '`async: true` with `response_mode: "bytes"`', body: { async: true, response_mode: 'bytes' } }],
)

export const modeRequired: Case = refusal(
  'submit.mode-required',
  [422],
  [{ what: '`async: true` without `response_mode`', body: { async: true } }],
)

export const callbackNeedsAsync: Case = refusal(
  'submit.callback-needs-async',
  [422],
  [
    { what: '`callback_url` without `async`', body: { callback_url: A_CALLBACK } },
    { what: '`callback_url` with `async: false`', body: { async: false, callback_url: A_CALLBACK } },
    {
      what: '`callback_url` without `async`, in `urls` mode',
      body: { response_mode: 'urls', callback_url: A_CALLBACK },
    },
  ],
)

const NOT_HTTPS: readonly (readonly [string, string])[] = [
  ['plain http', 'http://example.com/callback'],
  ['plain http in capitals', 'HTTP://example.com/callback'],
  ['plain http behind a blank', ' http://example.com/callback'],
  ['plain http to the port of https', 'http://example.com:443/callback'],
  ['plain http to a host that is called https', 'http://https.example.com/callback'],
  ['plain http with https in its query', 'http://example.com/callback?to=https://example.com'],
  ['another scheme', 'ftp://example.com/callback'],
  ['a scheme that begins like https', 'httpsx://example.com/callback'],
  ['a script', 'javascript:alert(1)//https://example.com'],
  ['no scheme', '//example.com/callback'],
  ['no host', 'https://'],
  ['no URL', 'somewhere'],
]
/** A blank before it, or one slash for two, is left out: browsers read these as HTTPS URLs, and so may others. */
export const callbackHttps: Case = refusal(
  'submit.callback-https',
  [422, 400],
  NOT_HTTPS.map(([what, url]) => ({ what: `a \`callback_url\` of ${what}`, body: { ...ASYNC, callback_url: url } })),
)

/** Values beyond the limits of the API's reference, and the fields that a 422 should name. */
const BEYOND: readonly (readonly [OperationId, Record<string, unknown>, readonly string[]])[] = [
  ['edit', { ...imageBody('edit'), num_output_images: 9, aspect_ratio: '2:1' }, ['num_output_images', 'aspect_ratio']],
  ['edit', { ...imageBody('edit'), output_format: 'gif' }, ['output_format']],
  ['generate', { prompt: 7, output_format: 'gif', resolution: '8K' }, ['prompt', 'output_format', 'resolution']],
  ['generate', { ...imageBody('generate'), num_output_images: 5 }, ['num_output_images']],
  ['generate', { prompt: 'x', base_model: 'no-such-model' }, ['base_model']],
  ['enhance', { num_output_images: 0 }, ['num_output_images', 'image']],
  ['enhance', { ...imageBody('enhance'), num_output_images: 0 }, ['num_output_images']],
  ['remix', { output_format: 'gif' }, ['output_format', 'input_image', 'reference_image']],
  ['remix', { ...imageBody('remix'), num_output_images: 5 }, ['num_output_images']],
]

export const validationBody: Case = {
  id: 'submit.validation-body',
  over: { operation: IMAGE_OPERATIONS },
  async run({ trial, scene, session }) {
    if (session.settings.without.has('limits')) throw new NotTried('left out by --without limits')
    const place = await scene()
    for (const [operation, body, fields] of BEYOND) {
      const call = place.alice.call(operation, { body, timeoutMs: place.alice.jobTimeoutMs })
      const { exchange } = await place.request(call)
      trial.mark({ operation })
      const isHeld = trial.status(exchange, 422, `for ${fields.join(' and ')}, on ${operation}`, {
        source: 'reference',
      })
      if (!isHeld) continue
      const detail = fieldOf(jsonOf(exchange), 'detail')
      const named = Array.isArray(detail) ? detail.map((item) => show(fieldOf(item, 'loc'))) : []
      for (const field of fields) {
        const isNamed = named.some((loc) => loc.includes(`"${field}"`))
        trial.prefer(exchange, isNamed, `an entry of \`detail\` whose \`loc\` names ${field}`, show(detail))
      }
    }
  },
}
