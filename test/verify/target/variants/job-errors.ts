import type { Behaviour, View } from '../behaviour.ts'
import { eachJob } from '../edge/layers.ts'
import type { Variant } from '../variant.ts'
import type { Probe } from './probe.ts'

const open = 'job body'

const inError = (change: (error: View) => View): (() => Behaviour) =>
  eachJob((view) => (view['error'] ? { ...view, error: change(view['error'] as View) } : view))

const coded = (id: string, code: string): Variant => ({
  id,
  open,
  description: `\`error.code\` is \`${code}\``,
  build: inError((error) => ({ ...error, code })),
  shows: async (probe) => (await probe.failed()).error.code === code,
})

const told = (id: string, description: string, message: string): Variant => ({
  id,
  open,
  description: `\`error.message\` is ${description}`,
  build: inError((error) => ({ ...error, message })),
  shows: async (probe: Probe) => (await probe.failed()).error.message === message,
})

/** What a failed job tells. */
export const jobErrors: readonly Variant[] = [
  coded('job-code-lower', 'input_unreachable'),
  coded('job-code-dotted', 'image.input.unreachable'),
  coded('job-code-words', 'Input could not be reached'),
  coded('job-code-digits', '40012'),
  coded('job-code-url', 'https://errors.example.com/input-unreachable'),
  told('job-message-japanese', 'in Japanese', '入力画像を読み込めませんでした。'),
  told('job-message-long', 'long and has several lines', `Traceback:\n\t"${'x'.repeat(5_000)}"\u2028<b>&amp;</b>`),
  {
    id: 'job-error-further-fields',
    open,
    description: '`error` has further fields',
    build: inError((error) => ({ type: 'input', ...error, details: null, retryable: false, fields: [{ index: 0 }] })),
    shows: async (probe) => (await probe.failed()).error.retryable === false,
  },
]
