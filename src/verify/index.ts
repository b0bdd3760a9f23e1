import '../node/required.ts'

// The exports of `phota-mock/verify`. The command's own runner is not among them: here, vitest is the runner.
export { UsageProblem } from '../report/usage-problem.ts'
export type { Verdict } from '../report/verdict.ts'
export { contractSuite } from './contract-suite.ts'
export { type Criterion, criteria } from './criteria.ts'
export type { RuleResult, VerifyResult } from './report/result.ts'
export type { FailingRequest } from './requests.ts'
export type { VerifyOptions } from './settings.ts'
export type { Breach, Check, Finding, Tried } from './verdict.ts'
