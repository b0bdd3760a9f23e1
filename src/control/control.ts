import type {
  ClockUpdate,
  ControlAccount,
  ControlClock,
  ControlLedger,
  ControlPassage,
  ControlScenario,
  ControlWorld,
  NewAccount,
  NewWorld,
} from '../spec/control/index.ts'

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
  }
  scenarios: {
    /** @returns its id */
    add(scenario: ControlScenario): Promise<string>
    remove(id: string): Promise<void>
  }
}
