import '../node/required.ts'

export type * as control from '../spec/control/index.ts'
export { type ConnectOptions, type ControlFetch, connect } from './connect.ts'
export type { Control, DeliveryFilter, JobFilter, JournalFilter, WorldControl } from './control.ts'
export { ControlFailure } from './control-failure.ts'
