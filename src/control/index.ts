export { connect } from './connect.ts'
export type { Control, JobFilter, WorldControl } from './control.ts'
export { ControlFailure } from './control-failure.ts'
