import { chapters } from '../criteria.ts'
import type { RuleResult, VerifyResult } from './result.ts'

/** `junit.xml`: a suite for each chapter, a case for each rule. */
export function junitReport(result: VerifyResult): string {
  const suites = Object.keys(chapters).map((chapter) => suite(chapter, result))
  const { counts, durationMs } = result
  return `<?xml version="1.0" encoding="UTF-8"?>
<testsuites name="phota-mock verify" tests="${result.rules.length}" failures="${counts.failed}" errors="${counts.error}" skipped="${counts.skipped}" time="${seconds(durationMs)}">
${suites.join('\n')}
</testsuites>
`
}

function suite(chapter: string, { rules, startedAt }: VerifyResult): string {
  const mine = rules.filter((rule) => rule.chapter === chapter)
  const count = (verdict: string): number => mine.filter((rule) => rule.verdict === verdict).length
  const time = mine.reduce((sum, { durationMs }) => sum + durationMs, 0)
  return `  <testsuite name="${escaped(chapters[chapter] ?? chapter)}" timestamp="${startedAt}" tests="${mine.length}" failures="${count('failed')}" errors="${count('error')}" skipped="${count('skipped')}" time="${seconds(time)}">
${mine.map(testCase).join('\n')}
  </testsuite>`
}

function testCase(rule: RuleResult): string {
  const head = `    <testcase classname="${rule.chapter}" name="${escaped(`${rule.id}: ${rule.text}`)}" time="${seconds(rule.durationMs)}"`
  const inside = insideOf(rule)
  return inside === '' ? `${head}/>` : `${head}>${inside}</testcase>`
}

function insideOf(rule: RuleResult): string {
  const told = rule.breaches.map(({ expected, seen }) => `expected ${expected}; seen ${seen}`)
  switch (rule.verdict) {
    case 'passed':
    case 'partial':
      return ''
    case 'skipped':
      return `<skipped message="${escaped(rule.reason ?? '')}"/>`
    case 'error':
      return `<error message="${escaped(rule.reason ?? '')}"/>`
    case 'note':
      return `<system-out>${escaped(`note: ${told.join('\n')}`)}</system-out>`
    case 'failed': {
      if (rule.expectedToFail) return `<skipped message="${escaped(`known to fail: ${told[0] ?? ''}`)}"/>`
      const again = rule.curl === null ? '' : `\n${rule.curl}`
      return `<failure message="${escaped(told[0] ?? '')}">${escaped(`${told.join('\n')}${again}`)}</failure>`
    }
    default:
      return rule.verdict satisfies never
  }
}

function seconds(ms: number): string {
  return (ms / 1000).toFixed(3)
}

const NAMES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', '\n': '&#10;' }

function escaped(text: string): string {
  // Control characters cannot stand in XML at all.
  const clean = [...text].filter((each) => each === '\n' || each === '\t' || each >= ' ').join('')
  return clean.replace(/[&<>"\n]/g, (each) => NAMES[each] ?? each)
}
