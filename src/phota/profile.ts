import type { Account } from '../engine/account.ts'
import type { Reservation } from '../engine/ledger-entries.ts'
import type { Step } from '../engine/step.ts'
import type { Ms } from '../engine/timestamp.ts'
import type { AddProfileRequest, ProfileStatusName } from '../spec/index.ts'

/** Everything about a profile that a snapshot keeps. */
export interface ProfileState {
  readonly id: string
  readonly account: Account
  readonly tag: string | null
  readonly tier: 'standard' | 'fast'
  readonly createdMs: Ms
  /** The steps still to come, next first. */
  readonly steps: ProfileStep[]
  status: ProfileStatusName
  /** For people; empty if there is nothing to say. */
  message: string
  /** Held from add until READY or ERROR; `null` afterwards. */
  reservation: Reservation | null
  dueSeq: number
}

/** A trained identity, or one in training. */
export interface Profile extends ProfileState, Step {
  deleted: boolean
}

export interface ProfileStep {
  readonly atMs: Ms
  readonly status: ProfileStatusName
  readonly message: string
}

export type TrainingRequest = Required<Pick<AddProfileRequest, 'image_urls' | 'training_tier'>> & { tag: string | null }

const TRAINING_MS: Readonly<Record<'standard' | 'fast', Ms>> = { standard: 480_000, fast: 180_000 }

export interface TrainingPlan {
  tier: 'standard' | 'fast'
  startMs: Ms
  /** Why it ends in ERROR; `null` if it does not. */
  problem: string | null
  /** A scenario's other end. */
  endStatus: 'ERROR' | 'INACTIVE' | null
}

/**
 * VALIDATING → QUEUING → IN_PROGRESS → READY, 8 minutes (standard) or 3 (fast); or ERROR as soon as the images are
 * looked at.
 */
export function planTraining({ tier, startMs, problem, endStatus }: TrainingPlan): ProfileStep[] {
  const validatedMs = startMs + 20_000
  if (problem !== null) return [{ atMs: validatedMs, status: 'ERROR', message: problem }]
  const end: Pick<ProfileStep, 'status' | 'message'> =
    endStatus === 'ERROR'
      ? { status: 'ERROR', message: 'The training failed.' }
      : { status: endStatus ?? 'READY', message: '' }
  return [
    { atMs: validatedMs, status: 'QUEUING', message: '' },
    { atMs: startMs + 40_000, status: 'IN_PROGRESS', message: '' },
    { atMs: startMs + TRAINING_MS[tier], ...end },
  ]
}
