import type { JobErrorCode } from '../spec/index.ts'
import type { Answer, Exchange } from './exchange.ts'

/**
 * What happens to an answer, other than that it is given: the connection is reset, or breaks off in the middle of the
 * body.
 */
export type Fault = 'reset' | 'cut'

/** What the client of one round has said and been told so far. */
export interface Story {
  readonly exchanges: readonly Exchange[]
  readonly jobs: ReadonlyMap<string, Job>
  /** How often this key was counted before: the first time 0. */
  count(key: string): number
  /** The origin that no URL of the API names. */
  readonly elsewhere: string
  /** Says in the report what is done to this exchange. */
  note(exchange: Exchange, fault: string): void
}

/** A job that the client has submitted. */
export interface Job {
  readonly id: string
  readonly intent: string
  readonly callbackUrl: string | null
  readonly clientRequestId: string | null
  /** `null` while it has not ended. */
  ended: 'succeeded' | 'failed' | null
}

/**
 * How callbacks come: at once; never; in reverse order, twice and late; or forged ones, before genuine ones.
 */
export type Callbacks = 'prompt' | 'never' | 'rough' | 'forged'

/** What is different in one round from an ordinary day. All of it is lawful. */
export interface Situation {
  readonly pendingMs?: number
  readonly runningMs?: number
  /** By how much the second job runs longer than the first, and the third than the second. */
  readonly staggerMs?: number
  /** The code that every job fails with. */
  readonly fail?: JobErrorCode
  /** How long results are kept, whole seconds. */
  readonly retentionMs?: number
  /** How long ago the World began, and with it every job. */
  readonly agoMs?: number
  readonly isBroke?: boolean
  readonly callbacks?: Callbacks
  /** Answers instead of the API, which does not learn of the request. */
  before?(asked: Exchange, story: Story): Answer | Fault | null
  /** Changes what the API has answered. */
  after?(asked: Exchange, answer: Answer, story: Story): Answer | Fault | Promise<Answer | Fault>
  /** Enough was seen; the round is over. */
  isSeen?(story: Story): boolean
}
