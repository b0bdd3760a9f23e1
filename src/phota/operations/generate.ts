import type { OperationFunction } from '../../api/call.ts'
import type { GenerateRequest } from '../../spec/index.ts'
import { fromGenerate } from '../from-body.ts'
import { takeWork } from '../take-work.ts'

export const generate: OperationFunction<Required<GenerateRequest>> = (call) => takeWork(call, fromGenerate(call.body))
