import type { components } from './types.ts'

type Schemas = components['schemas']

export { basePath, type OperationId as ControlOperationId, operations } from './operations.ts'

export type ControlAccount = Schemas['Account']
export type ControlActiveScenario = Schemas['ActiveScenario']
export type ControlClock = Schemas['Clock']
export type ControlDelivery = Schemas['Delivery']
export type ControlError = Schemas['ControlError']
export type ControlHappening = Schemas['Happening']
export type ControlJob = Schemas['ControlJob']
export type ControlLedger = Schemas['Ledger']
export type ControlPassage = Schemas['Passage']
export type ControlScenario = Schemas['Scenario']
export type ControlWorld = Schemas['World']
export type ClockAdvance = Schemas['ClockAdvance']
export type ClockTarget = Schemas['ClockTarget']
export type ClockUpdate = Schemas['ClockUpdate']
export type Deposit = Schemas['Deposit']
export type NewAccount = Schemas['NewAccount']
export type NewWorld = Schemas['NewWorld']
