import type {
  ClockUpdate,
  ControlAccount,
  ControlActiveScenario,
  ControlClock,
  ControlDelivery,
  ControlJob,
  ControlLedger,
  ControlPassage,
  ControlScenario,
  ControlWorld,
  NewAccount,
  NewWorld,
} from '../spec/control/index.ts'
import type { JobOperation, JobStatus } from '../spec/index.ts'

/** Everything that can be done to a server from outside the API: its Worlds. */
export interface Control {
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
  remove(): Promise<void>
  clock: {
    read(): Promise<ControlClock>
    update(change: ClockUpdate): Promise<ControlClock>
    advance(by: string | number): Promise<ControlPassage>
    set(to: Date | string): Promise<ControlPassage>
    settle(): Promise<ControlPassage>
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
  }
  deliveries: {
    /** Those that ended, in that order, then those that are open. */
    list(where?: { job?: string }): Promise<ControlDelivery[]>
    /** Sends the same bytes and signature again, whatever became of them. @returns the new delivery */
    redeliver(id: string): Promise<ControlDelivery>
  }
  scenarios: {
    /** @returns its id */
    add(scenario: ControlScenario): Promise<string>
    /** Those in force, the one that wins first. */
    list(): Promise<ControlActiveScenario[]>
    remove(id: string): Promise<void>
  }
}

/** Which jobs. */
export interface JobFilter {
  account?: string
  status?: JobStatus
  operation?: JobOperation
  client_request_id?: string
}
