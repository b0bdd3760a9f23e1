import type { Defect } from '../defect.ts'
import { REPLAYS } from './rule-sets.ts'

/** Two ids that differ make two jobs: the same-job rule says what "the same" is. */
const CONFUSED = { breaks: ['idem.same-job'], also: [...REPLAYS, 'idem.absent', 'idem.scoped'] }

/** Different `client_request_id`s that are taken for the same. */
export const idempotencyIds: readonly Defect[] = [
  { id: 'client-id-cut-at-8', ...CONFUSED, description: 'only the first 8 characters of a `client_request_id` count' },
  {
    id: 'client-id-cut-at-32',
    ...CONFUSED,
    description: 'only the first 32 characters of a `client_request_id` count',
  },
  {
    id: 'client-id-cut-at-36',
    ...CONFUSED,
    description: 'only the first 36 characters of a `client_request_id` count',
  },
  {
    id: 'client-id-cut-at-64',
    ...CONFUSED,
    description: 'only the first 64 characters of a `client_request_id` count',
  },
  {
    id: 'client-id-cut-at-128',
    ...CONFUSED,
    description: 'only the first 128 characters of a `client_request_id` count',
  },
  {
    id: 'remix-client-id-cut-at-36',
    fault: 'client-id-cut-at-36',
    only: { operation: 'remix' },
    ...CONFUSED,
    description: 'for remix, only the first 36 characters of a `client_request_id` count',
  },
  { id: 'client-id-last-32', ...CONFUSED, description: 'only the last 32 characters of a `client_request_id` count' },
  {
    id: 'client-id-without-last-character',
    ...CONFUSED,
    description: 'the last character of a `client_request_id` does not count',
  },
  { id: 'client-id-case-folded', ...CONFUSED, description: '`client_request_id`s are compared in lower case' },
  { id: 'client-id-trimmed', ...CONFUSED, description: 'blanks around a `client_request_id` do not count' },
  { id: 'client-id-as-number', ...CONFUSED, description: '`client_request_id`s that are numbers are compared as such' },
  { id: 'client-id-digits-only', ...CONFUSED, description: 'only the digits of a `client_request_id` count, if any' },
  { id: 'client-id-normalised', ...CONFUSED, description: '`client_request_id`s are compared in Unicode’s form NFKC' },
  {
    id: 'client-id-ascii-only',
    ...CONFUSED,
    description: 'characters of a `client_request_id` outside ASCII are all the same',
  },
  {
    id: 'client-id-without-punctuation',
    ...CONFUSED,
    description: 'dashes, dots and the like in a `client_request_id` do not count',
  },
  { id: 'client-id-up-to-colon', ...CONFUSED, description: 'a `client_request_id` counts up to its first colon' },
]
