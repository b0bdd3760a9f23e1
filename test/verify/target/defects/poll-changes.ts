import type { Defect } from '../defect.ts'
import { AT_THE_END, RETENTION } from './rule-sets.ts'

const CHANGES = { breaks: ['poll.monotonic'], also: [...AT_THE_END, ...RETENTION, 'poll.no-effect', 'poll.timestamps'] }

/** Fields that change from one poll to the next, and must not. */
export const pollChanges: readonly Defect[] = [
  { id: 'created-at-drifts', ...CHANGES, description: 'each poll shows `created_at` a second later' },
  {
    id: 'remix-created-at-drifts',
    fault: 'created-at-drifts',
    only: { operation: 'remix' },
    ...CHANGES,
    description: 'each poll of a remix shows `created_at` a second later',
  },
  {
    id: 'failed-created-at-drifts',
    fault: 'created-at-drifts',
    only: { status: 'failed' },
    ...CHANGES,
    description: 'each poll of a failed job shows `created_at` a second later',
  },
  {
    id: 'created-at-is-start',
    ...CHANGES,
    description: '`created_at` moves to the start of the work when that begins',
  },
  {
    id: 'enhance-completed-at-drifts',
    fault: 'terminal-drifts',
    only: { operation: 'enhance' },
    ...CHANGES,
    description: '`completed_at` of an enhance is the time of the poll',
  },
  {
    id: 'failed-completed-at-drifts',
    fault: 'terminal-drifts',
    only: { status: 'failed' },
    ...CHANGES,
    description: '`completed_at` of a failed job is the time of the poll',
  },
  { id: 'completed-at-lost', ...CHANGES, description: 'from the third poll after the end, `completed_at` is null' },
  { id: 'error-message-changes', ...CHANGES, description: '`error.message` counts the polls' },
  { id: 'error-code-changes', ...CHANGES, description: 'after the first poll, `error.code` is `INTERNAL`' },
  { id: 'urls-reordered', ...CHANGES, description: 'every second poll lists the download URLs in reverse' },
  {
    id: 'generate-urls-reordered',
    fault: 'urls-reordered',
    only: { operation: 'generate', outputs: 3 },
    ...CHANGES,
    description: 'every second poll lists the download URLs of a generate with three or more outputs in reverse',
  },
  {
    id: 'remix-urls-anew',
    fault: 'urls-anew-each-poll',
    only: { operation: 'remix' },
    ...CHANGES,
    description: 'each poll of a remix stores the outputs under new names',
  },
  { id: 'subjects-lost', ...CHANGES, description: 'from the third poll after the end, `known_subjects` is null' },
  { id: 'result-lost', ...CHANGES, description: 'from the third poll after the end, `result` is null' },
  {
    id: 'later-account-result-lost',
    fault: 'result-lost',
    only: { account: 'later' },
    ...CHANGES,
    description: 'for all accounts but the first, `result` is null from the third poll after the end',
  },
  { id: 'end-flickers', ...CHANGES, description: 'the second poll after the end says `running` once more' },
  {
    id: 'failed-end-flickers',
    fault: 'end-flickers',
    only: { status: 'failed' },
    ...CHANGES,
    description: 'the second poll of a failed job says `running` once more',
  },
  { id: 'success-turns-failure', ...CHANGES, description: 'a minute after it succeeded, a job says `failed`' },
  {
    id: 'remix-status-flaps',
    fault: 'status-flaps',
    only: { operation: 'remix' },
    ...CHANGES,
    description: 'every second poll of a running remix says `pending`',
  },
  {
    id: 'later-account-status-flaps',
    fault: 'status-flaps',
    only: { account: 'later' },
    ...CHANGES,
    description: 'for all accounts but the first, every second poll of a running job says `pending`',
  },
  {
    id: 'operation-flips-at-end',
    breaks: ['poll.operation'],
    also: ['poll.monotonic', 'callback.payload'],
    description: '`operation` is right until the end, and then `edit`',
  },
  {
    id: 'job-id-dashed',
    breaks: ['poll.shape'],
    also: [...AT_THE_END, 'submit.poll-url'],
    description: 'polls and callbacks write `job_id` with dashes, unlike the handle',
  },
  {
    id: 'job-id-dashed-at-end',
    breaks: ['poll.shape'],
    also: AT_THE_END,
    description: 'the `job_id` of a finished job has dashes',
  },
]
