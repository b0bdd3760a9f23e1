import type { Defect } from '../defect.ts'
import { AT_THE_END } from './rule-sets.ts'

const UNKNOWN_WORD = { breaks: ['poll.shape'], also: AT_THE_END }

/** Words for a status that the guide does not know, in a part of the jobs. */
export const pollStatus: readonly Defect[] = [
  {
    id: 'running-in-progress',
    fault: 'running-as-in-progress',
    ...UNKNOWN_WORD,
    description: 'a running job is `in_progress`',
  },
  {
    id: 'remix-running-processing',
    fault: 'running-as-processing',
    only: { operation: 'remix' },
    ...UNKNOWN_WORD,
    description: 'a running remix is `processing`',
  },
  {
    id: 'later-account-running-upper-case',
    fault: 'running-in-upper-case',
    only: { account: 'later' },
    ...UNKNOWN_WORD,
    description: 'for all accounts but the first, a running job is `RUNNING`',
  },
  {
    id: 'callback-running-in-progress',
    fault: 'running-as-in-progress',
    only: { callback: true },
    ...UNKNOWN_WORD,
    description: 'a running job with a callback is `in_progress`',
  },
  {
    id: 'enhance-pending-queued',
    fault: 'pending-as-queued',
    only: { operation: 'enhance' },
    ...UNKNOWN_WORD,
    description: 'a poll of a pending enhance says `queued`',
  },
  {
    id: 'four-outputs-pending-queued',
    fault: 'pending-as-queued',
    only: { outputs: 4 },
    ...UNKNOWN_WORD,
    description: 'a pending job for four outputs is `queued`',
  },
  {
    id: 'callback-job-completed',
    fault: 'succeeded-as-completed',
    only: { callback: true },
    ...UNKNOWN_WORD,
    description: 'a succeeded job with a callback is `completed`',
  },
  {
    id: 'four-outputs-done',
    fault: 'succeeded-as-done',
    only: { outputs: 4 },
    ...UNKNOWN_WORD,
    description: 'a succeeded job with four outputs is `done`',
  },
  {
    id: 'later-account-done',
    fault: 'succeeded-as-done',
    only: { account: 'later' },
    ...UNKNOWN_WORD,
    description: 'for all accounts but the first, a succeeded job is `done`',
  },
  {
    id: 'enhance-failed-error',
    fault: 'failed-as-error',
    only: { operation: 'enhance' },
    ...UNKNOWN_WORD,
    description: 'a failed enhance is `error`',
  },
  {
    id: 'callback-failed-error',
    fault: 'failed-as-error',
    only: { callback: true },
    ...UNKNOWN_WORD,
    description: 'a failed job with a callback is `error`',
  },
]
