import type { Defect } from '../defect.ts'

const UNKNOWN = { breaks: ['poll.unknown'], also: ['poll.scoped'] }
const SCOPED = { breaks: ['poll.scoped'], also: ['poll.no-effect', 'poll.monotonic', 'poll.unknown'] }

/** What another account learns of a job, or does to it. */
export const pollScope: readonly Defect[] = [
  { id: 'foreign-job-code', ...SCOPED, description: 'the 404 for another account’s job has a `code` of its own' },
  { id: 'foreign-job-allow', ...SCOPED, description: 'the 404 for another account’s job has an `Allow` header' },
  { id: 'foreign-job-vary', ...SCOPED, description: 'the 404 for another account’s job has a `Vary` header' },
  {
    id: 'foreign-failed-readable',
    fault: 'foreign-job-readable',
    only: { status: 'failed' },
    ...SCOPED,
    description: 'another account’s failed job can be polled',
  },
  {
    id: 'foreign-pending-readable',
    fault: 'foreign-job-readable',
    only: { status: 'pending' },
    ...SCOPED,
    description: 'another account’s job can be polled while it is pending',
  },
  {
    id: 'foreign-remix-readable',
    fault: 'foreign-job-readable',
    only: { operation: 'remix' },
    ...SCOPED,
    description: 'another account’s remix can be polled',
  },
  {
    id: 'foreign-callback-job-403',
    fault: 'foreign-job-403',
    only: { callback: true },
    ...SCOPED,
    description: 'another account’s job is 403 if it has a callback',
  },
  {
    id: 'foreign-enhance-header',
    fault: 'foreign-job-header',
    only: { operation: 'enhance' },
    ...SCOPED,
    description: 'the 404 for another account’s enhance has a header more',
  },
  {
    id: 'first-account-reads-all',
    fault: 'reads-all-jobs',
    only: { account: 'first' },
    ...SCOPED,
    description: 'the first account can poll every job',
  },
  {
    id: 'later-account-reads-all',
    fault: 'reads-all-jobs',
    only: { account: 'later' },
    ...SCOPED,
    description: 'every account but the first can poll every job',
  },
  { id: 'head-unscoped', ...SCOPED, description: 'HEAD is 200 wherever a job is, and else 404' },
  { id: 'slash-unscoped', ...SCOPED, description: 'with a slash at its end, the path shows every account’s job' },
  { id: 'post-unscoped', ...SCOPED, description: 'POST shows every account’s job' },
  { id: 'put-unscoped', ...SCOPED, description: 'PUT shows every account’s job' },
  { id: 'delete-unscoped', ...SCOPED, description: 'DELETE by any account removes a job' },
  { id: 'patch-unscoped', ...SCOPED, description: 'PATCH by any account changes `created_at` of a job' },
  {
    id: '405-only-where-a-job-is',
    ...SCOPED,
    description: 'another method is 405 wherever a job is, and else 404',
  },
  { id: 'malformed-id-422', ...UNKNOWN, verdict: 'note', description: 'an id that is not 32 hex digits is 422' },
  { id: 'long-id-500', ...UNKNOWN, description: 'an id of more than 64 characters is 500' },
  { id: 'job-by-prefix', ...UNKNOWN, description: 'the beginning of an id finds the job' },
  { id: 'job-id-suffix-ignored', ...UNKNOWN, description: 'an id with more behind it finds the job' },
]
