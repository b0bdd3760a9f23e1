import type { Account } from '../engine/account.ts'
import type { WorldContext } from '../engine/context.ts'
import { formatDuration } from '../engine/duration.ts'
import { excerpt } from '../engine/excerpt.ts'
import { MisuseError } from '../engine/misuse-error.ts'
import { type MicroUsd, usd } from '../engine/money.ts'
import { Refusal } from '../engine/refusal.ts'
import type { RestoreOwn } from '../engine/snapshot-own.ts'
import type { Ms } from '../engine/timestamp.ts'
import type { ProfileStatusName } from '../spec/index.ts'
import type { PhotaWorldOptions } from './options.ts'
import { type Profile, type ProfileState, type ProfileStep, planTraining, type TrainingRequest } from './profile.ts'
import { profileNotFound } from './refusals.ts'
import type { PhotaEffect } from './scenario.ts'
import type { PackedProfile } from './snapshot.ts'
import { isUnreachable } from './unreachable.ts'

/** A profile that a fixture puts into the World in the middle of its life. */
export interface ProfileSeed {
  id: string | null
  tag: string | null
  tier: 'standard' | 'fast'
  status: ProfileStatusName
  message: string
  /** When its training began; only meant while it is in training. */
  createdMs: Ms
}

/** The profiles of a World. Another account's profile is a 404, like one that never was. */
export class Profiles {
  readonly #world: WorldContext & { readonly options: PhotaWorldOptions }
  readonly #all = new Map<string, Profile>()
  #training = 0

  constructor(world: WorldContext & { readonly options: PhotaWorldOptions }) {
    this.#world = world
  }

  get trainingCount(): number {
    return this.#training
  }

  all(): IterableIterator<Profile> {
    return this.#all.values()
  }

  /**
   * Begins a training; its whole price is reserved.
   *
   * @throws {Refusal} `unaffordable` if that is more than is available; no profile is made
   */
  add(account: Account, request: TrainingRequest): Profile {
    const { clock, entropy, scenarios } = this.#world
    this.#assertCovered(account, request.training_tier)
    const { effect } = scenarios.plannedFor({ operation: 'addProfile', account, label: '', idempotencyKey: null })
    const unreachable = request.image_urls.find(isUnreachable)
    const profile = this.#create(
      account,
      entropy.nextId('profile', (id) => this.#all.has(id)),
      request.training_tier,
      request.tag,
      clock.nowMs,
    )
    profile.steps.push(
      ...planTraining({
        tier: request.training_tier,
        startMs: clock.nowMs,
        problem: unreachable === undefined ? null : `An image could not be read: ${excerpt(unreachable, 200)}`,
        endStatus: (effect as PhotaEffect).profile_status ?? null,
      }),
    )
    this.#begin(profile)
    return profile
  }

  /** @throws {Refusal} 404 for an id that is unknown, deleted, or another account's */
  get(account: Account, id: string): Profile {
    const profile = this.#all.get(id)
    if (!profile || profile.account !== account) throw profileNotFound()
    return profile
  }

  /** The account's profiles, oldest first; only those with the tag, if one is given. */
  list(account: Account, tag: string | null): Profile[] {
    return [...this.#all.values()].filter(
      (profile) => profile.account === account && (tag === null || profile.tag === tag),
    )
  }

  /** Removes a profile; a training that still runs is given up and its reservation released. */
  delete(account: Account, id: string): void {
    const profile = this.get(account, id)
    this.#all.delete(id)
    profile.deleted = true
    if (profile.steps.length > 0) this.#training--
    profile.steps.length = 0
    // What is still on the schedule for it is stale.
    profile.dueSeq = 0
    this.#release(profile)
    this.#world.events.keeper?.ownForgotten(profile)
    this.#world.events.changed('profile.deleted', account.id, id)
  }

  isReady(account: Account, id: string): boolean {
    const profile = this.#all.get(id)
    return profile?.account === account && profile.status === 'READY'
  }

  /** @throws {Refusal} 404 for the first id that is no READY profile of the account */
  assertUsable(account: Account, ids: readonly string[]): void {
    const bad = ids.find((id) => !this.isReady(account, id))
    if (bad !== undefined)
      throw new Refusal({
        kind: 'stated',
        status: 404,
        code: 'NOT_FOUND',
        detail: `No such profile: ${excerpt(bad, 128)}`,
      })
  }

