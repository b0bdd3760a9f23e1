import { type Duration, isDuration, toMs } from './duration.ts'
import { checkFields, type Field, type Fields, isRecord, oneOf } from './fields.ts'
import { MisuseError, shown } from './misuse-error.ts'
import type { Ms } from './timestamp.ts'

/**
 * What a client gets instead of its answer: a status from 400 to 599, or a connection that is dropped at once, breaks off in the
 * middle of the body, or brings the body in drops.
 */
export type FaultyAnswer = number | 'drop' | 'truncate' | 'trickle'

/** A request that goes wrong on its way: what the client sees, and whether anything happened. */
export interface HttpFault {
  /** `before` anything happened, or `after` the request was carried out. @default 'after' */
  when?: 'before' | 'after'
  /** Left out, it is the true answer, only later. */
  answer?: FaultyAnswer
  /** Whole seconds, told by `Retry-After`; only with a status. */
  retryAfter?: number
  /** Real time that the answer is held back, at most 24 days, as no timer waits longer than 2^31 ms; for `trickle`, that it takes. */
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

const WORDS = ['drop', 'truncate', 'trickle']

// `1e21` would be printed with an exponent, and Retry-After is a whole number.
const MAX_RETRY_AFTER = 1_000_000_000
// Node's timers fire at once beyond 2^31 ms.
const MAX_LATENCY_MS = 24 * 86_400_000

const FAULT_FIELDS: Fields<HttpFault> = {
  when: oneOf('before', 'after'),
  answer: {
    expects: `a status from 400 to 599, ${WORDS.join(', ')}`,
    accepts: (value) => WORDS.includes(value as string) || isStatus(value),
  },
  retryAfter: {
    expects: `whole seconds up to ${MAX_RETRY_AFTER}`,
    accepts: (value) => Number.isInteger(value) && (value as number) >= 0 && (value as number) <= MAX_RETRY_AFTER,
  },
  latency: {
    expects: "a duration of at most '24d', such as '2s', '1h30m' or milliseconds as a number",
    accepts: (value) => isDuration(value) && toMs(value, 'latency') <= MAX_LATENCY_MS,
  },
}

export const FAULT: Field = { expects: 'an object such as { answer: 503 }', accepts: isRecord }

/** @throws {MisuseError} if it makes no sense */
export function checkFault(fault: HttpFault, at: string): void {
  checkFields(fault, FAULT_FIELDS, at)
  const { when, answer, retryAfter, latency } = fault
  if (answer === undefined && latency === undefined)
    throw new MisuseError(`${at}answer or ${at}latency is missing; a fault is one or both`)
  if (when === 'before' && (answer === undefined || answer === 'truncate' || answer === 'trickle'))
    throw new MisuseError(
      `${at}when: 'before' leaves nothing to answer with; expects answer to be a status or drop, received ${shown(answer)}`,
    )
  if (retryAfter !== undefined && typeof answer !== 'number')
    throw new MisuseError(`${at}retryAfter stands beside a status, such as { answer: 429, retryAfter: 2 }`)
}

export function toFault(scenarioId: string, fault: HttpFault): Fault {
  const { when = 'after', answer = null, retryAfter = null, latency } = fault
  return {
    scenarioId,
    when,
    answer,
    retryAfter,
    latencyMs:
      latency === undefined ? (answer === 'trickle' ? 1_000 : 0) : toMs(latency, 'scenario.effect.fault.latency'),
  }
}

function isStatus(value: unknown): boolean {
  return Number.isInteger(value) && (value as number) >= 400 && (value as number) <= 599
}
