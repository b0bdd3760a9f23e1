import { mustBeKnown, selection } from '../report/selection.ts'
import { UsageProblem } from '../report/usage-problem.ts'
import { serverUrlProblem } from '../text/http-url.ts'
import { habits } from './habits.ts'
import { rounds } from './rounds.ts'

/** How a client is graded. Durations are ms of real time. */
export interface GradeOptions {
  /**
   * Where the client listens for callbacks, if that is not what it says in `callback_url`. `{port}` stands for a free
   * port of each round's own, which the client finds in `PHOTA_RECEIVER_PORT`; with a fixed one, rounds run one after
   * the other.
   */
  readonly receiver?: string
  /** Ids or beginnings of ids (`poll`, `poll.ends`): only these habits. */
  readonly only?: readonly string[]
  /** Ids or beginnings of ids: not these habits. */
  readonly skip?: readonly string[]
  /** Ids of rounds: only these, and the ordinary one. */
  readonly rounds?: readonly string[]
  /**
   * Rounds at once, from 1 to 8.
   * @default 4
   */
  readonly concurrency?: number
  /**
   * How long one round may take.
   * @default 30_000
   */
  readonly timeoutMs?: number
  /**
   * How long is looked on where a client has to be patient: in a job of 20 minutes, an outage, a callback that never
   * comes.
   * @default 30_000
   */
  readonly patienceMs?: number
  /** Ids of habits that the client is known not to have. One that holds is an error. */
  readonly expectedFailures?: readonly string[]
}

/** The options, checked and whole. */
export interface Settings {
  readonly receiver: string | null
  readonly isWanted: (habit: string) => boolean
  readonly isRoundWanted: (round: string) => boolean
  readonly concurrency: number
  readonly timeoutMs: number
  readonly patienceMs: number
  readonly expectedFailures: readonly string[]
}

export const DEFAULTS = { concurrency: 4, timeoutMs: 30_000, patienceMs: 30_000 } as const

const MOST_AT_ONCE = 8
/** What stands for a port in a receiver's URL. */
export const PORT = '{port}'

const HABITS = { ids: habits.map(({ id }) => id), item: 'habit' }
const ROUNDS = { ids: rounds.map(({ id }) => id), item: 'round' }

/** @throws {UsageProblem} for options that cannot be */
export function resolveOptions(options: GradeOptions): Settings {
  const { receiver = null, only, skip, rounds: named = [], expectedFailures = [] } = options
  const {
    concurrency = DEFAULTS.concurrency,
    timeoutMs = DEFAULTS.timeoutMs,
    patienceMs = DEFAULTS.patienceMs,
  } = options
  for (const id of only ?? []) mustBeKnown('--only', id, true, HABITS)
  for (const id of skip ?? []) mustBeKnown('--skip', id, true, HABITS)
  for (const id of expectedFailures) mustBeKnown('--expected-failures', id, false, HABITS)
  for (const id of named) mustBeKnown('--rounds', id, false, ROUNDS)
  const problem = receiver === null ? null : serverUrlProblem(receiver.replace(PORT, '1'))
  if (problem !== null) throw new UsageProblem(`--receiver ${problem}`)
  if (!Number.isInteger(concurrency) || concurrency < 1 || concurrency > MOST_AT_ONCE) {
    throw new UsageProblem(
      `concurrency expects a whole number from 1 to ${MOST_AT_ONCE}, received ${concurrency}. Example: 2`,
    )
  }
  for (const [name, ms] of [
    ['timeoutMs (--timeout)', timeoutMs],
    ['patienceMs (--patience)', patienceMs],
  ] as const) {
    if (!Number.isFinite(ms) || ms < 1_000)
      throw new UsageProblem(`${name} expects a second or more, received ${ms} ms`)
  }
  return {
    receiver,
    isWanted: selection({ only, skip }),
    isRoundWanted: (id) => id === 'ordinary' || named.length === 0 || named.includes(id),
    // Two clients cannot listen at one port.
    concurrency: receiver !== null && !receiver.includes(PORT) ? 1 : concurrency,
    timeoutMs,
    patienceMs,
    expectedFailures,
  }
}