  /** Takes a profile in, in the middle of its life. */
  restore(packed: PackedProfile, { accountOf, reservationOf, plan }: RestoreOwn): void {
    const profile = this.#live({
      ...packed,
      account: accountOf(packed.account),
      steps: [...packed.steps],
      reservation: packed.reservation === null ? null : reservationOf(packed.reservation),
    })
    this.#all.set(profile.id, profile)
    if (profile.steps.length > 0) this.#training++
    plan(profile)
  }

  /**
   * Puts a profile into the World as a fixture describes it. One in training is paid for and goes on; a finished one is
   * free.
   */
  seed(account: Account, seed: ProfileSeed): Profile {
    const id = seed.id ?? this.#world.entropy.nextId('profile', (id) => this.#all.has(id))
    if (this.#all.has(id)) throw new MisuseError(`profile_id ${id} is that of another profile`)
    const profile = this.#create(account, id, seed.tier, seed.tag, seed.createdMs)
    profile.status = seed.status
    profile.message = seed.message
    const planned = planTraining({ tier: seed.tier, startMs: seed.createdMs, problem: null, endStatus: null })
    const at = planned.findIndex((step) => step.status === seed.status)
    if (seed.status === 'VALIDATING' || (at >= 0 && at < planned.length - 1)) {
      const { clock } = this.#world
      const next = planned[at + 1] as ProfileStep
      if (next.atMs <= clock.nowMs) {
        throw new MisuseError(
          `added_ago expects less than ${formatDuration(next.atMs - seed.createdMs)} for a ` +
            `${seed.tier} profile that is ${seed.status}; then it is ${next.status}`,
        )
      }
      profile.steps.push(...planned.slice(at + 1))
      this.#begin(profile)
    } else {
      this.#all.set(id, profile)
      this.#world.events.keeper?.ownChanged(profile)
    }
    return profile
  }

  #create(account: Account, id: string, tier: 'standard' | 'fast', tag: string | null, createdMs: Ms): Profile {
    return this.#live({
      id,
      account,
      tag,
      tier,
      createdMs,
      steps: [],
      status: 'VALIDATING',
      message: '',
      reservation: null,
      dueSeq: 0,
    })
  }

  #live(state: ProfileState): Profile {
    const next = () => profile.steps[0]?.atMs ?? null
    const profile: Profile = {
      ...state,
      deleted: false,
      step: () => this.#step(profile),
      nextStepMs: next,
      worthWaitingMs: next,
    }
    return profile
  }

  /** The next step of a training has come. */
  #step(profile: Profile): void {
    const step = profile.steps.shift()
    if (!step || profile.deleted) return
    const { clock, ledger } = this.#world
    profile.status = step.status
    profile.message = step.message
    this.#world.events.keeper?.ownChanged(profile)
    const next = profile.steps[0]
    if (next) this.#world.scheduleStep(profile, Math.max(clock.nowMs, next.atMs))
    else this.#training--
    if (step.status === 'ERROR') this.#release(profile)
    else if (!next && profile.reservation) {
      ledger.settle(profile.account, profile.reservation, profile.reservation.amountMicroUsd, clock.nowMs)
      profile.reservation = null
    }
    this.#world.events.changed('profile.changed', profile.account.id, profile.id, step.status)
  }

  #begin(profile: Profile): void {
    const { ledger, clock } = this.#world
    const price = this.#assertCovered(profile.account, profile.tier)
    profile.reservation = ledger.reserve(profile.account, price, profile.id, clock.nowMs)
    this.#all.set(profile.id, profile)
    this.#training++
    this.#world.events.keeper?.ownChanged(profile)
    const first = profile.steps[0]
    if (first) this.#world.scheduleStep(profile, Math.max(clock.nowMs, first.atMs))
    this.#world.events.changed('profile.created', profile.account.id, profile.id, profile.status)
  }

  /** @throws {Refusal} `unaffordable` */
  #assertCovered(account: Account, tier: Profile['tier']): MicroUsd {
    const price = usd(this.#world.options.prices.training[tier])
    this.#world.ledger.assertCovered(account, price, 'training')
    return price
  }

  #release(profile: Profile): void {
    if (!profile.reservation) return
    this.#world.ledger.release(profile.account, profile.reservation, this.#world.clock.nowMs)
    profile.reservation = null
  }
}

/** A profile as a snapshot keeps it. */
export function packProfile(profile: Profile): PackedProfile {
  return {
    id: profile.id,
    account: profile.account.id,
    tag: profile.tag,
    tier: profile.tier,
    createdMs: profile.createdMs,
    steps: [...profile.steps],
    status: profile.status,
    message: profile.message,
    reservation: profile.reservation?.seq ?? null,
    dueSeq: profile.dueSeq,
  }
}
