import type { Defect } from './defect.ts'
import { billing } from './defects/billing.ts'
import { billingParts } from './defects/billing-parts.ts'
import { callback } from './defects/callback.ts'
import { callbackBodies } from './defects/callback-bodies.ts'
import { callbackRetries } from './defects/callback-retries.ts'
import { idempotency } from './defects/idempotency.ts'
import { idempotencyIds } from './defects/idempotency-ids.ts'
import { idempotencyReplays } from './defects/idempotency-replays.ts'
import { poll } from './defects/poll.ts'
import { pollChanges } from './defects/poll-changes.ts'
import { pollExpiry } from './defects/poll-expiry.ts'
import { pollFields } from './defects/poll-fields.ts'
import { pollScope } from './defects/poll-scope.ts'
import { pollStatus } from './defects/poll-status.ts'
import { result } from './defects/result.ts'
import { resultOutputs } from './defects/result-outputs.ts'
import { resultSigned } from './defects/result-signed.ts'
import { shape } from './defects/shape.ts'
import { submit } from './defects/submit.ts'
import { submitAuth } from './defects/submit-auth.ts'
import { submitModes } from './defects/submit-modes.ts'
import { submitRefusals } from './defects/submit-refusals.ts'

export type { Defect } from './defect.ts'

/** All that a target can get wrong, one at a time. */
export const defects: readonly Defect[] = [
  ...submit,
  ...submitModes,
  ...submitRefusals,
  ...submitAuth,
  ...poll,
  ...pollStatus,
  ...pollFields,
  ...pollChanges,
  ...pollScope,
  ...pollExpiry,
  ...result,
  ...resultOutputs,
  ...resultSigned,
  ...callback,
  ...callbackRetries,
  ...callbackBodies,
  ...idempotency,
  ...idempotencyIds,
  ...idempotencyReplays,
  ...billing,
  ...billingParts,
  ...shape,
]
