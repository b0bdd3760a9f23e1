import type { Job } from '../engine/job.ts'
import type { Booking, LedgerEntryKind } from '../engine/ledger-entries.ts'
import type { Plain } from '../engine/plain.ts'
import { packJob } from '../engine/snapshot.ts'
import type { PackedJob } from '../engine/world-snapshot.ts'

// Jobs and ledger entries are most of a file, so they are written as lists, without the names of their fields.

/** A job as it is stored. */
export type StoredJob = PackedJob & { expirySeq: number; filesUrl: string | null }

/** A ledger entry as it is stored. */
export type StoredEntry = Booking & { account: string }

/** The text of a job's row. @param detail its own, or the number of the one that it shares with others */
export function encodeJob(job: Job, detail: Plain | number): string {
  const packed = packJob(job)
  const { work } = packed
  return JSON.stringify([
    packed.id,
    packed.account,
    packed.mode,
    work.operation,
    work.label,
    work.callbackUrl,
    work.idempotencyKey,
    work.finalMicroUsd,
    detail,
    packed.scenarioId,
    packed.createdMs,
    packed.startsMs,
    packed.endsMs,
    packed.failure,
    packed.reservation,
    packed.closing,
    packed.status,
    packed.completedMs,
    packed.expiresMs,
    packed.deliveryId,
    packed.callbackFault,
    packed.dueSeq,
    job.expirySeq,
    job.filesUrl,
  ])
}

/** The job of a parsed row. @param details those that jobs share, by their numbers */
export function decodeJob(row: readonly unknown[], details: ReadonlyMap<number, Plain>): StoredJob {
  const detail = row[8]

  return {
    id: row[0],
    account: row[1],
    mode: row[2],
    work: {
      operation: row[3],
      label: row[4],
      callbackUrl: row[5],
      idempotencyKey: row[6],
      finalMicroUsd: row[7],
      detail: typeof detail === 'number' ? details.get(detail) : detail,
    },
    scenarioId: row[9],
    createdMs: row[10],
    startsMs: row[11],
    endsMs: row[12],
    failure: row[13],
    reservation: row[14],
    closing: row[15],
    status: row[16],
    completedMs: row[17],
    expiresMs: row[18],
    deliveryId: row[19],
    callbackFault: row[20],
    dueSeq: row[21],
    expirySeq: row[22],
    filesUrl: row[23],
  } as StoredJob
}

/** The text of a ledger entry's row. */
export function encodeEntry(account: string, entry: Booking): string {
  return JSON.stringify([
    entry.seq,
    account,
    entry.atMs,
    entry.kind,
    entry.amountMicroUsd,
    entry.subject,
    entry.availableMicroUsd,
    entry.reservedMicroUsd,
    entry.spentMicroUsd,
  ])
}

/** The ledger entry of a parsed row. */
export function decodeEntry(row: readonly unknown[]): StoredEntry {
  return {
    seq: row[0] as number,
    account: row[1] as string,
    atMs: row[2] as number,
    kind: row[3] as LedgerEntryKind,
    amountMicroUsd: row[4] as number,
    subject: row[5] as string | null,
    availableMicroUsd: row[6] as number,
    reservedMicroUsd: row[7] as number,
    spentMicroUsd: row[8] as number,
  }
}
