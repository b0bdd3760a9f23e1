import type { Behaviour } from '../behaviour.ts'
import { type Call, isApi, isPoll } from '../edge/call.ts'
import type { Variant } from '../variant.ts'

const open = 'transport'

/** A run of the suite is held back by each, so that there are not too many. */
const MOST_REFUSALS = 12

/** Refuses every third call with 429, before the API sees it, until it has refused enough. */
function limited(isFor: (call: Call) => boolean, retryAfter: () => string | null): Behaviour {
  let calls = 0
  return {
    layer: (call, next) => {
      if (!isFor(call) || ++calls % 3 > 0 || calls > 3 * MOST_REFUSALS) return next(call)
      const value = retryAfter()
      const headers: Record<string, string> = value === null ? {} : { 'retry-after': value }
      return { status: 429, type: 'application/json', body: '{"detail":"Too Many Requests"}', headers }
    },
  }
}

interface Form {
  readonly id: string
  readonly description: string
  readonly retryAfter: () => string | null
  readonly isFor?: (call: Call) => boolean
  readonly pattern: RegExp
}

const form = ({ id, description, retryAfter, isFor = isApi, pattern }: Form): Variant => ({
  id,
  open,
  description,
  build: () => limited(isFor, retryAfter),
  shows: async (probe) => {
    const statuses: string[] = []
    for (let calls = 0; calls < 3; calls++) {
      const submit = { method: 'POST', body: { prompt: 'x', async: true, response_mode: 'urls' } }
      const { status, headers } =
        isFor === isSubmit ? await probe.send('/v1/phota/generate', submit) : await probe.send('/v1/phota/jobs/0')
      statuses.push(`${status} ${headers['retry-after'] ?? 'none'}`)
    }
    return statuses[2]?.startsWith('429') === true && pattern.test(statuses[2].slice(4))
  },
})

const isSubmit = ({ method }: Call): boolean => method === 'POST'

/** 429s in all their forms; who tries again is answered. */
export const rateLimits: readonly Variant[] = [
  form({
    id: 'limit-seconds',
    description: 'every third request is 429 with `Retry-After: 1`',
    retryAfter: () => '1',
    pattern: /^1$/,
  }),
  form({
    id: 'limit-zero',
    description: 'every third request is 429 with `Retry-After: 0`',
    retryAfter: () => '0',
    pattern: /^0$/,
  }),
  form({
    id: 'limit-date',
    description: 'every third request is 429 with a date as `Retry-After`',
    retryAfter: () => new Date(Date.now() + 2_000).toUTCString(),
    pattern: / GMT$/,
  }),
  form({
    id: 'limit-past-date',
    description: 'every third request is 429 with a date that has passed as `Retry-After`',
    retryAfter: () => new Date(Date.now() - 60_000).toUTCString(),
    pattern: / GMT$/,
  }),
  form({
    id: 'limit-garbage',
    description: 'every third request is 429 with `Retry-After: soon`',
    retryAfter: () => 'soon',
    pattern: /^soon$/,
  }),
  form({
    id: 'limit-fraction',
    description: 'every third request is 429 with `Retry-After: 0.25`',
    retryAfter: () => '0.25',
    pattern: /^0\.25$/,
  }),
  form({
    id: 'limit-negative',
    description: 'every third request is 429 with `Retry-After: -1`',
    retryAfter: () => '-1',
    pattern: /^-1$/,
  }),
  form({
    id: 'limit-none',
    description: 'every third request is 429 without `Retry-After`',
    retryAfter: () => null,
    pattern: /^none$/,
  }),
  form({
    id: 'limit-polls',
    description: 'every third poll is 429',
    retryAfter: () => '1',
    isFor: isPoll,
    pattern: /^1$/,
  }),
  form({
    id: 'limit-submits',
    description: 'every third submit is 429',
    retryAfter: () => '1',
    isFor: isSubmit,
    pattern: /^1$/,
  }),
]
