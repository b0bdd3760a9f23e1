import type { EnhanceRequest } from '../../spec/index.ts'
import type { OperationFunction } from '../call.ts'
import { fromEnhance } from '../image-request.ts'
import { takeWork } from '../take-work.ts'

export const enhance: OperationFunction<Required<EnhanceRequest>> = (call) => takeWork(call, fromEnhance(call.body))
