import type { Drive, Passage, Settled } from '../../drive/drive.ts'
import type { Account } from '../../engine/account.ts'
import type { Delivery } from '../../engine/delivery.ts'
import { toControlSpelling } from '../../engine/scenario-spelling.ts'
import { toTimestamp } from '../../engine/timestamp.ts'
import type { World } from '../../engine/world.ts'
import type {
  ControlAccount,
  ControlActiveScenario,
  ControlClock,
  ControlDelivery,
  ControlLedger,
  ControlPassage,
  ControlWorld,
} from '../../spec/control/index.ts'

export function viewWorld(world: World, drive: Drive): ControlWorld {
  return { id: world.options.id, clock: viewClock(drive), accounts: Array.from(world.accounts.values(), viewAccount) }
}

export function viewClock(drive: Drive): ControlClock {
  return {
    now: new Date(drive.nowMs()).toISOString(),
    mode: drive.mode,
    speed: drive.speed,
    frozen: drive.frozen,
    open_requests: drive.world.jobs.openRequests().length,
  }
}

export function viewPassage(passage: Passage | Settled): ControlPassage {
  return {
    now: passage.now,
    happenings: passage.happenings.map(({ atMs, kind, account, id, detail }) => ({
      at: toTimestamp(atMs),
      kind,
      account,
      id,
      detail,
    })),
    counts: passage.counts,
    ...('stuck' in passage && { stuck: passage.stuck }),
  }
}

export function viewAccount(account: Account): ControlAccount {
  return {
    id: account.id,
    keys: account.keys,
    webhook_signing_secret: account.webhookSecret,
    deposited_micro_usd: account.deposited,
    available_micro_usd: account.available,
    reserved_micro_usd: account.reserved,
    spent_micro_usd: account.spent,
  }
}

export function viewDelivery(delivery: Delivery): ControlDelivery {
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

export function viewScenarios(world: World): ControlActiveScenario[] {
  return world.scenarios.list().map(({ id, match, effect, timesLeft }) => ({
    id,
    match: toControlSpelling(match) as NonNullable<ControlActiveScenario['match']>,
    effect: toControlSpelling(effect) as ControlActiveScenario['effect'],
    times_left: timesLeft,
  }))
}

export function viewLedger(account: Account): ControlLedger {
  return {
    entries: Array.from(account.entries.values(), (entry) => ({
      seq: entry.seq,
      at: toTimestamp(entry.atMs),
      kind: entry.kind,
      amount_micro_usd: entry.amountMicroUsd,
      subject: entry.subject,
      available_micro_usd: entry.availableMicroUsd,
      reserved_micro_usd: entry.reservedMicroUsd,
      spent_micro_usd: entry.spentMicroUsd,
    })),
    folded: account.foldedEntries,
  }
}
