import type { Validate } from '../operation.ts'
import type { components } from './types.ts'
import { snapshotImage, snapshotOwn, snapshotOwnOptions } from './validators.js'

type Schemas = components['schemas']

export { enums as controlEnums } from './enums.ts'
export {
  basePath,
  defaultBaseUrl as controlBaseUrl,
  type OperationId as ControlOperationId,
  operations,
} from './operations.ts'

/** Of what a snapshot holds of this API's own. */
export const schemas: Readonly<Record<'snapshotImage' | 'snapshotOwn' | 'snapshotOwnOptions', Validate>> = {
  snapshotImage,
  snapshotOwn,
  snapshotOwnOptions,
}

export type ControlAccount = Schemas['Account']
export type ControlActiveScenario = Schemas['ActiveScenario']
export type ControlClock = Schemas['Clock']
export type ControlDelivery = Schemas['Delivery']
export type ControlError = Schemas['ControlError']
export type ControlEvent = Schemas['Event']
export type ControlHealth = Schemas['Health']
export type ControlWorldEvent = Schemas['WorldEvent']
export type ControlJob = Schemas['ControlJob']
export type ControlJobDetail = Schemas['JobDetail']
export type ControlJournalEntry = Schemas['JournalEntry']
export type ControlLedger = Schemas['Ledger']
export type ControlAdvanceResult = Schemas['AdvanceResult']
export type ControlProfile = Schemas['ControlProfile']
export type ControlScenario = Schemas['Scenario']
export type ControlSnapshot = Schemas['Snapshot']
export type ControlTimeline = Schemas['Timeline']
export type ControlTimelineJob = Schemas['TimelineJob']
export type ControlWorld = Schemas['World']
export type ClockAdvance = Schemas['ClockAdvance']
export type ClockTarget = Schemas['ClockTarget']
export type ClockUpdate = Schemas['ClockUpdate']
export type Deposit = Schemas['Deposit']
export type HttpArchive = Schemas['HttpArchive']
export type JobFailure = Schemas['JobFailure']
export type NewAccount = Schemas['NewAccount']
export type NewDelivery = Schemas['NewDelivery']
export type NewWorld = Schemas['NewWorld']
