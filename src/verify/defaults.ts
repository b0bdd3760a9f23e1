import type { Depth } from './scope.ts'

/** What an option of `verify` is when it is left out; shared by the command line and `contractSuite`. */
export const DEFAULTS = {
  control: 'auto',
  retentionMs: 86_400_000,
  longestWaitMs: 120_000,
  depth: 'full' as Depth,
  timeoutMs: 30_000,
  jobTimeoutMs: 600_000,
  callbackWaitMs: 60_000,
  deadlineMs: 1_800_000,
  /** Milliseconds between two polls; on a loopback target, polling costs nobody anything. */
  pollIntervalMs: 1_000,
  loopbackPollIntervalMs: 100,
  concurrency: 16,
} as const
