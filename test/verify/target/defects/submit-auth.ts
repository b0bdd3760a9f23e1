import type { Defect } from '../defect.ts'

const AUTH = { breaks: ['submit.auth'] }
const JOBS_OPEN = { breaks: ['submit.auth'], also: ['poll.scoped', 'shape.getJob'] }

/** API keys that are taken for others, and endpoints that ask for none. */
export const submitAuth: readonly Defect[] = [
  { id: 'key-by-prefix', ...AUTH, description: 'the beginning of an API key is enough' },
  { id: 'key-with-suffix', ...AUTH, description: 'an API key with more behind it is accepted' },
  { id: 'key-without-last-character', ...AUTH, description: 'the last character of an API key is not compared' },
  { id: 'key-any-case', ...AUTH, description: 'an API key is accepted in any case' },
  { id: 'key-blanks-ignored', ...AUTH, description: 'blanks within an API key are ignored' },
  { id: 'key-quotes-ignored', ...AUTH, description: 'an API key may stand in quotes' },
  {
    id: 'enhance-missing-key-401',
    fault: 'missing-key-401',
    only: { operation: 'enhance' },
    ...AUTH,
    description: 'a missing key is 401 at enhance',
  },
  {
    id: 'secret-missing-key-401',
    fault: 'missing-key-401',
    only: { operation: 'getWebhookSecret' },
    ...AUTH,
    description: 'a missing key is 401 at the webhook secret',
  },
  {
    id: 'remix-unknown-key-403',
    fault: 'unknown-key-403',
    only: { operation: 'remix' },
    ...AUTH,
    description: 'an unknown key is 403 at remix',
  },
  {
    id: 'job-unknown-key-403',
    fault: 'unknown-key-403',
    only: { operation: 'getJob' },
    ...AUTH,
    description: 'an unknown key is 403 at a poll',
  },
  {
    id: 'secret-unknown-key-accepted',
    fault: 'unknown-key-accepted',
    only: { operation: 'getWebhookSecret' },
    ...AUTH,
    description: 'an unknown key gets the first account’s webhook secret',
  },
  {
    id: 'secret-missing-key-accepted',
    fault: 'missing-key-accepted',
    only: { operation: 'getWebhookSecret' },
    ...AUTH,
    description: 'without a key, the first account’s webhook secret is shown',
  },
  {
    id: 'job-unknown-key-accepted',
    fault: 'unknown-key-accepted',
    only: { operation: 'getJob' },
    ...JOBS_OPEN,
    description: 'any key can poll any job',
  },
  {
    id: 'job-missing-key-accepted',
    fault: 'missing-key-accepted',
    only: { operation: 'getJob' },
    ...JOBS_OPEN,
    description: 'without a key, any job can be polled',
  },
  { id: 'empty-key-accepted', ...JOBS_OPEN, description: 'an empty key is the first account’s, or the job owner’s' },
  {
    id: 'generate-empty-key-accepted',
    fault: 'empty-key-accepted',
    only: { operation: 'generate' },
    ...AUTH,
    description: 'generate takes an empty key for the first account’s',
  },
]
