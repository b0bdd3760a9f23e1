import type { ControlDelivery } from '../spec/control/index.ts'
import type { Delivery } from './delivery.ts'
import { toTimestamp } from './timestamp.ts'

/** A callback with its attempts, as queries and the control API tell it: times are timestamps of the World's clock. */
export type DeliveryRecord = ControlDelivery

export function deliveryRecordOf(delivery: Delivery): DeliveryRecord {
  const { id, jobId, account, url, state, createdMs, nextAttemptMs, body, signature, attempts } = delivery
  return {
    id,
    job_id: jobId,
    account: account.id,
    url,
    state,
    created_at: toTimestamp(createdMs),
    next_attempt_at: nextAttemptMs === null ? null : toTimestamp(nextAttemptMs),
    body,
    signature,
    attempts: attempts.map(({ n, atMs, status, error, durationMs, wallMs }) => ({
      n,
      at: toTimestamp(atMs),
      status,
      error,
      duration_ms: durationMs,
      wall_ms: wallMs,
    })),
  }
}
