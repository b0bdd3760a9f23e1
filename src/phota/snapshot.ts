import { sentences } from '../api/sentences.ts'
import type { JobState } from '../engine/job.ts'
import { MisuseError, shown } from '../engine/misuse-error.ts'
import type { Plain } from '../engine/plain.ts'
import type { CheckOwn } from '../engine/snapshot-own.ts'
import { schemas } from '../spec/control/index.ts'
import { enums, type Validate } from '../spec/index.ts'
import type { Picture } from './picture.ts'
import type { ProfileState } from './profile.ts'

/** A profile as a snapshot keeps it: references are ids, and numbers of ledger entries. */
export type PackedProfile = Omit<ProfileState, 'account' | 'reservation'> & {
  account: string
  reservation: number | null
}

/** A picture that a fixture brought, as a snapshot keeps it. */
export type PackedPicture = { id: string; data: string }

/** What a World of this API owns besides jobs. */
export type PackedOwn = { profiles: PackedProfile[]; pictures?: PackedPicture[] }

export function packPicture({ id, file }: Picture): PackedPicture {
  return { id, data: Buffer.from(file.buffer, file.byteOffset, file.byteLength).toString('base64') }
}

/** All that a World owns, of its packed parts. */
export function joinOwn(parts: readonly Plain[]): Plain {
  const pictures = parts.filter((part) => Object.hasOwn(part, 'data'))
  const profiles = parts.filter((part) => !Object.hasOwn(part, 'data'))
  return { profiles, ...(pictures.length > 0 && { pictures }) }
}

/** @throws {MisuseError} unless it is an image job, in a state that a poll can tell */
export function assertJob({ status, work }: Pick<JobState, 'status' | 'work'>, at: string): void {
  assertOneOf(enums.JobStatus, status, `${at}.status`)
  assertOneOf(enums.JobOperation, work.operation, `${at}.work.operation`)
  assertForm(schemas.snapshotImage, work.detail, `${at}.work.detail`)
}

function assertOneOf(allowed: readonly string[], received: string, at: string): void {
  if (allowed.includes(received)) return
  throw new MisuseError(`snapshot.${at} expects one of ${allowed.join(', ')}, received ${shown(received)}`)
}

/** @throws {MisuseError} unless it is the World's own part */
export function assertOwn(own: Plain | null, at: string): asserts own is PackedOwn {
  assertForm(schemas.snapshotOwn, own, at)
}

/** @throws {MisuseError} unless they are the World's own options */
export function assertOwnOptions(options: Plain, at: string): void {
  assertForm(schemas.snapshotOwnOptions, options, at)
}

function assertForm(validate: Validate, value: unknown, at: string): void {
  if (!validate(value))
    throw new MisuseError(sentences(validate.errors ?? [], value, `snapshot.${at}`, `snapshot.${at}.`))
}

/** In the order in which a training goes through them. */
const IN_TRAINING: readonly string[] = ['VALIDATING', 'QUEUING', 'IN_PROGRESS']

/**
 * Whether profiles fit to the rest of their snapshot.
 *
 * @throws {MisuseError} naming the first field that cannot be so
 */
export function checkProfiles(profiles: readonly PackedProfile[], check: CheckOwn): void {
  const ids = new Set<string>()
  for (const [i, profile] of profiles.entries()) {
    const at = `own.profiles.${i}`
    const { id, account, status, steps, reservation, dueSeq, createdMs } = profile
    check.expects(!ids.has(id), `${at}.id`, 'an id that no other profile has', id)
    ids.add(id)
    check.notAfter(createdMs, `${at}.createdMs`)
    check.isAccount(account, at)
    const isTraining = IN_TRAINING.includes(status)
    const steppedOr = (some: string, none: string) => `${isTraining ? some : none}, as it is ${status}`
    check.expects(steps.length > 0 === isTraining, `${at}.steps`, steppedOr('steps', 'none'), steps)
    for (const [s, step] of steps.entries()) {
      const before = steps[s - 1] ?? { atMs: check.nowMs, status }
      check.expects(step.atMs >= before.atMs, `${at}.steps.${s}.atMs`, `${before.atMs} or later`, step.atMs)
      const still = IN_TRAINING.slice(IN_TRAINING.indexOf(before.status) + 1)
      const isLast = s === steps.length - 1
      const fits = isLast ? !IN_TRAINING.includes(step.status) : still.includes(step.status)
      const expected = isLast ? 'an end, as it is the last' : `a later state of a training than ${before.status}`
      check.expects(fits, `${at}.steps.${s}.status`, expected, step.status)
    }
    check.expects((reservation !== null) === isTraining, `${at}.reservation`, steppedOr('a seq', 'null'), reservation)
    if (reservation === null) continue
    check.holds(account, reservation, id, `${at}.reservation`)
    check.isDue(dueSeq, `${at}.dueSeq`)
  }
}
