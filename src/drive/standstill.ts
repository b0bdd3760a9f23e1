import { formatDuration } from '../engine/duration.ts'
import { toExactTimestamp } from '../engine/timestamp.ts'
import type { World } from '../engine/world.ts'
import type { Drive } from './drive.ts'
import { REAL_WALL } from './wall.ts'

const EVERY_MS = 1_000
const told = new WeakSet<World>()

/**
 * Tells, once for each World, that an answer waits for a clock that stands: whoever waits for the answer may not know
 * that the clock has to be moved. The timer goes with the answer.
 *
 * @param answer of a synchronous request
 * @param hasLeft whether its client is gone
 * @param tell gets one sentence, a wall second after the clock last moved
 */
export function hintAtStandstill<Answer>(
  answer: Promise<Answer>,
  drive: Drive,
  hasLeft: () => boolean,
  tell: (hint: string) => void,
): Promise<Answer> {
  let lastMs = drive.nowMs()
  const look = (): { cancel(): void } =>
    REAL_WALL.wake(EVERY_MS, () => {
      if (told.has(drive.world) || hasLeft()) return
      const nowMs = drive.nowMs()
      const hint = nowMs === lastMs ? hintFor(drive.world, nowMs) : null
      lastMs = nowMs
      if (hint === null) timer = look()
      else {
        told.add(drive.world)
        tell(hint)
      }
    })
  let timer = look()
  const end = (): void => timer.cancel()
  answer.then(end, end)
  return answer
}

/** @returns `null` if no work would end if the clock moved on */
function hintFor({ jobs, options }: World, nowMs: number): string | null {
  const job = jobs.openRequests().find((one) => one.completedMs === null && Number.isFinite(one.endsMs))
  if (!job) return null
  const { operation } = job.work
  return (
    `a synchronous ${operation} of ${job.account.id} waits for the clock of World ` +
    `'${options.id}', which stands at ${toExactTimestamp(nowMs)}; it is answered once the ` +
    `clock has moved on by ${formatDuration(job.endsMs - nowMs)}`
  )
}
