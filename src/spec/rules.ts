/** What must be at hand to try a rule: a second account's key, a key that can't pay, a callback receiver, a movable clock, a readable ledger, or a day's wait. */
export type RuleNeed = 'second-key' | 'broke-key' | 'receiver' | 'clock' | 'ledger' | 'day'

/** One promise of the API. Ids are stable: tests, reports and documents refer to them. */
export interface Rule {
  readonly id: string
  readonly text: string
  /** Each entry is one need; where one of several will do, they stand in one list. */
  readonly needs: readonly (RuleNeed | readonly RuleNeed[])[]
  /** Where the API's guide is silent, this is phota-mock's choice; another answer is worth a note, never a failure. */
  readonly choice?: true
}

/** The beginnings of ids, and what they are called. */
export const CHAPTERS: Readonly<Record<string, string>> = {
  submit: 'Submit',
  poll: 'Poll',
  result: 'Result',
  callback: 'Callback',
  secret: 'Webhook secret',
  idem: 'Idempotency',
  bill: 'Billing',
}

const CLOCK_OR_DAY = ['clock', 'day'] as const

/** Every promise that the mock keeps, in the order of a job's life. */
export const rules: readonly Rule[] = [
  {
    id: 'submit.sync-default',
    text: 'Without `async`, or with `async: false`, each image endpoint answers 200 with the result itself.',
    needs: [],
  },
  {
    id: 'submit.accepted',
    text: 'With `async: true` and `response_mode: "urls"` each image endpoint answers 202 at once: `job_id`, status `pending`, `poll_url`.',
    needs: [],
  },
  { id: 'submit.poll-url', text: '`poll_url` is `/v1/phota/jobs/{job_id}`, and polling it answers 200.', needs: [] },
  {
    id: 'submit.job-id-opaque',
    text: '`job_id` is 32 lowercase hex digits, and two ids tell nothing of each other.',
    needs: [],
  },
  { id: 'submit.bytes-refused', text: '`async: true` with `response_mode: "bytes"` is 422.', needs: [] },
  {
    id: 'submit.mode-required',
    text: '`async: true` without `response_mode` is 422, because the default is `bytes`.',
    needs: [],
  },
  {
    id: 'submit.callback-needs-async',
    text: '`callback_url` without `async: true`, absent or false, is 422.',
    needs: [],
  },
  {
    id: 'submit.callback-https',
    text: 'A `callback_url` that is no HTTPS URL is 422; the mock also takes http to loopback, unless told not to.',
    needs: [],
  },
  {
    id: 'submit.longer-budget',
    text: 'Work that outlasts the synchronous limit succeeds in async; its synchronous equivalent is 504, and its reservation released.',
    needs: ['clock'],
  },
  { id: 'submit.validation-body', text: 'A 422 names each offending field by its path.', needs: [] },
  {
    id: 'submit.no-trace',
    text: 'A refused submit (401, 403, 402, 422) makes no job, reserves nothing, and does not use up its `client_request_id`.',
    needs: ['ledger'],
  },
  { id: 'submit.auth', text: 'On every endpoint a missing API key is 403 and an unknown one 401.', needs: [] },
  {
    id: 'poll.shape',
    text: 'A poll carries `job_id`, `status`, `operation`, `result`, `error`, `created_at` and `completed_at`, as the spec types them.',
    needs: [],
  },
  { id: 'poll.operation', text: '`operation` names the endpoint that was called.', needs: [] },
  {
    id: 'poll.monotonic',
    text: 'Status only moves on from `pending` by `running` to `succeeded` or `failed`; a terminal job never changes.',
    needs: [],
  },
  { id: 'poll.unfinished', text: 'Until the end, `result`, `error` and `completed_at` are null.', needs: [] },
  {
    id: 'poll.succeeded',
    text: 'A succeeded job has the result of a synchronous request, with no `images` and a URL for each output; `error` is null.',
    needs: [],
  },
  {
    id: 'poll.failed',
    text: 'A failed job has a non-empty `error.code` and `error.message`, no result, and `completed_at`.',
    needs: [],
  },
  {
    id: 'poll.known-subjects',
    text: '`known_subjects.counts` maps only profile ids of the request to whole numbers, summed over the outputs.',
    needs: [],
  },
  { id: 'poll.unknown', text: 'An id that was never issued is 404.', needs: [] },
  {
    id: 'poll.scoped',
    text: 'Another account’s job is 404, and cannot be told from an id that was never issued.',
    needs: ['second-key'],
  },
  {
    id: 'poll.retained',
    text: 'Until 24 h after it finished, a job answers 200 with its full result.',
    needs: [CLOCK_OR_DAY],
  },
  { id: 'poll.expired', text: 'From 24 h after it finished, a job answers 410 to its owner.', needs: [CLOCK_OR_DAY] },
  {
    id: 'poll.expired-scoped',
    text: 'An expired job is still 404 to every other account.',
    needs: ['second-key', CLOCK_OR_DAY],
  },
  { id: 'poll.no-effect', text: 'Polling changes nothing and costs nothing.', needs: ['ledger'] },
  { id: 'poll.timestamps', text: 'Timestamps are UTC, RFC 3339, and end in `Z`.', needs: [] },
  {
    id: 'result.download',
    text: 'Each download URL answers 200 with an image in the requested format, without the API key.',
    needs: [],
  },
  { id: 'result.signed', text: 'A download URL with another token, expiry or path is refused.', needs: [] },
  {
    id: 'result.expiry',
    text: 'A download URL works until its job expires, and is refused after the expiry it carries.',
    needs: [CLOCK_OR_DAY],
  },
  { id: 'result.distinct', text: 'The outputs of one job have distinct URLs.', needs: [] },
  {
    id: 'callback.delivered',
    text: 'A job with a `callback_url` is POSTed there once it is terminal, succeeded or failed.',
    needs: ['receiver'],
  },
  { id: 'callback.not-before', text: 'Nothing is POSTed before the job is terminal.', needs: ['receiver'] },
  {
    id: 'callback.payload',
    text: 'The body is the same JSON value as the poll response at that time.',
    needs: ['receiver'],
  },
  {
    id: 'callback.signature',
    text: '`X-Phota-Signature` is `sha256=` and the hex HMAC-SHA256 of the exact body bytes, keyed with the account’s secret.',
    needs: ['receiver'],
  },
  { id: 'callback.tamper', text: 'One changed byte, or other spacing, no longer verifies.', needs: ['receiver'] },
  {
    id: 'callback.retry',
    text: 'A receiver that answers 5xx or times out is tried again a bounded number of times, with the same body and signature.',
    needs: ['receiver'],
  },
  { id: 'callback.stops', text: 'A 2xx ends the attempts.', needs: ['receiver'] },
  {
    id: 'callback.best-effort',
    text: 'A receiver that never answers changes nothing about the job.',
    needs: ['receiver'],
  },
  { id: 'callback.none', text: 'A job without `callback_url` calls nobody.', needs: ['receiver'] },
  { id: 'secret.shape', text: 'The webhook secret is a non-empty string, the same on each call.', needs: [] },
  { id: 'secret.per-account', text: 'Two accounts have two secrets.', needs: ['second-key'] },
  {
    id: 'idem.same-job',
    text: 'The same `client_request_id` again answers 202 with the original `job_id`.',
    needs: [],
  },
  { id: 'idem.parallel', text: 'Many submits at once with one `client_request_id` make exactly one job.', needs: [] },
  { id: 'idem.charged-once', text: 'A replay reserves and charges nothing.', needs: ['ledger'] },
  {
    id: 'idem.scoped',
    text: 'The same `client_request_id` from another account makes another job.',
    needs: ['second-key'],
  },
  { id: 'idem.absent', text: 'Without `client_request_id` two equal submits make two jobs.', needs: [] },
  { id: 'idem.after-terminal', text: 'A replay after the job finished still answers the original job.', needs: [] },
  {
    id: 'idem.broke-replay',
    text: 'A replay is answered even when the balance would no longer cover it.',
    needs: ['ledger'],
  },
  {
    id: 'idem.retry-after-402',
    text: 'After a 402 the same `client_request_id` makes a job once the balance allows.',
    needs: ['ledger'],
  },
  {
    id: 'idem.other-body',
    text: 'The same `client_request_id` with another body answers the original job; the body is not compared.',
    needs: [],
    choice: true,
  },
  {
    id: 'idem.after-expiry',
    text: 'Once the job is expired, its `client_request_id` may be used anew.',
    needs: ['clock'],
    choice: true,
  },
  {
    id: 'bill.reserve',
    text: 'A submit reserves the floor cost: the available balance falls by it at once.',
    needs: ['ledger'],
  },
  { id: 'bill.settle', text: 'Success settles to the final amount, and the reservation is gone.', needs: ['ledger'] },
  {
    id: 'bill.release',
    text: 'Failure releases the reservation: the balance is what it was before the submit.',
    needs: ['ledger'],
  },
  {
    id: 'bill.insufficient',
    text: 'A floor above the available balance is 402 at submit, and no job is made.',
    needs: [['broke-key', 'ledger']],
  },
  {
    id: 'bill.unpolled',
    text: 'A job that is never polled still runs, settles, and calls back.',
    needs: [['ledger', 'receiver']],
  },
  { id: 'bill.parity', text: 'Async costs exactly what its synchronous equivalent costs.', needs: ['ledger'] },
  {
    id: 'bill.parallel',
    text: 'With money for N jobs, exactly N of M parallel submits are accepted.',
    needs: ['ledger'],
  },
  { id: 'bill.conserved', text: 'At every moment deposits = available + reserved + spent.', needs: ['ledger'] },
]
