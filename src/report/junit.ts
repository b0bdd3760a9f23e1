import type { Edition } from './edition.ts'
import { type Content, joined, type Markup, xml } from './markup.ts'
import { surpriseOf } from './outcome.ts'
import type { Judged } from './verdict.ts'

/** What a run has shown, as the JUnit report takes it. */
export interface JunitText<Item extends Judged> {
  readonly items: readonly Item[]
  readonly startedAt: string
  readonly durationMs: number
}

/** What JUnit calls an outcome, and the element that stands for it; empty for an item that passed without a word. */
interface Outcome {
  readonly kind: 'passed' | 'failure' | 'error' | 'skipped'
  readonly element: Content
}

interface Tested {
  readonly item: Judged
  readonly outcome: Outcome
}

/** `junit.xml`: a suite for each chapter, a case for each item. */
export function junitReport<Item extends Judged>(
  { items, startedAt, durationMs }: JunitText<Item>,
  edition: Edition<Item>,
): string {
  const cases = items.map((item) => ({ item, outcome: outcomeOf(item, edition) }))
  const suites = Object.entries(edition.chapters).map(([chapter, title]) => {
    const mine = cases.filter(({ item }) => item.chapter === chapter)
    const time = seconds(mine.reduce((sum, { item }) => sum + item.durationMs, 0))
    return xml`  <testsuite name="${title}" timestamp="${startedAt}"${counts(mine)} time="${time}">
${joined(mine.map(testCase), '\n')}
  </testsuite>`
  })
  return xml`<?xml version="1.0" encoding="UTF-8"?>
<testsuites name="${edition.command}"${counts(cases)} time="${seconds(durationMs)}">
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

function testCase({ item: { chapter, id, text, durationMs }, outcome: { element } }: Tested): Markup {
  const head = xml`    <testcase classname="${chapter}" name="${id}: ${text}" time="${seconds(durationMs)}"`
  return element === '' ? xml`${head}/>` : xml`${head}>${element}</testcase>`
}

function outcomeOf<Item extends Judged>(item: Item, edition: Edition<Item>): Outcome {
  const surprise = surpriseOf(item)
  if (surprise !== null) return { kind: 'error', element: xml`<error message="${item.id} ${surprise}"/>` }
  const told = item.breaches.map(({ expected, seen }) => `expected ${expected}; seen ${seen}`)
  switch (item.verdict) {
    case 'passed':
      return { kind: 'passed', element: '' }
    case 'partial':
      return { kind: 'passed', element: output(edition.untried(item)) }
    case 'note':
      return { kind: 'passed', element: output(`note: ${told.join('\n')}`) }
    case 'skipped':
      return { kind: 'skipped', element: xml`<skipped message="${item.reason ?? ''}"/>` }
    case 'error':
      return { kind: 'error', element: xml`<error message="${item.reason ?? ''}"/>` }
    case 'failed': {
      const message = told[0] ?? ''
      if (item.expectedToFail) {
        return { kind: 'skipped', element: xml`<skipped message="known to fail: ${message}"/>` }
      }
      const text = [...told, ...edition.footnotes(item)].join('\n')
      return { kind: 'failure', element: xml`<failure message="${message}">${text}</failure>` }
    }
    default:
      return item.verdict satisfies never
  }
}

function output(text: string): Markup {
  return xml`<system-out>${text}</system-out>`
}

function seconds(ms: number): string {
  return (ms / 1000).toFixed(3)
}
