import { layered, onAnswer, viewOf, withView } from '../edge/layers.ts'
import type { Variant } from '../variant.ts'

const open = 'callbacks'

const form = (id: string, description: string, secret: (hex: string) => string, pattern: RegExp): Variant => ({
  id,
  open,
  description: `a webhook secret is ${description}`,
  build: () => ({ secret }),
  shows: async (probe) => pattern.test((await probe.send('/v1/phota/webhook-secret')).body.webhook_signing_secret),
})

const base64 = (hex: string): string => Buffer.from(hex, 'hex').toString('base64')

/** What a webhook secret looks like; the key of the signature is its text in UTF-8, whatever it looks like. */
export const secrets: readonly Variant[] = [
  form('secret-whsec', 'base64 after `whsec_`', (hex) => `whsec_${base64(hex)}`, /^whsec_[\w+/]{43}=$/),
  form('secret-short', '8 characters', (hex) => hex.slice(0, 8), /^[0-9a-f]{8}$/),
  form('secret-long', 'longer than a block of SHA-256', (hex) => hex.repeat(4), /^[0-9a-f]{256}$/),
  form('secret-upper', 'hex in upper case', (hex) => hex.toUpperCase(), /^[0-9A-F]*[A-F][0-9A-F]*$/),
  form('secret-beyond-ascii', 'not ASCII', (hex) => `ключ-🔑-${hex}`, /^ключ-🔑-/u),
  form('secret-blanks', 'text with blanks and a newline at the end', (hex) => ` ${hex.slice(0, 32)} \n`, /^ .* \n$/),
  {
    id: 'secret-further-fields',
    open,
    description: 'the webhook secret comes with further fields',
    build: layered(
      onAnswer((answer, call) => {
        const view = call.url.pathname.endsWith('/webhook-secret') && answer.status === 200 ? viewOf(answer) : null
        return view === null
          ? answer
          : withView(answer, { ...view, algorithm: 'sha256', created_at: null, previous: [] })
      }),
    ),
    shows: async (probe) => (await probe.send('/v1/phota/webhook-secret')).body.algorithm === 'sha256',
  },
]
