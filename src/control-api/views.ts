import type { AdvanceResult, SettleResult } from '../drive/advance-result.ts'
import type { Drive } from '../drive/drive.ts'
import type { Account } from '../engine/account.ts'
import type { Attempt, Delivery } from '../engine/delivery.ts'
import { excerpt } from '../engine/excerpt.ts'
import type { Job } from '../engine/job.ts'
import type { LedgerEntry } from '../engine/ledger-entries.ts'
import { toTimestamp } from '../engine/timestamp.ts'
import type { World } from '../engine/world.ts'
import type {
  ControlAccount,
  ControlActiveScenario,
  ControlAdvanceResult,
  ControlClock,
  ControlJobDetail,
  ControlLedger,
  ControlTimeline,
  ControlTimelineJob,
  ControlWorld,
} from '../spec/control/index.ts'
import type { ControlHost } from './control-host.ts'
import { deliveryRecordOf } from './delivery-record.ts'
import { recordOf } from './job-record.ts'

/** Of thousands of prompts, as much as a list shows and a search is for. */
const TIMELINE_PROMPT = 200

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

export function viewAdvanceResult(result: AdvanceResult | SettleResult): ControlAdvanceResult {
  return {
    now: result.now,
    events: result.events.map(({ atMs, kind, account, id, detail }) => ({
      at: toTimestamp(atMs),
      kind,
      account,
      id,
      detail,
    })),
    counts: result.counts as ControlAdvanceResult['counts'],
    ...('stuck' in result && { stuck: result.stuck }),
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

export function viewScenarios(world: World): ControlActiveScenario[] {
  return world.scenarios.states().map(({ id, match, effect, left }) => ({
    id,
    match: printable(match) as NonNullable<ControlActiveScenario['match']>,
    effect: effect as ControlActiveScenario['effect'],
    times_left: Number.isFinite(left) ? left : null,
  }))
}

/** JSON holds no patterns; one is told as its text. */
function printable(match: object): object {
  return Object.fromEntries(
    Object.entries(match).map(([name, value]) => [name, typeof value === 'object' ? String(value) : value]),
  )
}

export function viewLedger(account: Account): ControlLedger {
  return { entries: Array.from(account.entries, viewEntry), folded: account.foldedEntries }
}

function viewEntry(entry: LedgerEntry): ControlLedger['entries'][number] {
  return {
    seq: entry.seq,
    at: toTimestamp(entry.atMs),
    kind: entry.kind,
    amount_micro_usd: entry.amountMicroUsd,
    subject: entry.subject,
    available_micro_usd: entry.availableMicroUsd,
    reserved_micro_usd: entry.reservedMicroUsd,
    spent_micro_usd: entry.spentMicroUsd,
  }
}

export function viewJobDetail({ api }: ControlHost, world: World, job: Job, filesUrl: string): ControlJobDetail {
  const deliveries = [...world.outbox.all()].filter(({ jobId }) => jobId === job.id)
  return {
    job: recordOf(world, job, filesUrl),
    mode: job.mode,
    request: api.viewRequest(job),
    timeline: viewTimelineJob(world, job, deliveries),
    scenario: job.scenarioId,
    cost: {
      reserved_micro_usd: job.reservation.amountMicroUsd,
      final_micro_usd: job.completedMs === null ? null : job.status === 'succeeded' ? job.work.finalMicroUsd : 0,
    },
    ledger: [job.reservation, job.closing].flatMap((entry) => (entry ? [viewEntry(entry)] : [])),
    deliveries: deliveries.map((delivery) => deliveryRecordOf(world.dialect, delivery)),
  }
}

/** The jobs that are not expired. A fixture may add an older job after a newer one, so they are put in order here. */
export function bySubmit(world: World): Job[] {
  return [...world.jobs.live()].sort((a, b) => a.createdMs - b.createdMs)
}

/** The `limit` jobs that were submitted last. */
export function viewTimeline(world: World, nowMs: number, limit: number): ControlTimeline {
  const live = bySubmit(world)
  const deliveries = Map.groupBy(world.outbox.all(), ({ jobId }) => jobId)
  return {
    now_ms: nowMs,
    live: live.length,
    jobs: live.slice(-limit).map((job) => viewTimelineJob(world, job, deliveries.get(job.id) ?? [])),
  }
}

function viewTimelineJob(world: World, job: Job, deliveries: readonly Delivery[]): ControlTimelineJob {
  return {
    job_id: job.id,
    account: job.account.id,
    operation: job.work.operation as ControlTimelineJob['operation'],
    prompt: excerpt(job.work.label, TIMELINE_PROMPT),
    client_request_id: job.work.idempotencyKey,
    status: (world.dialect.statuses?.[job.status] ?? job.status) as ControlTimelineJob['status'],
    error_code: job.status === 'failed' ? (job.failure?.code ?? null) : null,
    created_ms: job.createdMs,
    starts_ms: job.startsMs,
    ends_ms: Number.isFinite(job.endsMs) ? job.endsMs : null,
    completed_ms: job.completedMs,
    expires_ms: job.expiresMs,
    attempts: deliveries.flatMap(({ id, attempts, nextAttemptMs }) => [
      ...attempts.map((attempt) => ({ delivery: id, at_ms: attempt.atMs, outcome: outcomeOf(attempt) })),
      ...(nextAttemptMs === null ? [] : [{ delivery: id, at_ms: nextAttemptMs, outcome: 'due' as const }]),
    ]),
  }
}

function outcomeOf({ status, error }: Attempt): 'in-flight' | 'delivered' | 'failed' {
  if (status === null && error === null) return 'in-flight'
  return status !== null && status >= 200 && status < 300 ? 'delivered' : 'failed'
}
