import type { GenerateRequest } from '../../spec/index.ts'
import type { OperationFunction } from '../call.ts'
import { fromGenerate } from '../image-request.ts'
import { takeWork } from '../take-work.ts'

export const generate: OperationFunction<Required<GenerateRequest>> = (call) => takeWork(call, fromGenerate(call.body))
