import { LEFT_OUT, outcomeOf } from '../../report/outcome.ts'
import { apiVersion } from '../../spec/index.ts'
import { criteria } from '../criteria.ts'
import type { RunEnd } from '../run-end.ts'
import type { Settings } from '../settings.ts'
import type { Finding } from '../verdict.ts'
import { scriptName, scriptOf } from './again/index.ts'
import { curlOf } from './curl.ts'
import { edition } from './edition.ts'
import { RESULT_VERSION, type RuleResult, type VerifyResult } from './result.ts'

export interface Run {
  readonly settings: Settings
  readonly startedMs: number
  readonly findings: readonly Finding[]
  /** `null` if the run never began. */
  readonly end: RunEnd | null
  readonly problems: readonly string[]
}

/** All that a run has shown. */
export function resultOf({ settings, startedMs, findings, end, problems: given }: Run): VerifyResult {
  const byId = new Map(findings.map((finding) => [finding.id, finding]))
  const exchanges = new Map(findings.flatMap((finding) => finding.exchanges).map((exchange) => [exchange.id, exchange]))
  const rules = criteria.map(({ id, chapter, text, source, section }): RuleResult => {
    const finding = byId.get(id) ?? untried(id, settings)
    return {
      id,
      verdict: finding.verdict,
      chapter,
      text,
      source,
      section,
      reason: finding.reason,
      breaches: finding.breaches,
      tried: finding.tried,
      again: null,
      curl: null,
      exchanges: finding.exchanges.map((exchange) => exchange.id),
      expectedToFail: settings.expectedFailures.includes(id),
      durationMs: finding.durationMs,
    }
  })
  const { exitCode, summary, counts, problems } = outcomeOf(rules, given, edition)
  const finishedMs = Date.now()
  const dues = end?.deferred.map(({ dueMs }) => dueMs) ?? []
  const result: VerifyResult = {
    version: RESULT_VERSION,
    apiVersion,
    target: {
      url: settings.url.href,
      base: end?.base ?? null,
      control: end?.controlUrl ?? null,
      receiver: end?.receiverUrl ?? null,
      retentionMs: settings.retentionMs,
    },
    startedAt: new Date(startedMs).toISOString(),
    finishedAt: new Date(finishedMs).toISOString(),
    durationMs: finishedMs - startedMs,
    exitCode,
    summary,
    counts,
    rules,
    spend: {
      limitMicroUsd: settings.maxSpend,
      spentMicroUsd: end?.spentMicroUsd ?? 0,
      releasedMicroUsd: end?.releasedMicroUsd ?? 0,
      actualMicroUsd: end?.actualMicroUsd ?? null,
    },
    problems,
    deferred:
      dues.length === 0
        ? null
        : {
            rules: end?.deferred.map(({ rule }) => rule) ?? [],
            dueAt: new Date(Math.min(...dues)).toISOString(),
          },
    exchanges: [...exchanges.values()].sort((a, b) => a.id - b.id),
  }
  return { ...result, rules: rules.map((rule) => withAgain(rule, result)) }
}

/** How a breach is shown again takes the exchanges of all rules: the job may be that of another one. */
function withAgain(rule: RuleResult, result: VerifyResult): RuleResult {
  const again = scriptOf(rule, result) === null ? null : scriptName(rule.id)
  return { ...rule, again, curl: again === null ? null : curlOf(rule, result) }
}

function untried(id: string, { isWanted }: Settings): Finding {
  const left = { id, breaches: [], tried: [], exchanges: [], durationMs: 0 }
  if (!isWanted(id)) return { ...left, verdict: 'skipped', reason: LEFT_OUT }
  return { ...left, verdict: 'error', reason: 'the run ended before it was tried' }
}
