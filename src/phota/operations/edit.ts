import type { OperationFunction } from '../../api/call.ts'
import type { EditRequest } from '../../spec/index.ts'
import { fromEdit } from '../from-body.ts'
import { takeWork } from '../take-work.ts'

export const edit: OperationFunction<Required<EditRequest>> = (call) => takeWork(call, fromEdit(call.body))
