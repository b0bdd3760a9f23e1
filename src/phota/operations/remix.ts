import type { OperationFunction } from '../../api/call.ts'
import type { RemixRequest } from '../../spec/index.ts'
import { fromRemix } from '../from-body.ts'
import { takeWork } from '../take-work.ts'

export const remix: OperationFunction<Required<RemixRequest>> = (call) => takeWork(call, fromRemix(call.body))
