import type { Defect } from '../defect.ts'

const RETRY = { breaks: ['callback.retry'] }
const STOPS = { breaks: ['callback.stops'], also: ['callback.retry'] }
const BEST_EFFORT = { breaks: ['callback.best-effort'], also: ['poll.monotonic', 'callback.payload', 'callback.retry'] }

/** Further attempts: for which answers, how often, with which body, and with which effect on the job. */
export const callbackRetries: readonly Defect[] = [
  { id: 'only-500-is-tried-again', ...RETRY, description: 'a 500 is tried again, but no 502, 503 or 504' },
  { id: '502-is-heard', ...RETRY, description: 'a 502 ends the attempts' },
  { id: '503-is-heard', ...RETRY, description: 'a 503 ends the attempts' },
  { id: '504-is-heard', ...RETRY, description: 'a 504 ends the attempts' },
  {
    id: 'failed-no-retry',
    fault: 'no-retry',
    only: { status: 'failed' },
    ...RETRY,
    description: 'the callback of a failed job is attempted once',
  },
  {
    id: 'remix-no-retry',
    fault: 'no-retry',
    only: { operation: 'remix' },
    ...RETRY,
    description: 'the callback of a remix is attempted once',
  },
  {
    id: 'later-account-no-retry',
    fault: 'no-retry',
    only: { account: 'later' },
    ...RETRY,
    description: 'for all accounts but the first, a callback is attempted once',
  },
  {
    id: 'enhance-timeout-is-heard',
    fault: 'timeout-is-heard',
    only: { operation: 'enhance' },
    ...RETRY,
    description: 'a time-out of an enhance’s callback is not tried again',
  },
  {
    id: 'endless-retry-every-5s',
    breaks: ['callback.retry'],
    also: ['callback.best-effort'],
    description: 'after the second attempt, there is one every 5 s without end (200 times, for the test’s sake)',
  },
  {
    id: 'failed-endless-retry',
    fault: 'endless-retry',
    only: { status: 'failed' },
    breaks: ['callback.retry'],
    also: ['callback.best-effort'],
    description: 'the callback of a failed job is attempted without end',
  },
  {
    id: 'retry-counts-attempts',
    ...RETRY,
    verdict: 'note',
    description: 'a retry has a field more, which counts the attempts, and is signed anew',
  },
  {
    id: 'retry-of-latest-job',
    breaks: ['callback.retry'],
    also: ['callback.payload', 'callback.delivered', 'callback.stops'],
    description: 'a retry carries the job of the account that ended last',
  },
  {
    id: 'retry-with-other-key',
    breaks: ['callback.retry'],
    also: ['callback.signature'],
    description: 'retries are signed with a key of their own',
  },
  {
    id: 'failed-retry-without-signature',
    fault: 'retry-without-signature',
    only: { status: 'failed' },
    breaks: ['callback.retry'],
    also: ['callback.signature', 'shape.jobFinished'],
    description: 'retries for a failed job are not signed',
  },
  {
    id: 'retry-to-origin',
    breaks: ['callback.retry'],
    also: ['callback.delivered', 'callback.stops'],
    description: 'retries go to the path `/` of the receiver',
  },
  {
    id: 'retry-drops-query',
    breaks: ['callback.retry'],
    also: ['callback.delivered'],
    description: 'retries leave out the query of `callback_url`',
  },
  { id: '201-is-tried-again', ...STOPS, description: 'a 201 is tried again' },
  { id: '202-is-tried-again', ...STOPS, description: 'a 202 is tried again' },
  { id: '204-is-tried-again', ...STOPS, description: 'a 204 is tried again' },
  { id: 'empty-answer-is-tried-again', ...STOPS, description: 'a 2xx with an empty body is tried again' },
  {
    id: 'retries-despite-answer',
    ...STOPS,
    description: 'once an attempt has failed, all further ones are made, whatever is answered',
  },
  {
    id: 'four-outputs-delivers-twice',
    fault: 'delivers-twice',
    only: { outputs: 4 },
    ...STOPS,
    description: 'the callback of a job with four outputs is sent twice',
  },
  {
    id: 'failed-delivers-twice',
    fault: 'delivers-twice',
    only: { status: 'failed' },
    ...STOPS,
    description: 'the callback of a failed job is sent twice',
  },
  {
    id: 'callback-per-output',
    breaks: ['callback.stops'],
    also: ['callback.delivered', 'callback.retry'],
    description: 'a job calls back once for each output',
  },
  { id: 'error-of-receiver-fails-job', ...BEST_EFFORT, description: 'a receiver that answers 500 fails the job' },
  { id: 'unheard-callback-fails-job', ...BEST_EFFORT, description: 'a callback that was given up fails the job' },
  {
    id: 'remix-silent-receiver-fails-job',
    fault: 'silent-receiver-fails-job',
    only: { operation: 'remix' },
    ...BEST_EFFORT,
    description: 'a receiver that does not answer fails a remix',
  },
]
