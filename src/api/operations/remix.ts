import type { RemixRequest } from '../../spec/index.ts'
import type { OperationFunction } from '../call.ts'
import { fromRemix } from '../image-request.ts'
import { takeWork } from '../take-work.ts'

export const remix: OperationFunction<Required<RemixRequest>> = (call) => takeWork(call, fromRemix(call.body))
