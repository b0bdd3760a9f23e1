import { type Duration, toMs } from './duration.ts'
import { checkFields, DURATION, type Field, type Fields, isRecord, oneOf } from './fields.ts'
import { MisuseError } from './misuse-error.ts'
import type { Ms } from './timestamp.ts'

/** How a job's callback goes wrong, without any fault of its receiver. */
export interface CallbackFault {
  /** `never` sent; sent as two deliveries, a `duplicate`; or with a `wrong-signature`, that of another secret. */
  fault?: 'never' | 'duplicate' | 'wrong-signature'
  /** World time by which it comes late: so that callbacks of several jobs come out of order, or after the job is expired. */
  delay?: Duration
}

/** A callback fault ready to use. */
export interface CallbackFate {
  readonly fault: 'never' | 'duplicate' | 'wrong-signature' | null
  readonly delayMs: Ms
}

const FIELDS: Fields<CallbackFault> = { fault: oneOf('never', 'duplicate', 'wrong-signature'), delay: DURATION }

export const CALLBACK: Field = { expects: "an object such as { fault: 'duplicate' }", accepts: isRecord }

/** @throws {MisuseError} if it makes no sense */
export function checkCallbackFault(fault: CallbackFault, at: string): void {
  checkFields(fault, FIELDS, at)
  if (fault.fault === undefined && fault.delay === undefined)
    throw new MisuseError(`${at}fault or ${at}delay is missing; a callback fault is one or both`)
}

export function toCallbackFate({ fault, delay }: CallbackFault): CallbackFate {
  return { fault: fault ?? null, delayMs: delay === undefined ? 0 : toMs(delay, 'scenario.effect.callback.delay') }
}
