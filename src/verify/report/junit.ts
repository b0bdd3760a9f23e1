import { visible } from '../../text/printable.ts'
import { chapters } from '../criteria.ts'
import type { RuleResult, VerifyResult } from './result.ts'
import { surpriseOf } from './result-of.ts'
import { untriedText } from './tried.ts'

/** What JUnit calls an outcome, and the element that stands for it. */
interface Outcome {
  readonly kind: 'passed' | 'failure' | 'error' | 'skipped'
  readonly element: string
}

/** `junit.xml`: a suite for each chapter, a case for each rule. */
export function junitReport({ rules, startedAt, durationMs }: VerifyResult): string {
  const cases = rules.map((rule) => ({ rule, outcome: outcomeOf(rule) }))
  const suites = Object.entries(chapters).map(([chapter, title]) => {
    const mine = cases.filter(({ rule }) => rule.chapter === chapter)
    const timeMs = mine.reduce((sum, { rule }) => sum + rule.durationMs, 0)
    return `  <testsuite name="${escaped(title)}" timestamp="${escaped(startedAt)}"${counts(mine)} time="${seconds(timeMs)}">
${mine.map(testCase).join('\n')}
  </testsuite>`
  })
  return `<?xml version="1.0" encoding="UTF-8"?>
<testsuites name="phota-mock verify"${counts(cases)} time="${seconds(durationMs)}">
${suites.join('\n')}
</testsuites>
`
}

/** Counted from the elements, so that they cannot differ from them. */
function counts(cases: readonly { outcome: Outcome }[]): string {
  const count = (kind: Outcome['kind']): number => cases.filter(({ outcome }) => outcome.kind === kind).length
  return ` tests="${cases.length}" failures="${count('failure')}" errors="${count('error')}" skipped="${count('skipped')}"`
}

function testCase({ rule, outcome }: { rule: RuleResult; outcome: Outcome }): string {
  const head = `    <testcase classname="${rule.chapter}" name="${escaped(`${rule.id}: ${rule.text}`)}" time="${seconds(rule.durationMs)}"`
  return outcome.element === '' ? `${head}/>` : `${head}>${outcome.element}</testcase>`
}

function outcomeOf(rule: RuleResult): Outcome {
  const surprise = surpriseOf(rule)
  if (surprise !== null) return { kind: 'error', element: `<error message="${escaped(`${rule.id} ${surprise}`)}"/>` }
  const told = rule.breaches.map(({ expected, seen }) => `expected ${expected}; seen ${seen}`)
  switch (rule.verdict) {
    case 'passed':
      return { kind: 'passed', element: '' }
    case 'partial':
      return { kind: 'passed', element: output(`not tried: ${untriedText(rule.tried)}`) }
    case 'note':
      return { kind: 'passed', element: output(`note: ${told.join('\n')}`) }
    case 'skipped':
      return { kind: 'skipped', element: `<skipped message="${escaped(rule.reason ?? '')}"/>` }
    case 'error':
      return { kind: 'error', element: `<error message="${escaped(rule.reason ?? '')}"/>` }
    case 'failed': {
      const message = told[0] ?? ''
      if (rule.expectedToFail) {
        return { kind: 'skipped', element: `<skipped message="${escaped(`known to fail: ${message}`)}"/>` }
      }
      const again = [rule.again, rule.curl].filter((each) => each !== null).map((each) => `\n${each}`)
      const text = `${told.join('\n')}${again.join('')}`
      return { kind: 'failure', element: `<failure message="${escaped(message)}">${escaped(text)}</failure>` }
    }
    default:
      return rule.verdict satisfies never
  }
}

function output(text: string): string {
  return `<system-out>${escaped(text)}</system-out>`
}

function seconds(ms: number): string {
  return (ms / 1000).toFixed(3)
}

const NAMES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  '\n': '&#10;',
  '\t': '&#9;',
}

/** What XML cannot hold stands as an escape. */
function escaped(text: string): string {
  return visible(text).replace(/[&<>"\n\t]/g, (each) => NAMES[each] ?? each)
}
