import type { Defect } from './defect.ts'
import { billing } from './defects/billing.ts'
import { callback } from './defects/callback.ts'
import { idempotency } from './defects/idempotency.ts'
import { poll } from './defects/poll.ts'
import { result } from './defects/result.ts'
import { shape } from './defects/shape.ts'
import { submit } from './defects/submit.ts'

export type { Defect } from './defect.ts'

/** All that a target can get wrong, one at a time. */
export const defects: readonly Defect[] = [
  ...submit,
  ...poll,
  ...result,
  ...callback,
  ...idempotency,
  ...billing,
  ...shape,
]
