import type { Defect } from '../defect.ts'

/** `client_request_id`. */
export const idempotency: readonly Defect[] = [
  {
    id: 'client-id-ignored',
    breaks: ['idem.same-job'],
    also: ['idem.parallel', 'idem.charged-once', 'idem.after-terminal', 'idem.broke-replay', 'idem.other-body'],
    description: '`client_request_id` means nothing',
  },
  {
    id: 'replay-new-id',
    breaks: ['idem.same-job'],
    also: ['idem.parallel', 'idem.after-terminal', 'idem.broke-replay', 'idem.other-body'],
    description: 'a replay is answered with an id that was never issued',
  },
  {
    id: 'check-then-act',
    breaks: ['idem.parallel'],
    also: ['idem.charged-once'],
    description: 'something is awaited between looking a `client_request_id` up and using it',
  },
  { id: 'replay-charges', breaks: ['idem.charged-once'], description: 'a replay is charged' },
  { id: 'replay-reserves', breaks: ['idem.charged-once'], description: 'a replay reserves the floor again, for good' },
  {
    id: 'client-id-global',
    breaks: ['idem.scoped'],
    also: ['submit.no-trace'],
    description: '`client_request_id` is looked up across accounts',
  },
  {
    id: 'double-click-guard',
    breaks: ['idem.absent'],
    also: ['submit.job-id-opaque', 'bill.parallel'],
    description: 'of two equal submits without an id, the second is taken for the first while that is pending',
  },
  {
    id: 'replay-only-while-unfinished',
    breaks: ['idem.after-terminal'],
    description: 'a finished job’s `client_request_id` makes a new job',
  },
  {
    id: 'failed-job-is-made-again',
    breaks: ['idem.after-terminal'],
    description: 'a failed job’s `client_request_id` makes a new job',
  },
  {
    id: 'balance-before-replay',
    breaks: ['idem.broke-replay'],
    description: 'the balance is judged before a replay is recognised',
  },
  {
    id: '402-burns-id',
    breaks: ['idem.retry-after-402'],
    also: ['submit.no-trace'],
    description: 'a 402 is remembered under its `client_request_id`',
  },
  {
    id: 'other-body-conflicts',
    breaks: ['idem.other-body'],
    also: ['shape.edit', 'shape.generate', 'shape.enhance', 'shape.remix'],
    verdict: 'note',
    description: 'a replay with another body is 409',
  },
  {
    id: 'other-body-new-job',
    breaks: ['idem.other-body'],
    verdict: 'note',
    description: 'a replay with another body makes a new job',
  },
  {
    id: 'client-id-kept-forever',
    breaks: ['idem.after-expiry'],
    verdict: 'note',
    description: 'a replay answers the original job even when that is expired',
  },
]
