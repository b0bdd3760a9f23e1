// What the clients of a server were told. It knows the API by its description alone, and nothing of how it is kept.

export const PRICE = 90_000
export const TRAINING_PRICE = 1_490_000
/** From a submit on, a job is surely there for so long: the day after its end, which is told in whole seconds. */
export const SAFE_MS = 86_399_000
/** How long a job takes that nobody hurries. */
export const JOB_MS = 18_000
export const RANK: Readonly<Record<string, number>> = { pending: 0, running: 1, succeeded: 2, failed: 2 }
export const TRAINING_RANK: Readonly<Record<string, number>> = { VALIDATING: 0, QUEUING: 1, IN_PROGRESS: 2, READY: 3 }

/** A job as polls, lists and callbacks show it. */
export interface JobView {
  job_id: string
  status: string
  result: unknown
  error: unknown
  created_at: string
  completed_at: string | null
}

/** A submit. */
export interface JobNote {
  readonly n: number
  readonly account: string
  readonly body: Readonly<Record<string, unknown>>
  readonly key: string | null
  /** What the World's clock showed at least. */
  readonly sentMs: number
  /** `null` while nobody has told. */
  id: string | null
  /** The furthest that was seen of it. */
  seen: JobView | null
  /** When that was, by this process's clock. */
  seenMs: number
  fate: 'succeeds' | 'fails' | 'either'
  /** Whether a command hurried it. */
  isForced: boolean
  /** Whether it went on twice, from one snapshot: its callbacks may then differ. */
  isForked: boolean
  isExpired: boolean
  /** Whether it was asked for once more since the last restart. */
  isAskedAgain: boolean
}

export interface AccountNote {
  readonly key: string
  secret: string
  /** Whether it may have got another, which nobody has told. */
  isSecretOpen: boolean
  /** All that it had. */
  readonly secrets: Set<string>
  depositedMicroUsd: number
  /** Deposits that may have happened. */
  openDeposits: number[]
  openTrainings: number
}

/** What one World's clients were told. */
export interface Book {
  readonly accounts: Map<string, AccountNote>
  readonly jobs: Map<number, JobNote>
  /** Profiles in training. */
  readonly trainings: Map<string, { account: string; rank: number }>
  readonly scenarios: Map<string, 'there' | 'gone' | 'open'>
  /** Ids of jobs and of requests. */
  readonly ids: Set<string>
  clock: ClockNote
}

/** Between which moments something happened, in ms of this process. */
export interface Span {
  readonly fromMs: number
  readonly toMs: number
}

export interface ClockNote {
  /** What it showed at least. */
  nowMs: number
  /** Between which moments it showed that, by this process's clock; `null` if nobody knows. */
  wall: Span | null
  frozen: boolean | 'open'
  /** How far it may have come at most that only moves when told to. */
  mostMs: number
}

/** A World, and who uses it. */
export interface WorldNote {
  readonly id: string
  readonly mode: 'real' | 'manual' | 'auto'
  readonly speed: number
  /** Two, if a command was under way that leads from the one to the other. */
  books: [Book] | [Book, Book]
  readonly beginning: Book
  snapshot: { json: unknown; book: Book } | null
}

/** One that comes and goes. */
export interface PassingWorld {
  readonly id: string
  readonly key: string
  jobId: string | null
  state: 'there' | 'gone' | 'open'
}

/** All that a server's clients were told. */
export interface Ledger {
  readonly worlds: readonly WorldNote[]
  readonly passing: Map<string, PassingWorld>
  /** How many were asked for without an answer. */
  openCreations: number
  readonly worldIds: Set<string>
}

export function copyOf(book: Book): Book {
  const { accounts, ...others } = structuredClone(book)
  // Receivers outlive what a snapshot leads back to, so that all secrets stay known.
  return {
    ...others,
    accounts: new Map(
      [...accounts].map(([id, note]) => [id, { ...note, secrets: book.accounts.get(id)?.secrets ?? note.secrets }]),
    ),
  }
}

/** The book of a World that is put back to a snapshot. */
export function forkOf(book: Book): Book {
  const fork = copyOf(book)
  fork.clock = { ...fork.clock, wall: null }
  for (const note of fork.jobs.values()) note.isForked ||= !isOver(note.seen)
  return fork
}

export function isOver(view: JobView | null): boolean {
  return view !== null && RANK[view.status] === 2
}

/** Whether some of the amounts come to a sum. */
export function isSumOfSome(sum: number, amounts: readonly number[]): boolean {
  if (sum === 0) return true
  const [first, ...others] = amounts
  if (first === undefined || sum < 0) return false
  return isSumOfSome(sum - first, others) || isSumOfSome(sum, others)
}
