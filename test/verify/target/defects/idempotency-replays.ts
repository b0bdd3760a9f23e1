import type { Defect } from '../defect.ts'
import { CALLBACKS, MONEY, REPLAYS } from './rule-sets.ts'

const SAME_JOB = { breaks: ['idem.same-job'], also: REPLAYS }
const AFTER_END = { breaks: ['idem.after-terminal'], also: REPLAYS }
const CHARGED = { breaks: ['idem.charged-once'], also: [...MONEY, 'idem.parallel', 'idem.broke-replay'] }
const PARALLEL = { breaks: ['idem.parallel'], also: ['idem.charged-once', 'bill.parallel'] }

/** Replays that are wrong in a part of the space, or do more than answer. */
export const idempotencyReplays: readonly Defect[] = [
  {
    id: 'enhance-client-id-ignored',
    fault: 'client-id-ignored',
    only: { operation: 'enhance' },
    ...SAME_JOB,
    description: '`client_request_id` means nothing to enhance',
  },
  {
    id: 'later-account-client-id-ignored',
    fault: 'client-id-ignored',
    only: { account: 'later' },
    ...SAME_JOB,
    description: '`client_request_id` means nothing to all accounts but the first',
  },
  {
    id: 'callback-client-id-ignored',
    fault: 'client-id-ignored',
    only: { callback: true },
    ...SAME_JOB,
    description: '`client_request_id` means nothing if the job has a callback',
  },
  {
    id: 'generate-replay-new-id',
    fault: 'replay-new-id',
    only: { operation: 'generate' },
    ...SAME_JOB,
    description: 'a replay of a generate is answered with an id that was never issued',
  },
  {
    id: 'replay-other-poll-url',
    breaks: ['idem.same-job'],
    also: [...REPLAYS, 'submit.poll-url'],
    description: '`poll_url` of a replay is not that of the original job',
  },
  {
    id: 'later-account-replay-402',
    fault: 'replay-402',
    only: { account: 'later' },
    ...SAME_JOB,
    description: 'for all accounts but the first, a replay is 402',
  },
  {
    id: 'failed-replay-402',
    fault: 'replay-402',
    only: { status: 'failed' },
    ...AFTER_END,
    description: 'a replay of a failed job is 402',
  },
  {
    id: 'client-id-last-ten',
    breaks: ['idem.same-job'],
    also: REPLAYS,
    description: 'only the last ten `client_request_id`s of an account are remembered',
  },
  { id: 'client-id-kept-an-hour', ...AFTER_END, description: 'a `client_request_id` is remembered for an hour' },
  {
    id: 'client-id-forgotten-when-heard',
    ...AFTER_END,
    description: 'a `client_request_id` is forgotten once its callback was taken',
  },
  {
    id: 'callback-replay-only-while-unfinished',
    fault: 'replay-only-while-unfinished',
    only: { callback: true },
    ...AFTER_END,
    description: 'the `client_request_id` of a finished job with a callback makes a new job',
  },
  {
    id: 'enhance-replay-only-while-unfinished',
    fault: 'replay-only-while-unfinished',
    only: { operation: 'enhance' },
    ...AFTER_END,
    description: 'the `client_request_id` of a finished enhance makes a new job',
  },
  {
    id: 'remix-failed-job-is-made-again',
    fault: 'failed-job-is-made-again',
    only: { operation: 'remix' },
    ...AFTER_END,
    description: 'the `client_request_id` of a failed remix makes a new job',
  },
  {
    id: 'remix-check-then-act',
    fault: 'check-then-act',
    only: { operation: 'remix' },
    ...PARALLEL,
    description: 'parallel remixes with one `client_request_id` make several jobs',
  },
  {
    id: 'callback-check-then-act',
    fault: 'check-then-act',
    only: { callback: true },
    ...PARALLEL,
    description: 'parallel submits with one `client_request_id` and a callback make several jobs',
  },
  {
    id: 'later-account-check-then-act',
    fault: 'check-then-act',
    only: { account: 'later' },
    ...PARALLEL,
    description: 'for all accounts but the first, parallel submits with one `client_request_id` make several jobs',
  },
  { id: 'parallel-replays-charge', ...CHARGED, description: 'parallel submits make one job, and each is charged' },
  {
    id: 'remix-replay-charges',
    fault: 'replay-charges',
    only: { operation: 'remix' },
    ...CHARGED,
    description: 'a replay of a remix is charged',
  },
  {
    id: 'finished-replay-charges',
    fault: 'replay-charges',
    only: { status: 'succeeded' },
    ...CHARGED,
    description: 'a replay of a succeeded job is charged',
  },
  {
    id: 'failed-replay-reserves',
    fault: 'replay-reserves',
    only: { status: 'failed' },
    ...CHARGED,
    description: 'a replay of a failed job reserves the floor, for good',
  },
  {
    id: 'replay-works-again-silently',
    ...CHARGED,
    description: 'a replay starts the work once more; its job is hidden, and charged at its end',
  },
  {
    id: 'replay-works-again',
    breaks: ['callback.stops'],
    also: [...CHARGED.breaks, ...MONEY, ...CALLBACKS, ...REPLAYS],
    description: 'a replay starts the work once more; its hidden job calls back',
  },
  {
    id: 'replay-calls-back',
    breaks: ['callback.stops'],
    also: [...REPLAYS, ...CALLBACKS],
    description: 'a replay of a finished job sends its callback again',
  },
  {
    id: 'replay-extends-retention',
    breaks: ['poll.expired'],
    also: ['poll.expired-scoped', 'result.expiry', 'idem.after-expiry', 'idem.after-terminal', 'idem.same-job'],
    description: 'a replay of a finished job keeps it for an hour longer',
  },
  {
    id: 'replay-back-to-pending',
    breaks: ['poll.monotonic'],
    also: REPLAYS,
    description: 'a replay of a running job makes it pending again',
  },
  {
    id: 'replay-restamps',
    breaks: ['poll.monotonic'],
    also: ['poll.timestamps', ...REPLAYS, 'poll.succeeded'],
    description: 'a replay moves `created_at` of the job to the present',
  },
  {
    id: 'foreign-expired-id-410',
    breaks: ['idem.scoped'],
    also: ['poll.expired-scoped', 'idem.after-expiry'],
    description: 'a `client_request_id` of another account’s expired job is 410',
  },
]
