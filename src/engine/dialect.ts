import type { Entropy } from './entropy.ts'
import type { FailureWords } from './failure.ts'
import type { Fields } from './fields.ts'
import type { Job, JobState, JobStatus } from './job.ts'
import type { Plain } from './plain.ts'
import type { Scenario, ScenarioMatch, ScenarioSubject } from './scenario.ts'
import type { CheckOwn } from './snapshot-own.ts'
import type { Ms } from './timestamp.ts'

/** A callback as it is signed: for each attempt, at its time. */
export interface SignedCallback {
  readonly deliveryId: string
  /** The job that it tells of, the same for every delivery of its callback. */
  readonly jobId: string
  /** The exact text that is sent. */
  readonly body: string
  /** The account's secret, or another one's if a scenario has it so. */
  readonly secret: string
  readonly atMs: Ms
}

/** What an API says, where the engine only knows that something is to be said. */
export interface Dialect extends FailureWords {
  /** By which snapshots tell whose they are. */
  readonly name: string
  /** What a World of this API can have chosen besides the options of every World. */
  readonly optionFields: Fields<object>
  /**
   * The options of this API alone, each with its default where it is not given.
   *
   * @throws {MisuseError}
   */
  resolveOptions(given: object): object
  /** @throws {MisuseError} unless it is a scenario, by its form */
  assertScenario(given: unknown): asserts given is Scenario
  /** Whether the fields of a match that are this API's own fit. */
  matches(match: ScenarioMatch, subject: ScenarioSubject): boolean
  /** Whether a scenario can be told in JSON, which holds no patterns. */
  isPlain(match: ScenarioMatch): boolean
  /**
   * The body of a poll.
   *
   * @param filesUrl where whoever reads it finds the World's files
   * @param entropy the World's, to sign with
   */
  pollBody(job: Job, filesUrl: string, entropy: Entropy): string
  /** The body of a callback; left out where it is that of a poll. */
  callbackBody?(job: Job, filesUrl: string, entropy: Entropy): string
  /** What a job's states are called; left out where they are called as the engine does. */
  readonly statuses?: Readonly<Record<JobStatus, string>>
  /** A webhook secret made of 64 hex digits of chance; left out where it is those digits. */
  webhookSecret?(hex: string): string
  /** The headers that an attempt has besides those of every POST of JSON, by their names in lowercase. */
  callbackHeaders(callback: SignedCallback): Readonly<Record<string, string>>
  /** The one of these headers that holds the signature. */
  readonly signatureHeader: string
  /**
   * A job out of a snapshot: its operation, its state and its detail are those of this API.
   *
   * @param at named in the error
   * @throws {MisuseError} naming the field that cannot be so
   */
  assertJob(job: Pick<JobState, 'status' | 'work'>, at: string): void
  /** All that a World of this API owns besides jobs, of what `packPart` gave of each thing; left out if nothing. */
  joinOwn?(parts: readonly Plain[]): Plain
  /**
   * What a World of this API owns besides jobs, out of a snapshot.
   *
   * @throws {MisuseError} naming the field that cannot be so
   */
  checkOwn(own: Plain | null, check: CheckOwn): void
  /** @throws {MisuseError} unless these are the API's own options */
  assertOwnOptions(options: Plain, at: string): void
}
