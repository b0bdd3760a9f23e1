import type { ClockMode } from '../drive/clock-mode.ts'
import { UsageProblem } from '../report/usage-problem.ts'
import type { Verdict } from '../report/verdict.ts'
import { NOBODY, RECEIVER_LIMIT_MS } from './courier.ts'
import { habits } from './habits.ts'
import { Course } from './judge/course.ts'
import { judges } from './judge/index.ts'
import { Trial } from './judge/trial.ts'
import { type Client, type Played, play } from './play.ts'
import type { GradeResult } from './result.ts'
import { type Finding, resultOf } from './result-of.ts'
import { type Round, rounds } from './rounds.ts'
import type { Settings } from './settings.ts'

export interface RunOptions {
  /** What is graded, in words. */
  readonly name: string
  readonly client: Client
  /** `system` follows the caller's fake timers. */
  readonly clock: ClockMode
  /** Told when a round is over. */
  readonly progress?: (round: string, done: number, all: number) => void
  readonly signal?: AbortSignal
}

/**
 * Grades a client: lets it run in every situation that the settings ask for, and judges every habit.
 *
 * @throws {UsageProblem} if there is nothing to try
 */
export async function run(settings: Settings, options: RunOptions): Promise<GradeResult> {
  const { name, client, clock, progress = () => undefined, signal } = options
  const wanted = habits.filter(({ id }) => settings.isWanted(id))
  if (wanted.length === 0) throw new UsageProblem('--only and --skip leave nothing to try')
  const startedMs = Date.now()
  let lastExchange = 0
  const nextId = (): number => {
    lastExchange += 1
    return lastExchange
  }
  let holdMs = SHORT_HOLD_MS
  const one = (round: Round): Promise<Played> =>
    play(round, {
      client,
      clock,
      receiver: settings.receiver,
      limitMs: round.isLong ? settings.patienceMs : settings.timeoutMs,
      nextId,
      holdMs: 'callbacks' in round.situation ? holdMs : 0,
      signal,
    })
  const [ordinary] = rounds
  const first = await one(ordinary as Round)
  const others = first.ending.kind === 'done' ? roundsFor(new Course([first]), settings) : []
  const all = others.length + 1
  if (isSlow(first)) holdMs = LONG_HOLD_MS
  progress(first.round.id, 1, all)
  const played = [first]
  const waiting = others.values()
  const work = async (): Promise<void> => {
    for (let next = waiting.next(); !next.done && !signal?.aborted; next = waiting.next()) {
      played.push(await one(next.value))
      progress(next.value.id, played.length, all)
    }
  }
  await Promise.all(Array.from({ length: settings.concurrency }, work))
  const course = new Course(played.toSorted((a, b) => orderOf(a) - orderOf(b)))
  const findings = wanted.map(({ id }) => judge(id, course, settings))
  return resultOf({ settings, name, startedMs, finishedMs: Date.now(), course, findings })
}

/** A receiver that does its work before it answers may need a download for it, and so is not held up for long. */
const SHORT_HOLD_MS = 4_000
/** One that did not answer at once is waited for to the end of what it may take. */
const LONG_HOLD_MS = RECEIVER_LIMIT_MS + 1_000

/** It takes its time to answer a callback. */
function isSlow({ exchanges }: Played): boolean {
  return exchanges.some(
    ({ kind, atMs, endedMs, problem }) =>
      kind === 'callback' && problem !== NOBODY && (problem !== null || endedMs === null || endedMs - atMs > 2_000),
  )
}

function orderOf({ round }: Played): number {
  return rounds.indexOf(round)
}

/** What can show anything of a client that does what this one does. */
function roundsFor(course: Course, { isWanted, isRoundWanted }: Settings): Round[] {
  const has = { async: course.usesAsync, downloads: course.downloads, callbacks: course.usesCallbacks }
  return rounds.filter(
    ({ id, shows, needs }) =>
      id !== 'ordinary' && isRoundWanted(id) && shows.some(isWanted) && (needs === undefined || has[needs]),
  )
}

/** Judges one habit. Never throws: what goes wrong is an `error`. */
function judge(id: string, course: Course, { isRoundWanted }: Settings): Finding {
  const trial = new Trial()
  const { verdict, reason } = decide(id, { course, trial, isRoundWanted })
  return { id, verdict, reason, breaches: trial.breaches, exchanges: [...trial.exchanges] }
}

function decide(
  id: string,
  { course, trial, isRoundWanted }: { course: Course; trial: Trial } & Pick<Settings, 'isRoundWanted'>,
): { verdict: Verdict; reason: string | null } {
  const outcome = outcomeOf(id, course, trial)
  // What is broken is broken, whatever else could not be seen.
  if (trial.isBroken) return { verdict: 'failed', reason: null }
  const isLeftOut = rounds.some(({ id: round, shows }) => shows.includes(id) && !isRoundWanted(round))
  if (!course.asks) return { verdict: 'error', reason: 'no request came' }
  if (!course.isWorking) return { verdict: 'error', reason: 'the client does not work where nothing goes wrong' }
  if (isLeftOut && outcome.verdict !== 'skipped')
    return { verdict: 'skipped', reason: 'its rounds were left out by --rounds' }
  if (trial.breaches.length > 0) return { verdict: 'note', reason: null }
  return { verdict: outcome.verdict, reason: outcome.verdict === 'passed' ? null : outcome.reason }
}

function outcomeOf(id: string, course: Course, trial: Trial): ReturnType<(typeof judges)[string]> {
  try {
    const judgeOf = judges[id]
    if (!judgeOf) throw new Error(`nobody judges ${id}`)
    return judgeOf(course, trial)
  } catch (error) {
    return { verdict: 'error', reason: `grade itself failed: ${(error as Error).message}` }
  }
}
