import type { Flaw } from './flaw.ts'
import type { Job } from './job.ts'

/** What became of one attempt; `length` is of the answer's body. */
export type Outcome = { readonly status: number; readonly length: number } | 'refused' | 'timed out'

export const described = (outcome: Outcome): string => (typeof outcome === 'string' ? outcome : String(outcome.status))

/** A flaw that never gives up must give up at last, or a test could not end. */
const FOREVER = 200

/** For some flaws, which status ends the attempts. */
const ENDS: Record<string, (status: number, length: number) => boolean> = {
  'only-200-is-heard': (status) => status === 200,
  'any-answer-is-heard': () => true,
  '502-is-heard': (status) => status < 300 || status === 502,
  '503-is-heard': (status) => status < 300 || status === 503,
  '504-is-heard': (status) => status < 300 || status === 504,
  'only-500-is-tried-again': (status) => status !== 500,
  '201-is-tried-again': (status) => status < 300 && status !== 201,
  '202-is-tried-again': (status) => status < 300 && status !== 202,
  '204-is-tried-again': (status) => status < 300 && status !== 204,
  'empty-answer-is-tried-again': (status, length) => status < 300 && length > 0,
}

/** Whether the receiver has taken the callback, so that no further attempt follows. */
export function isHeard(outcome: Outcome, flaw: Flaw, job: Job): boolean {
  if (outcome === 'timed out') return flaw.has('timeout-is-heard', job)
  if (outcome === 'refused') return false
  const { status, length } = outcome
  const ends = flaw.pick(ENDS, job)
  if (ends !== undefined) return ends(status, length)
  return status >= 200 && status < 300
}

/** How long to wait after the attempt, counted from 0; undefined if it was the last one. */
export function delayAfter(nth: number, retryMs: readonly number[], flaw: Flaw, job: Job): number | undefined {
  if (flaw.has('no-retry', job)) return undefined
  if (nth >= FOREVER) return undefined
  if (flaw.has('endless-retry', job)) return retryMs[nth] ?? retryMs.at(-1)
  if (flaw.has('endless-retry-every-5s', job) && nth > 0) return 5_000
  return retryMs[nth]
}

/** What some flaws do to a job whose callback was not taken. */
export function breakJob(job: Job): void {
  job.status = 'failed'
  job.result = null
  job.error = { code: 'INTERNAL', message: 'The callback was not answered.' }
}
