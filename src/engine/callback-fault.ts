import { type Duration, toMs } from './duration.ts'
import { MisuseError } from './misuse-error.ts'
import type { Ms } from './timestamp.ts'

/** How a job's callback goes wrong, without any fault of its receiver. */
export interface CallbackFault {
  /** `never` sent; sent as two deliveries, a `duplicate`; or with a `wrong-signature`, that of another secret. */
  fault?: 'never' | 'duplicate' | 'wrong-signature'
  /**
   * World time by which it comes late: so that callbacks of several jobs come out of order, or after the job is
   * expired.
   */
  delay?: Duration
}

/** A callback fault ready to use. */
export interface PlannedCallbackFault {
  readonly fault: 'never' | 'duplicate' | 'wrong-signature' | null
  readonly delayMs: Ms
}

/** @throws {MisuseError} if it makes no sense */
export function toPlannedCallbackFault({ fault, delay }: CallbackFault, at: string): PlannedCallbackFault {
  if (fault === undefined && delay === undefined)
    throw new MisuseError(`${at}fault or ${at}delay is missing; a callback fault is one or both`)
  return { fault: fault ?? null, delayMs: delay === undefined ? 0 : toMs(delay, `${at}delay`) }
}
