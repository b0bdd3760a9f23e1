import { toTimestamp } from '../engine/timestamp.ts'
import type { ControlProfile } from '../spec/control/index.ts'
import type { Profile } from './profile.ts'

/** A profile as the control API tells of it. */
export function viewProfile(profile: Profile): ControlProfile {
  const { id, account, tag, tier, status, message, createdMs, reservation, steps } = profile
  return {
    profile_id: id,
    account: account.id,
    tag,
    training_tier: tier,
    status,
    message,
    created_at: toTimestamp(createdMs),
    reserved_micro_usd: reservation?.amountMicroUsd ?? 0,
    steps: steps.map((step) => ({ at: toTimestamp(step.atMs), status: step.status })),
  }
}
