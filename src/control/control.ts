import type {
  ClockUpdate,
  ControlAccount,
  ControlActiveScenario,
  ControlAdvanceResult,
  ControlClock,
  ControlDelivery,
  ControlEvent,
  ControlHealth,
  ControlJob,
  ControlJobDetail,
  ControlJournalEntry,
  ControlLedger,
  ControlProfile,
  ControlScenario,
  ControlSnapshot,
  ControlTimeline,
  ControlWorld,
  HttpArchive,
  JobFailure,
  NewAccount,
  NewDelivery,
  NewWorld,
} from '../spec/control/index.ts'
import type { JobOperation, JobStatus } from '../spec/index.ts'

/** Everything that can be done from outside the API, to a server or to the Worlds of this process. */
export interface Control {
  /** Where the API is, e.g. `http://127.0.0.1:4010/v1/phota`. */
  readonly baseUrl: string
  /** Reaches the API there. */
  readonly fetch: typeof globalThis.fetch
  /** Whether the server is ready, its version, and how many Worlds are live. */
  health(): Promise<ControlHealth>
  worlds: {
    list(): Promise<ControlWorld[]>
    create(world?: NewWorld): Promise<WorldControl>
    /** A World that is there already. @throws {ControlFailure} 404 on its first use if it is not */
    get(id: string): WorldControl
  }
}

/** One World's levers. Durations are `'24h'` or ms; dollars are decimals as text. */
export interface WorldControl {
  readonly id: string
  describe(): Promise<ControlWorld>
  /** Begins it anew, as it was when it was made. */
  reset(): Promise<ControlWorld>
  remove(): Promise<void>
  /** All of it, as JSON. */
  snapshot(): Promise<ControlSnapshot>
  /** Puts it into the state of a snapshot, its own or another World's. */
  restore(snapshot: ControlSnapshot): Promise<ControlWorld>
  /** Everything that happens in it from now on, until it is gone or the signal says so. */
  events(options?: { signal?: AbortSignal }): AsyncIterable<ControlEvent>
  clock: {
    read(): Promise<ControlClock>
    update(change: ClockUpdate): Promise<ControlClock>
    advance(by: string | number): Promise<ControlAdvanceResult>
    set(to: Date | string): Promise<ControlAdvanceResult>
    settle(): Promise<ControlAdvanceResult>
  }
  accounts: {
    create(account: NewAccount): Promise<ControlAccount>
    get(id: string): Promise<ControlAccount>
    deposit(id: string, dollars: string): Promise<ControlAccount>
    ledger(id: string): Promise<ControlLedger>
    /** Gives it another webhook secret. */
    rotateWebhookSecret(id: string): Promise<ControlAccount>
  }
  jobs: {
    /** Those that are not expired, oldest first; every field given must be equal. */
    list(where?: JobFilter): Promise<ControlJob[]>
    /** Everything about one, synchronous or not. */
    get(id: string): Promise<ControlJobDetail>
    /** Makes its next step come now. */
    step(id: string): Promise<ControlJobDetail>
    /** Makes it fail now. */
    fail(id: string, failure: JobFailure): Promise<ControlJobDetail>
    /** Lets it never end by itself. */
    hang(id: string): Promise<ControlJobDetail>
    /** The newest in time, with their callback attempts; 10,000 unless said otherwise. */
    timeline(where?: { limit?: number }): Promise<ControlTimeline>
  }
  deliveries: {
    /** Those that ended, in that order, then those that are open. */
    list(where?: DeliveryFilter): Promise<ControlDelivery[]>
    /** Sends the same bytes and signature again, whatever became of them. @returns the new delivery */
    redeliver(id: string): Promise<ControlDelivery>
    /** A callback of a job that ended which nobody should send: a duplicate, late, or with a wrong signature. */
    inject(job: string, delivery?: NewDelivery): Promise<ControlDelivery>
  }
  profiles: {
    /** Every account's, in the order in which they were added, with what is still to come of their training. */
    list(where?: { account?: string }): Promise<ControlProfile[]>
  }
  scenarios: {
    /** @returns its id */
    add(scenario: ControlScenario): Promise<string>
    /** Those in force, the one that wins first. */
    list(): Promise<ControlActiveScenario[]>
    remove(id: string): Promise<void>
  }
  journal: {
    /** The newest that match, newest first; 200 unless said otherwise. */
    list(where?: JournalFilter): Promise<ControlJournalEntry[]>
    /** HTTP Archive 1.2, oldest first, without keys, secrets and URL tokens. */
    export(where?: JournalFilter): Promise<HttpArchive>
  }
}

/** Which requests; every field given must match. */
export interface JournalFilter {
  account?: string
  operation?: string
  method?: string
  /** `404`, or `4xx`. */
  status?: string | number
  /** The job or profile it was about. */
  subject?: string
  /** A text in path, body or answer. */
  search?: string
  limit?: number
}

/** Which jobs. */
export interface JobFilter {
  account?: string
  status?: JobStatus
  operation?: JobOperation
  client_request_id?: string
}

/** Which deliveries; every field given must match. */
export interface DeliveryFilter {
  job?: string
  account?: string
  state?: ControlDelivery['state']
  /** A text in receiver URL, body or job id. */
  search?: string
  /** How many at most, those that were made last; all if left out. */
  limit?: number
}
