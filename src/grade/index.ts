import '../node/required.ts'

// The exports of `phota-mock/grade`. The command's own runner is not among them: here, a function is what is graded.
export type { ExchangeRecord } from '../report/exchange-record.ts'
export { UsageProblem } from '../report/usage-problem.ts'
export type { Breach, Verdict } from '../report/verdict.ts'
export { type GradedFunction, type GradeSurroundings, grade } from './grade.ts'
export { type Habit, habits } from './habits.ts'
export type { GradeResult, HabitResult, RoundResult } from './result.ts'
export type { GradeOptions } from './settings.ts'
