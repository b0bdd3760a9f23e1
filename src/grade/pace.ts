import { type Exchange, isEnd } from './exchange.ts'

/** Below a second by so much is a timer that was early, or a request that was quick. */
const TOLERANCE_MS = 100
export const SHORTEST_MS: number = 1_000 - TOLERANCE_MS
/** An even pace for so long is one that does not grow; a client may wait a while before it asks slower. */
const EVEN_MS = 15_000
const FEWEST_GAPS = 4
/** A gap that is so much longer than the first ones is a longer one; less may be chance. */
const GROWTH = 1.25

/** How often a job was asked for, while nothing else told of it. */
export interface Pace {
  readonly jobId: string
  readonly polls: readonly Exchange[]
  /** Between the arrivals of two polls, ms. */
  readonly gapsMs: readonly number[]
  readonly hasGrown: boolean
}

/** The polls of each job. */
export function pollsByJob(exchanges: readonly Exchange[]): Map<string, Exchange[]> {
  const polls = exchanges.filter(({ kind, jobId }) => kind === 'poll' && jobId !== null)
  return Map.groupBy(polls, ({ jobId }) => jobId as string)
}

/** The pace of every job, and whether enough was seen of it. */
export function paceOf(exchanges: readonly Exchange[]): { readonly paces: readonly Pace[]; readonly isSeen: boolean } {
  const paces = [...pollsByJob(exchanges)].map(([jobId, polls]): Pace => {
    const gapsMs = polls.slice(1).map(({ atMs }, nth) => atMs - (polls[nth] as Exchange).atMs)
    return { jobId, polls, gapsMs, hasGrown: hasGrown(gapsMs) }
  })
  const isSeen = (pace: Pace): boolean => isEven(pace) || (pace.hasGrown && pace.gapsMs.length >= FEWEST_GAPS)
  return {
    paces,
    isSeen: paces.length > 0 && paces.some(isSeen) && paces.every((pace) => pace.hasGrown || isSeen(pace)),
  }
}

/** Enough was seen, and no wait was longer than the others. */
export function isEven({ gapsMs, hasGrown: grown }: Pace): boolean {
  return !grown && gapsMs.length >= FEWEST_GAPS && gapsMs.reduce((sum, ms) => sum + ms, 0) >= EVEN_MS
}

/** The last third of the gaps is longer than the first, by their means: single ones may be jitter. */
function hasGrown(gapsMs: readonly number[]): boolean {
  if (gapsMs.length < 3) return false
  const third = Math.floor(gapsMs.length / 3)
  return meanOf(gapsMs.slice(-third)) >= GROWTH * meanOf(gapsMs.slice(0, third))
}

function meanOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length
}

/** The first poll that told the end of a job; `undefined` if none did. */
export function endTold(polls: readonly Exchange[]): Exchange | undefined {
  return polls.find(({ told, problem }) => isEnd(told) && problem === null)
}
