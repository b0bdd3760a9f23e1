import { apiVersion } from '../../spec/index.ts'
import { criteria } from '../criteria.ts'
import type { RunEnd } from '../run-end.ts'
import type { Settings } from '../settings.ts'
import { type Finding, VERDICTS, type Verdict } from '../verdict.ts'
import { scriptName, scriptOf } from './again/index.ts'
import { curlOf } from './curl.ts'
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
  const problems = [...given, ...surprises(rules)]
  const exitCode = exitCodeOf(rules, problems)
  const counts = countsOf(rules)
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
    summary: summaryOf(rules, counts, problems),
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

/** The reason of a rule that was not to be tried. */
export const LEFT_OUT = 'it was left out by --only or --skip'

function untried(id: string, { isWanted }: Settings): Finding {
  const left = { id, breaches: [], tried: [], exchanges: [], durationMs: 0 }
  if (!isWanted(id)) return { ...left, verdict: 'skipped', reason: LEFT_OUT }
  return { ...left, verdict: 'error', reason: 'the run ended before it was tried' }
}

function surprises(rules: readonly RuleResult[]): string[] {
  return rules.flatMap((rule) => {
    const surprise = surpriseOf(rule)
    return surprise === null ? [] : [`${rule.id} ${surprise}`]
  })
}

/** What is wrong with its entry in the list of expected failures; `null` if nothing is. */
export function surpriseOf({ expectedToFail, verdict }: Pick<RuleResult, 'expectedToFail' | 'verdict'>): string | null {
  if (!expectedToFail) return null
  switch (verdict) {
    case 'passed':
    case 'partial':
      return 'is listed as an expected failure, and holds: take it off the list'
    case 'note':
      return 'is listed as an expected failure, and is not failed any more: take it off the list'
    // Nothing is known of what was not tried.
    case 'skipped':
    case 'error':
    case 'failed':
      return null
    default:
      return verdict satisfies never
  }
}

function exitCodeOf(rules: readonly RuleResult[], problems: readonly string[]): 0 | 1 | 2 {
  if (rules.some(({ verdict, expectedToFail }) => verdict === 'failed' && !expectedToFail)) return 1
  return problems.length > 0 || rules.some(({ verdict }) => verdict === 'error') ? 2 : 0
}

function countsOf(rules: readonly RuleResult[]): Record<Verdict, number> {
  const counts = Object.fromEntries(VERDICTS.map((verdict) => [verdict, 0])) as Record<Verdict, number>
  for (const { verdict } of rules) counts[verdict] += 1
  return counts
}

function summaryOf(rules: readonly RuleResult[], counts: Record<Verdict, number>, problems: readonly string[]): string {
  const failed = rules.filter(({ verdict, expectedToFail }) => verdict === 'failed' && !expectedToFail)
  const known = counts.failed - failed.length
  if (failed.length > 0) {
    const more = known > 0 ? `; ${known} more ${known === 1 ? 'is' : 'are'} known to fail` : ''
    return (
      `${failed.length} of ${rules.length} rules ${failed.length === 1 ? 'is' : 'are'} broken: ` +
      `${failed.map(({ id }) => id).join(', ')}${more}.`
    )
  }
  const [problem] = problems
  if (problem !== undefined) return `Could not judge: ${problem}.`
  if (counts.error > 0)
    return (
      `Nothing ${known > 0 ? 'new ' : ''}was found broken, ` +
      `but ${counts.error} of ${rules.length} rules could not be judged.`
    )
  const but = known > 0 ? ` but for ${known} known to fail` : ''
  const were = (count: number): string => `${count} ${count === 1 ? 'was' : 'were'}`
  const parts = [
    `${counts.passed + counts.partial} of ${rules.length} rules hold`,
    ...(counts.partial > 0 ? [`${counts.partial} of them only in part`] : []),
    ...(counts.note > 0
      ? [`${counts.note} ${counts.note === 1 ? 'differs' : 'differ'} where the API leaves it open`]
      : []),
    ...(counts.skipped > 0 ? [`${were(counts.skipped)} not tried`] : []),
  ]
  return `Nothing is broken${but}: ${parts.join(', ')}.`
}
