export { connect } from './connect.ts'
export type { Control, WorldControl } from './control.ts'
export { ControlFailure } from './control-failure.ts'
