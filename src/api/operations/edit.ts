import type { EditRequest } from '../../spec/index.ts'
import type { OperationFunction } from '../call.ts'
import { fromEdit } from '../image-request.ts'
import { takeWork } from '../take-work.ts'

export const edit: OperationFunction<Required<EditRequest>> = (call) => takeWork(call, fromEdit(call.body))
