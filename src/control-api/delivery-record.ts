import type { Delivery } from '../engine/delivery.ts'
import type { Dialect } from '../engine/dialect.ts'
import { toTimestamp } from '../engine/timestamp.ts'
import type { ControlDelivery } from '../spec/control/index.ts'

/** A callback with its attempts, as queries and the control API tell it: times are timestamps of the World's clock. */
export type DeliveryRecord = ControlDelivery

export function deliveryRecordOf(dialect: Dialect, delivery: Delivery): DeliveryRecord {
  const { id, jobId, account, url, state, createdMs, nextAttemptMs, body, secret, attempts } = delivery
  const atMs = attempts.at(-1)?.atMs ?? createdMs
  const headers = dialect.callbackHeaders({ deliveryId: id, jobId, body, secret, atMs })
  return {
    id,
    job_id: jobId,
    account: account.id,
    url,
    state,
    created_at: toTimestamp(createdMs),
    next_attempt_at: nextAttemptMs === null ? null : toTimestamp(nextAttemptMs),
    body,
    signature: headers[dialect.signatureHeader.toLowerCase()] ?? '',
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
