import type { RuleResult, VerifyResult } from '../result.ts'
import { replayOf } from './replay.ts'
import { replayScript } from './script.ts'
import { verifyScript } from './verify-script.ts'

/** Where the script of a rule lies in the report's folder. */
export function scriptName(id: string): string {
  return `again/${id}.sh`
}

/**
 * The script that shows a breach again; `null` if there is none to show.
 *
 * A note gets one only where requests alone show it.
 */
export function scriptOf(rule: RuleResult, result: VerifyResult): string | null {
  if (rule.breaches.length === 0 || (rule.verdict !== 'failed' && rule.verdict !== 'note')) return null
  const replay = replayOf(rule, result)
  if (typeof replay !== 'string') return replayScript(rule, replay)
  return rule.verdict === 'failed' ? verifyScript(rule, result, replay) : null
}
