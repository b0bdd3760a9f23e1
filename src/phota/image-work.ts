import type { Account } from '../engine/account.ts'
import type { Job } from '../engine/job.ts'
import { MisuseError } from '../engine/misuse-error.ts'
import type { PlannedOutcome } from '../engine/scenario.ts'
import type { Order } from '../engine/work.ts'
import type { PhotaContext } from './context.ts'
import { type ImageRequest, promptProfileIds } from './image-request.ts'
import { finalCost, floorCost } from './price-list.ts'
import type { PhotaEffect } from './scenario.ts'

/** What is kept of an image request, and decided for it, beside what every job has. */
export type ImageDetail = Omit<ImageRequest, keyof Order | 'prompt' | 'clientRequestId' | 'inputProblem'> & {
  /** Profile id → outputs it appears in. */
  readonly knownSubjects: Readonly<Record<string, number>>
}

/** An image job's own part. Every job of this API has one. */
export function imageOf(job: Job): ImageDetail {
  return job.work.detail as ImageDetail
}

const NO_SUBJECTS: Readonly<Record<string, number>> = {}

/** An image request as the engine takes it. @param given known subjects that a fixture states; `null` if it does not */
export function toOrder(
  world: PhotaContext,
  request: ImageRequest,
  given: Readonly<Record<string, number>> | null = null,
): Order {
  const { prices } = world.options
  return {
    operation: request.operation,
    label: request.prompt,
    callbackUrl: request.callbackUrl,
    idempotencyKey: request.clientRequestId,
    floorMicroUsd: floorCost(prices, request),
    decide(account, planned) {
      const knownSubjects = given ?? plannedSubjects(planned) ?? subjectsOf(world, account, request)
      const { outputs, inputProblem } = request
      const appearances = Object.values(knownSubjects).map((count) => Math.min(count, outputs))
      return {
        finalMicroUsd: finalCost(prices, request, Math.max(0, ...appearances), world.entropy),
        failure: inputProblem === null ? null : { code: 'INPUT_UNREACHABLE', message: inputProblem },
        detail: detailOf(request, knownSubjects),
      }
    },
  }
}

function plannedSubjects({ effect }: PlannedOutcome): Readonly<Record<string, number>> | undefined {
  return (effect as PhotaEffect).known_subjects
}

/** Those READY profiles that the prompt names, and one that is listed alone. */
function subjectsOf(
  { profiles }: PhotaContext,
  account: Account,
  request: ImageRequest,
): Readonly<Record<string, number>> {
  const named = promptProfileIds(request.prompt)
  const ids = request.profileIds.length === 1 ? [...named, ...request.profileIds] : named
  if (ids.length === 0) return NO_SUBJECTS
  const ready = ids.filter((id) => profiles.isReady(account, id))
  if (ready.length === 0) return NO_SUBJECTS
  return Object.fromEntries(ready.map((id) => [id, request.outputs]))
}

function detailOf(request: ImageRequest, knownSubjects: Readonly<Record<string, number>>): ImageDetail {
  const { profileIds, outputs, model, quality, resolution, width, height, format } = request
  return { profileIds, outputs, model, quality, resolution, width, height, format, knownSubjects }
}

/** @throws {MisuseError} unless each value is a whole number, 0 or more */
export function assertCounts(counts: Readonly<Record<string, number>>, what: string): void {
  for (const [id, count] of Object.entries(counts)) {
    if (!Number.isInteger(count) || count < 0 || count > Number.MAX_SAFE_INTEGER) {
      throw new MisuseError(
        `${what} expects for each profile a whole number of appearances, received ${count} for '${id}'`,
      )
    }
  }
}
