import type { OperationFunction } from '../../api/call.ts'
import type { EnhanceRequest } from '../../spec/index.ts'
import { fromEnhance } from '../from-body.ts'
import { takeWork } from '../take-work.ts'

export const enhance: OperationFunction<Required<EnhanceRequest>> = (call) => takeWork(call, fromEnhance(call.body))
