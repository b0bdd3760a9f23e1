import { htmlReport as htmlOf } from '../../report/html.ts'
import { edition } from './edition.ts'
import type { VerifyResult } from './result.ts'
import { spendText } from './terminal.ts'

/** `report.html` of a run. */
export function htmlReport(result: VerifyResult): string {
  const { target, rules, apiVersion } = result
  return htmlOf(
    {
      ...result,
      title: target.url,
      heading: target.base ?? target.url,
      facts: factsOf(result),
      items: rules,
      footer: `The rules are those of API version ${apiVersion}.`,
    },
    edition,
  )
}

function factsOf({ target, spend, deferred, durationMs, startedAt }: VerifyResult): string[] {
  return [
    target.control === null ? 'without a control API' : `control API ${target.control}`,
    target.receiver === null ? 'no callbacks received' : `callbacks to ${target.receiver}`,
    spendText(spend),
    ...(deferred === null ? [] : [`${deferred.rules.join(', ')} to be seen from ${deferred.dueAt} on`]),
    `${(durationMs / 1000).toFixed(1)} s`,
    startedAt,
  ]
}
