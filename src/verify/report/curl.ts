import { quoted } from '../../text/quoted.ts'
import { replayOf, type Step } from './again/replay.ts'
import { optionsOf } from './again/script.ts'
import type { RuleResult, VerifyResult } from './result.ts'
import type { Word } from './shell.ts'

/**
 * A line for a shell that asks again what showed the first breach, and prints the status beside the expected one;
 * `null` where that takes more than one request.
 */
export function curlOf(rule: RuleResult, result: VerifyResult): string | null {
  const [first] = rule.breaches
  const replay = first === undefined ? '' : replayOf(rule, result)
  if (typeof replay === 'string') return null
  const step = replay.steps.find(({ exchange }) => exchange.id === first?.exchange)
  const check = step?.checks[0]?.check
  if (step === undefined || check?.kind !== 'status' || !standsAlone(step)) return null
  const status = quoted(`%{http_code}, expected ${check.wanted.join(' or ')}\\n`)
  return [`curl -sS -g -o /dev/null -w ${status}`, ...optionsOf(step), quoted(step.exchange.request.url)].join(' ')
}

/** It needs nothing of the answer to another request, and no id of its own. */
function standsAlone({ waitsFor, download, url, body }: Step): boolean {
  const isFixed = (word: Word): boolean =>
    word.every((part) => typeof part === 'string' || part.name === 'PHOTA_URL' || part.name === 'origin')
  return waitsFor === null && download === null && isFixed(url) && isFixed(body ?? [])
}
