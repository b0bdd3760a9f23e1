import { UsageProblem } from '../report/usage-problem.ts'
import type { VerifyResult } from './report/result.ts'
import { resultOf } from './report/result-of.ts'
import { runCases, wantedCases } from './run-cases.ts'
import { endOf, type RunEnd } from './run-end.ts'
import { Session } from './session.ts'
import type { Settings } from './settings.ts'
import type { ExpiringJob } from './ticket.ts'
import type { Finding } from './verdict.ts'

export interface RunOptions {
  /** Called with the finding of each rule, as soon as there is one. */
  readonly progress?: (finding: Finding, done: number, all: number) => void
  /** The job of a ticket, and what was found before. */
  readonly resumed?: {
    readonly jobs: readonly ExpiringJob[]
    readonly findings: readonly Finding[]
    readonly startedMs: number
    readonly spentMicroUsd: number
  }
}

/** The result of a run, and what its ticket is made of. */
export interface CompletedRun {
  readonly result: VerifyResult
  readonly findings: readonly Finding[]
  readonly end: RunEnd
  readonly startedMs: number
}

/**
 * Verifies an implementation: tries every rule that the settings ask for.
 *
 * @throws {UsageProblem} for a target that cannot be verified at all, and if there is no rule to try
 */
export async function run(
  settings: Settings,
  { progress = () => undefined, resumed }: RunOptions = {},
): Promise<CompletedRun> {
  const all = wantedCases(settings).length
  if (all === 0) throw new UsageProblem('--only and --skip leave nothing to try')
  const startedMs = resumed?.startedMs ?? Date.now()
  const session = await Session.open(settings, resumed ? { jobs: resumed.jobs, lastExchange: lastOf(resumed) } : null)
  const findings = [...(resumed?.findings ?? [])]
  try {
    await runCases(session, (finding) => {
      findings.push(finding)
      progress(finding, findings.length - (resumed?.findings.length ?? 0), all)
    })
  } finally {
    await session.close()
  }
  const end = endOf(session, resumed?.spentMicroUsd ?? 0)
  return { result: resultOf({ settings, startedMs, findings, end, problems: [] }), findings, end, startedMs }
}

/** The highest number of an exchange that the report has already. */
function lastOf({ findings }: NonNullable<RunOptions['resumed']>): number {
  return Math.max(0, ...findings.flatMap(({ exchanges }) => exchanges.map(({ id }) => id)))
}
