import { type Duration, toMs } from './duration.ts'
import { MisuseError, shown } from './misuse-error.ts'
import type { Ms } from './timestamp.ts'

/**
 * What a client gets instead of its answer: a status from 400 to 599, or a connection that is dropped at once, breaks
 * off in the middle of the body, or brings the body in drops.
 */
export type FaultyAnswer = number | 'drop' | 'truncate' | 'trickle'

/** A request that goes wrong on its way: what the client sees, and whether anything happened. */
export interface HttpFault {
  /** `before` anything happened, or `after` the request was carried out. @default 'after' */
  when?: 'before' | 'after'
  /** Left out, it is the true answer, only later. */
  answer?: FaultyAnswer
  /** Whole seconds, told by `Retry-After`; only with a status. */
  retry_after?: number
  /**
   * Real time that the answer is held back, at most 24 days, as no timer waits longer than 2^31 ms; for `trickle`, that
   * it takes.
   */
  latency?: Duration
}

/** A fault ready to use. */
export interface Fault {
  readonly scenarioId: string
  readonly when: 'before' | 'after'
  readonly answer: FaultyAnswer | null
  readonly retryAfter: number | null
  readonly latencyMs: Ms
}

// Node's timers fire at once beyond 2^31 ms.
const MAX_LATENCY_MS = 24 * 86_400_000

/** @throws {MisuseError} if it makes no sense */
export function toFault(fault: HttpFault, at: string): Omit<Fault, 'scenarioId'> {
  const { when = 'after', answer = null, retry_after: retryAfter = null, latency } = fault
  if (answer === null && latency === undefined)
    throw new MisuseError(`${at}answer or ${at}latency is missing; a fault is one or both`)
  if (when === 'before' && (answer === null || answer === 'truncate' || answer === 'trickle'))
    throw new MisuseError(
      `${at}when: 'before' leaves nothing to answer with; expects answer to be a status or ` +
        `drop, received ${shown(fault.answer)}`,
    )
  if (retryAfter !== null && typeof answer !== 'number')
    throw new MisuseError(`${at}retry_after stands beside a status, such as { answer: 429, retry_after: 2 }`)
  const latencyMs = latency === undefined ? (answer === 'trickle' ? 1_000 : 0) : toMs(latency, `${at}latency`)
  if (latencyMs > MAX_LATENCY_MS)
    throw new MisuseError(
      `${at}latency expects a duration of at most '24d', such as '2s', '1h30m' or milliseconds as a number, ` +
        `received ${shown(latency)}`,
    )
  return { when, answer, retryAfter, latencyMs }
}
