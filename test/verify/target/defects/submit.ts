import type { Defect } from '../defect.ts'

/** How a request is taken on. */
export const submit: readonly Defect[] = [
  {
    id: 'async-false-is-async',
    breaks: ['submit.sync-default'],
    description: '`async: false` is taken for `async: true`: the field is tested for presence',
  },
  {
    id: 'sync-bytes-as-urls',
    breaks: ['submit.sync-default'],
    description: 'a synchronous request in bytes mode is answered with URLs',
  },
  {
    id: 'sync-remix-empty',
    fault: 'sync-without-images',
    only: { operation: 'remix' },
    breaks: ['submit.sync-default'],
    description: 'a synchronous remix answers 200 without its images',
  },
  {
    id: 'submit-200',
    breaks: ['submit.accepted'],
    also: ['shape.edit', 'shape.generate', 'shape.enhance', 'shape.remix'],
    description: 'an async submit is answered 200',
  },
  { id: 'handle-running', breaks: ['submit.accepted'], description: 'the handle of a new job says `running`' },
  {
    id: 'remix-waits',
    fault: 'submit-waits',
    only: { operation: 'remix' },
    breaks: ['submit.accepted'],
    description: 'an async remix answers its 202 only when the work is over',
  },
  {
    id: 'poll-url-absolute',
    breaks: ['submit.poll-url'],
    also: ['submit.accepted', 'shape.edit', 'shape.generate', 'shape.enhance', 'shape.remix'],
    description: '`poll_url` is an absolute URL',
  },
  {
    id: 'poll-url-unversioned',
    breaks: ['submit.poll-url'],
    also: ['submit.accepted', 'shape.edit', 'shape.generate', 'shape.enhance', 'shape.remix'],
    description: '`poll_url` lacks `/v1/phota`',
  },
  {
    id: 'poll-url-other-id',
    breaks: ['submit.poll-url'],
    also: ['submit.accepted'],
    description: '`poll_url` names an id that is not the job’s',
  },
  { id: 'sequential-ids', breaks: ['submit.job-id-opaque'], description: 'job ids count up' },
  {
    id: 'ids-carry-account',
    breaks: ['submit.job-id-opaque'],
    description: 'the first half of a job id is the account’s name',
  },
  {
    id: 'bytes-accepted',
    breaks: ['submit.bytes-refused'],
    description: '`async: true` with `response_mode: "bytes"` is accepted, and delivers URLs',
  },
  {
    id: 'bytes-refused-400',
    breaks: ['submit.bytes-refused'],
    description: '`async: true` with `response_mode: "bytes"` is 400',
  },
  {
    id: 'mode-defaults-to-urls',
    breaks: ['submit.mode-required'],
    description: '`async: true` without `response_mode` is accepted',
  },
  {
    id: 'callback-without-async',
    breaks: ['submit.callback-needs-async'],
    description: '`callback_url` in a synchronous request is ignored',
  },
  {
    id: 'callback-with-async-false',
    breaks: ['submit.callback-needs-async'],
    description: '`callback_url` is refused without `async`, but ignored with `async: false`',
  },
  {
    id: 'callback-http-accepted',
    breaks: ['submit.callback-https'],
    description: 'any http URL is taken as `callback_url`',
  },
  {
    id: 'callback-garbage-accepted',
    breaks: ['submit.callback-https'],
    description: 'a `callback_url` that is no URL is accepted',
  },
  {
    id: 'async-with-sync-limit',
    breaks: ['submit.longer-budget'],
    description: 'async work is ended by the synchronous limit',
  },
  {
    id: 'sync-without-limit',
    breaks: ['submit.longer-budget'],
    description: 'synchronous work may take as long as async work',
  },
  { id: 'sync-timeout-keeps-money', breaks: ['submit.longer-budget'], description: 'a 504 keeps its reservation' },
  {
    id: '422-without-field',
    breaks: ['submit.validation-body'],
    verdict: 'note',
    description: 'every entry of a 422 has `loc: ["body"]`',
  },
  {
    id: '422-first-field-only',
    breaks: ['submit.validation-body'],
    verdict: 'note',
    description: 'a 422 names the first offending field alone',
  },
  {
    id: '422-detail-as-text',
    breaks: ['submit.validation-body'],
    also: ['shape.edit', 'shape.generate', 'shape.enhance', 'shape.remix', 'shape.addProfile', 'shape.listProfiles'],
    verdict: 'note',
    description: '`detail` of a 422 is one text',
  },
  {
    id: '422-burns-id',
    breaks: ['submit.no-trace'],
    description: 'a 422 is remembered under its `client_request_id`, and answered to a corrected submit too',
  },
  { id: '422-reserves', breaks: ['submit.no-trace'], description: 'money is reserved before the request is validated' },
  { id: 'missing-key-401', breaks: ['submit.auth'], description: 'a missing key is 401' },
  { id: 'unknown-key-403', breaks: ['submit.auth'], description: 'an unknown key is 403' },
  { id: 'job-without-key-404', breaks: ['submit.auth'], description: 'a poll without a key is 404' },
]
