import { runCases } from '../../src/verify/run-cases.ts'
import { Session } from '../../src/verify/session.ts'
import { resolveOptions, type VerifyOptions } from '../../src/verify/settings.ts'
import type { Finding } from '../../src/verify/verdict.ts'
import type { Defect } from './target/defects.ts'
import { startTarget, type TargetOptions } from './target/target.ts'

/** What the suite said of one defect. */
export interface Trial {
  readonly defect: Defect
  /** Rules that it breaks, with the verdict they should have had and did not. */
  readonly missed: readonly Finding[]
  /** Rules that were named, and that it does not break. */
  readonly stray: readonly Finding[]
  readonly named: readonly Finding[]
  readonly isCaught: boolean
}

/** What never comes is waited for in vain, so not for long. */
export const HASTE: Partial<VerifyOptions> = { callbackWaitMs: 300, timeoutMs: 5_000, jobTimeoutMs: 5_000 }
export const PATIENCE: Partial<VerifyOptions> = { callbackWaitMs: 5_000, timeoutMs: 30_000, jobTimeoutMs: 30_000 }

/** All findings of one run against the independent implementation. */
export async function findings(target: TargetOptions, options: Partial<VerifyOptions> = {}): Promise<Finding[]> {
  const { url, close } = await startTarget(target)
  try {
    const session = await Session.open(resolveOptions({ url, ...HASTE, ...options }))
    try {
      return await runCases(session)
    } finally {
      await session.close()
    }
  } finally {
    await close()
  }
}

/**
 * Runs the whole suite against an implementation with this defect; with more patience, if haste brought another
 * verdict.
 */
export async function tryDefect(defect: Defect, options: Partial<VerifyOptions> = {}): Promise<Trial> {
  const trial = judged(defect, await findings({ defect: defect.id }, { ...HASTE, ...options }))
  return trial.isCaught ? trial : judged(defect, await findings({ defect: defect.id }, { ...PATIENCE, ...options }))
}

function judged(defect: Defect, found: readonly Finding[]): Trial {
  const { breaks, also = [], verdict = 'failed' } = defect
  // A note blames nobody.
  const named = found.filter((finding) => finding.verdict === 'failed')
  const missed = found.filter((finding) => breaks.includes(finding.id) && finding.verdict !== verdict)
  const stray = named.filter(({ id }) => !breaks.includes(id) && !also.includes(id))
  return { defect, missed, stray, named, isCaught: missed.length === 0 && stray.length === 0 }
}
