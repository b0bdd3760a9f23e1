import '../node/required.ts'

// What `phota-mock/verify` offers. The runner behind the command line is not part of it: vitest itself is the runner
// there.
export { contractSuite } from './contract-suite.ts'
export { type Criterion, criteria } from './criteria.ts'
export type { RuleResult, VerifyResult } from './report/result.ts'
export type { FailingRequest } from './requests.ts'
export type { VerifyOptions } from './settings.ts'
export { UsageProblem } from './usage-problem.ts'
export type { Breach, Check, Finding, Tried, Verdict } from './verdict.ts'
