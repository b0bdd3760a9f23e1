import type { ChangeKind, WorldEvent } from '../engine/events.ts'
import { toExactTimestamp } from '../engine/timestamp.ts'
import type { World } from '../engine/world.ts'

/** What changed while time moved. The list ends at 10,000; the counts go on. */
export interface AdvanceResult {
  /** What the clock shows afterwards, to the millisecond; `set` takes it back. */
  now: string
  events: WorldEvent[]
  counts: Partial<Record<ChangeKind, number>>
}

/** How `settle` ended. */
export interface SettleResult extends AdvanceResult {
  /** Ids of jobs that a scenario keeps stuck forever. */
  stuck: string[]
}

const LISTED = 10_000

/** Runs `move`, and tells what changed in the World meanwhile. */
export async function resultOf(world: World, move: () => Promise<void>): Promise<AdvanceResult> {
  const events: WorldEvent[] = []
  const counts: Partial<Record<ChangeKind, number>> = {}
  const uncount = world.events.on('change.kind', (kind) => {
    counts[kind] = (counts[kind] ?? 0) + 1
  })
  const unlisten = world.events.on('change', (event) => {
    if (events.push(event) === LISTED) unlisten()
  })
  try {
    await move()
  } finally {
    unlisten()
    uncount()
  }
  return { now: toExactTimestamp(world.clock.nowMs), events, counts }
}
