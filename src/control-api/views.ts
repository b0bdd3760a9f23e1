import type { Drive, Passage, Settled } from '../drive/drive.ts'
import type { Account } from '../engine/account.ts'
import type { Attempt, Delivery } from '../engine/delivery.ts'
import { deliveryRecordOf } from '../engine/delivery-record.ts'
import { excerpt } from '../engine/excerpt.ts'
import type { Job } from '../engine/job.ts'
import { recordOf } from '../engine/job-record.ts'
import type { LedgerEntry } from '../engine/ledger-entries.ts'
import type { Profile } from '../engine/profile.ts'
import { toControlSpelling } from '../engine/scenario-spelling.ts'
import { toTimestamp } from '../engine/timestamp.ts'
import type { World } from '../engine/world.ts'
import type {
  ControlAccount,
  ControlActiveScenario,
  ControlClock,
  ControlJobDetail,
  ControlLedger,
  ControlPassage,
  ControlProfile,
  ControlTimeline,
  ControlTimelineJob,
  ControlWorld,
} from '../spec/control/index.ts'

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

export function viewScenarios(world: World): ControlActiveScenario[] {
  return world.scenarios.list().map(({ id, match, effect, timesLeft }) => ({
    id,
    match: toControlSpelling(match) as NonNullable<ControlActiveScenario['match']>,
    effect: toControlSpelling(effect) as ControlActiveScenario['effect'],
    times_left: timesLeft,
  }))
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

export function viewJobDetail(world: World, job: Job, imagesUrl: string): ControlJobDetail {
  const { request } = job
  const deliveries = [...world.outbox.all()].filter(({ jobId }) => jobId === job.id)
  return {
    job: recordOf(world, job, imagesUrl),
    mode: job.mode,
    request: {
      operation: request.operation,
      prompt: request.prompt,
      profile_ids: request.profileIds,
      num_output_images: request.outputs,
      model: request.model,
      quality: request.quality,
      resolution: request.resolution,
      width: request.width,
      height: request.height,
      output_format: request.format,
      callback_url: request.callbackUrl,
      client_request_id: request.clientRequestId,
    },
    timeline: viewTimelineJob(job, deliveries),
    scenario: job.scenarioId,
    cost: {
      reserved_micro_usd: job.reservation.amountMicroUsd,
      final_micro_usd: job.completedMs === null ? null : job.failure ? 0 : job.finalMicroUsd,
    },
    ledger: [job.reservation, job.closing].flatMap((entry) => (entry ? [viewEntry(entry)] : [])),
    deliveries: deliveries.map(deliveryRecordOf),
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
    jobs: live.slice(-limit).map((job) => viewTimelineJob(job, deliveries.get(job.id) ?? [])),
  }
}

function viewTimelineJob(job: Job, deliveries: readonly Delivery[]): ControlTimelineJob {
  return {
    job_id: job.id,
    account: job.account.id,
    operation: job.request.operation,
    prompt: excerpt(job.request.prompt, TIMELINE_PROMPT),
    client_request_id: job.request.clientRequestId,
    status: job.status,
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
