import '../node/required.ts'

// The exports of `phota-mock/verify`. The command's own runner is not among them: here, vitest is the runner.
export { contractSuite } from './contract-suite.ts'
export { type Criterion, criteria } from './criteria.ts'
export type { RuleResult, VerifyResult } from './report/result.ts'
export type { FailingRequest } from './requests.ts'
export type { VerifyOptions } from './settings.ts'
export { UsageProblem } from './usage-problem.ts'
export type { Breach, Check, Finding, Tried, Verdict } from './verdict.ts'
