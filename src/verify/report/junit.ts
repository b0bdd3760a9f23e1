import { chapters } from '../criteria.ts'
import { type Content, joined, type Markup, xml } from './markup.ts'
import type { RuleResult, VerifyResult } from './result.ts'
import { surpriseOf } from './result-of.ts'
import { untriedText } from './tried.ts'

/** What JUnit calls an outcome, and the element that stands for it; empty for a rule that passed without a word. */
interface Outcome {
  readonly kind: 'passed' | 'failure' | 'error' | 'skipped'
  readonly element: Content
}

interface Tested {
  readonly rule: RuleResult
  readonly outcome: Outcome
}

/** `junit.xml`: a suite for each chapter, a case for each rule. */
export function junitReport({ rules, startedAt, durationMs }: VerifyResult): string {
  const cases = rules.map((rule) => ({ rule, outcome: outcomeOf(rule) }))
  const suites = Object.entries(chapters).map(([chapter, title]) => {
    const mine = cases.filter(({ rule }) => rule.chapter === chapter)
    const time = seconds(mine.reduce((sum, { rule }) => sum + rule.durationMs, 0))
    return xml`  <testsuite name="${title}" timestamp="${startedAt}"${counts(mine)} time="${time}">
${joined(mine.map(testCase), '\n')}
  </testsuite>`
  })
  return xml`<?xml version="1.0" encoding="UTF-8"?>
<testsuites name="phota-mock verify"${counts(cases)} time="${seconds(durationMs)}">
${joined(suites, '\n')}
</testsuites>
`.source
}

/** Counted from the elements, so that they cannot differ from them. */
function counts(cases: readonly Tested[]): Markup {
  const count = (kind: Outcome['kind']): number => cases.filter(({ outcome }) => outcome.kind === kind).length
  const [failures, errors, skipped] = [count('failure'), count('error'), count('skipped')]
  return xml` tests="${cases.length}" failures="${failures}" errors="${errors}" skipped="${skipped}"`
}

function testCase({ rule: { chapter, id, text, durationMs }, outcome: { element } }: Tested): Markup {
  const head = xml`    <testcase classname="${chapter}" name="${id}: ${text}" time="${seconds(durationMs)}"`
  return element === '' ? xml`${head}/>` : xml`${head}>${element}</testcase>`
}

function outcomeOf(rule: RuleResult): Outcome {
  const surprise = surpriseOf(rule)
  if (surprise !== null) return { kind: 'error', element: xml`<error message="${rule.id} ${surprise}"/>` }
  const told = rule.breaches.map(({ expected, seen }) => `expected ${expected}; seen ${seen}`)
  switch (rule.verdict) {
    case 'passed':
      return { kind: 'passed', element: '' }
    case 'partial':
      return { kind: 'passed', element: output(`not tried: ${untriedText(rule.tried)}`) }
    case 'note':
      return { kind: 'passed', element: output(`note: ${told.join('\n')}`) }
    case 'skipped':
      return { kind: 'skipped', element: xml`<skipped message="${rule.reason ?? ''}"/>` }
    case 'error':
      return { kind: 'error', element: xml`<error message="${rule.reason ?? ''}"/>` }
    case 'failed': {
      const message = told[0] ?? ''
      if (rule.expectedToFail) {
        return { kind: 'skipped', element: xml`<skipped message="known to fail: ${message}"/>` }
      }
      const again = [rule.again, rule.curl].filter((each) => each !== null)
      const text = [...told, ...again].join('\n')
      return { kind: 'failure', element: xml`<failure message="${message}">${text}</failure>` }
    }
    default:
      return rule.verdict satisfies never
  }
}

function output(text: string): Markup {
  return xml`<system-out>${text}</system-out>`
}

function seconds(ms: number): string {
  return (ms / 1000).toFixed(3)
}
