import type { components } from './types.ts'

type Schemas = components['schemas']

export { enums } from './enums.ts'
export type {
  Callback,
  DocumentedOperation,
  DocumentedResponse,
  DocumentedTable,
  Operation,
  OperationTable,
  Validate,
  ValidationIssue,
} from './operation.ts'
export { sourceOf } from './operation.ts'
export { apiVersion, basePath, callbacks, defaultBaseUrl, type OperationId, operations } from './operations.ts'
export { CHAPTERS, type Rule, type RuleNeed, rules, type Section } from './rules.ts'
export type { Source } from './source.ts'
export type { components, operations as operationTypes, paths } from './types.ts'

export type AddProfileRequest = Schemas['AddProfileRequest']
export type EditRequest = Schemas['EditRequest']
export type EnhanceRequest = Schemas['EnhanceRequest']
export type ErrorCode = Schemas['ErrorCode']
export type GenerateRequest = Schemas['GenerateRequest']
export type ImageResult = Schemas['ImageResult']
export type Job = Schemas['Job']
export type JobError = Schemas['JobError']
export type JobErrorCode = Schemas['JobErrorCode']
export type JobHandle = Schemas['JobHandle']
export type JobOperation = Schemas['JobOperation']
export type JobStatus = Schemas['JobStatus']
export type ProfileList = Schemas['ProfileList']
export type ProfileStatusName = Schemas['ProfileStatusName']
export type RemixRequest = Schemas['RemixRequest']
export type ValidationErrorItem = Schemas['ValidationErrorItem']
