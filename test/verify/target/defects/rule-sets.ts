/** Rules that one mistake often breaks together, for `also`. */

export const SUBMIT_SHAPES: readonly string[] = ['shape.edit', 'shape.generate', 'shape.enhance', 'shape.remix']

/** What a field of the wrong type or value in a job may be named by. */
export const JOB_SHAPES: readonly string[] = ['poll.shape', 'shape.getJob', 'shape.jobFinished']

/** What waits for the end of a job, and never sees it if the status has another name. */
export const AT_THE_END: readonly string[] = [
  ...JOB_SHAPES,
  'poll.monotonic',
  'poll.unfinished',
  'poll.succeeded',
  'poll.failed',
  'poll.retained',
  'poll.expired',
  'submit.poll-url',
  'submit.accepted',
  'submit.longer-budget',
  'result.download',
  'result.expiry',
  'callback.payload',
  'callback.not-before',
  'callback.delivered',
  'callback.best-effort',
  'idem.after-terminal',
  'bill.unpolled',
]

export const RETENTION: readonly string[] = ['poll.retained', 'poll.expired', 'poll.expired-scoped', 'result.expiry']

export const CALLBACKS: readonly string[] = [
  'callback.delivered',
  'callback.payload',
  'callback.signature',
  'callback.retry',
  'callback.stops',
  'callback.best-effort',
  'callback.not-before',
  'shape.jobFinished',
  'bill.unpolled',
]

export const REPLAYS: readonly string[] = [
  'idem.same-job',
  'idem.parallel',
  'idem.charged-once',
  'idem.after-terminal',
  'idem.broke-replay',
  'idem.retry-after-402',
  'idem.other-body',
]

export const MONEY: readonly string[] = [
  'bill.reserve',
  'bill.settle',
  'bill.release',
  'bill.parity',
  'bill.parallel',
  'bill.conserved',
  'bill.insufficient',
  'bill.unpolled',
  'poll.no-effect',
  'idem.charged-once',
  'submit.no-trace',
  'submit.longer-budget',
]
