import type { Defect } from '../defect.ts'
import { SUBMIT_SHAPES } from './rule-sets.ts'

const SYNC = { breaks: ['submit.sync-default'], also: SUBMIT_SHAPES }
const HANDLE = { breaks: ['submit.accepted'], also: ['submit.poll-url', ...SUBMIT_SHAPES] }
const POLL_URL = { breaks: ['submit.poll-url'], also: ['submit.accepted', ...SUBMIT_SHAPES] }
const OPAQUE = { breaks: ['submit.job-id-opaque'] }
const BUDGET = { breaks: ['submit.longer-budget'], also: ['bill.release'] }

/** Answers of the two modes that are wrong in a part of the space. */
export const submitModes: readonly Defect[] = [
  {
    id: 'remix-async-false-is-async',
    fault: 'async-false-is-async',
    only: { operation: 'remix' },
    ...SYNC,
    description: 'remix takes `async: false` for `async: true`',
  },
  {
    id: 'enhance-sync-bytes-as-urls',
    fault: 'sync-bytes-as-urls',
    only: { operation: 'enhance' },
    ...SYNC,
    description: 'a synchronous enhance in bytes mode is answered with URLs',
  },
  {
    id: 'generate-sync-urls-as-bytes',
    fault: 'sync-urls-as-bytes',
    only: { operation: 'generate' },
    ...SYNC,
    description: 'a synchronous generate in urls mode is answered with bytes',
  },
  {
    id: 'remix-sync-bytes-and-urls',
    fault: 'sync-bytes-and-urls',
    only: { operation: 'remix' },
    ...SYNC,
    description: 'a synchronous remix is answered with images and URLs both',
  },
  {
    id: 'four-outputs-sync-one-fewer',
    fault: 'sync-one-image-fewer',
    only: { outputs: 4 },
    ...SYNC,
    description: 'a synchronous request for four outputs is answered with three images',
  },
  {
    id: 'edit-sync-always-jpg',
    fault: 'sync-always-jpg',
    only: { operation: 'edit' },
    ...SYNC,
    description: 'a synchronous edit asked for as png is answered with a JPEG',
  },
  {
    id: 'generate-sync-data-urls',
    fault: 'sync-data-urls',
    only: { operation: 'generate' },
    ...SYNC,
    description: 'images of a synchronous generate are data URLs',
  },
  {
    id: 'later-account-sync-without-images',
    fault: 'sync-without-images',
    only: { account: 'later' },
    ...SYNC,
    description: 'for all accounts but the first, a synchronous answer lacks its images',
  },
  {
    id: 'sync-failure-200',
    ...SYNC,
    also: [...SUBMIT_SHAPES, 'submit.longer-budget', 'bill.release'],
    description: 'a synchronous failure is 200 with an empty result',
  },
  { id: 'sync-timeout-200', ...BUDGET, description: 'synchronous work past its limit is 200 with an empty result' },
  { id: 'sync-timeout-500', ...BUDGET, description: 'synchronous work past its limit is 500' },
  {
    id: 'remix-async-with-sync-limit',
    fault: 'async-with-sync-limit',
    only: { operation: 'remix' },
    ...BUDGET,
    description: 'an async remix is ended by the synchronous limit',
  },
  {
    id: 'enhance-sync-without-limit',
    fault: 'sync-without-limit',
    only: { operation: 'enhance' },
    ...BUDGET,
    description: 'a synchronous enhance may take as long as an async one',
  },
  {
    id: 'generate-sync-timeout-keeps-money',
    fault: 'sync-timeout-keeps-money',
    only: { operation: 'generate' },
    ...BUDGET,
    description: 'the 504 of a generate keeps its reservation',
  },
  {
    id: 'enhance-handle-queued',
    fault: 'handle-queued',
    only: { operation: 'enhance' },
    ...HANDLE,
    description: 'the handle of a new enhance says `queued`',
  },
  {
    id: 'callback-handle-running',
    fault: 'handle-running',
    only: { callback: true },
    ...HANDLE,
    description: 'the handle of a new job with a callback says `running`',
  },
  {
    id: 'generate-submit-200',
    fault: 'submit-200',
    only: { operation: 'generate' },
    ...HANDLE,
    description: 'an async generate is answered 200',
  },
  {
    id: 'four-outputs-submit-waits',
    fault: 'submit-waits',
    only: { outputs: 4 },
    ...HANDLE,
    description: 'a submit for four outputs answers its 202 only when the work is over',
  },
  {
    id: 'remix-poll-url-absolute',
    fault: 'poll-url-absolute',
    only: { operation: 'remix' },
    ...POLL_URL,
    description: '`poll_url` of a remix is an absolute URL',
  },
  {
    id: 'callback-poll-url-unversioned',
    fault: 'poll-url-unversioned',
    only: { callback: true },
    ...POLL_URL,
    description: '`poll_url` of a job with a callback lacks `/v1/phota`',
  },
  {
    id: 'later-account-poll-url-other-id',
    fault: 'poll-url-other-id',
    only: { account: 'later' },
    ...POLL_URL,
    description: 'for all accounts but the first, `poll_url` names an id that is not the job’s',
  },
  {
    id: 'handle-id-in-upper-case',
    breaks: ['submit.poll-url'],
    also: [
      ...['submit.accepted', 'submit.no-trace', 'poll.shape', 'callback.payload', 'callback.best-effort'],
      ...['idem.same-job', 'idem.scoped', 'idem.retry-after-402', 'bill.unpolled', ...SUBMIT_SHAPES],
    ],
    description: 'the handle writes `job_id` in upper case, unlike `poll_url` and the poll',
  },
  {
    id: 'remix-sequential-ids',
    fault: 'sequential-ids',
    only: { operation: 'remix' },
    ...OPAQUE,
    description: 'ids of remixes count up',
  },
  {
    id: 'later-account-ids-carry-account',
    fault: 'ids-carry-account',
    only: { account: 'later' },
    ...OPAQUE,
    description: 'the first half of a job id is the account’s name, but for the first account',
  },
  { id: 'ids-carry-counter', ...OPAQUE, description: 'the last digits of job ids count up, the others are random' },
  { id: 'ids-of-time-and-counter', ...OPAQUE, description: 'a job id is the time and a counter' },
  {
    id: 'ids-reused',
    ...OPAQUE,
    also: ['poll.expired', 'poll.expired-scoped', 'poll.retained', 'poll.monotonic', 'poll.operation'],
    description: 'after twelve jobs, ids begin anew, and an old job is lost',
  },
  {
    id: 'id-of-client-id',
    breaks: ['idem.scoped'],
    also: ['poll.expired', 'submit.job-id-opaque', 'poll.scoped', 'idem.after-expiry'],
    description: 'a job id is the MD5 of the `client_request_id`, so two accounts share a job',
  },
]
