import { expect, test } from 'vitest'
import { historyOf } from '../../src/explain/history.ts'
import { type JudgeOptions, judgeHistory } from '../../src/explain/judge.ts'
import { readRecording } from '../../src/explain/read.ts'
import { rules } from '../../src/spec/index.ts'
import { type Draft, harOf } from './histories/draft.ts'
import { Edit, impossible } from './histories/impossible.ts'
import { lawful } from './histories/lawful.ts'

function judge(drafts: readonly Draft[], options: JudgeOptions = { keyPerAccount: true }) {
  const bytes = new TextEncoder().encode(JSON.stringify(harOf(drafts)))
  return judgeHistory(historyOf([readRecording(bytes, 0)]), options).findings.all
}

test('in a lawful history nothing is impossible, nothing is odd, and only what ended after it is untold', () => {
  const findings = judge(lawful())
  expect(findings.filter(({ kind }) => kind !== 'untold')).toEqual([])
  expect(findings.map(({ rule }) => rule)).toEqual(['poll.succeeded', 'poll.succeeded'])
})

for (const { name, rule, shows, edit } of impossible) {
  test(`${name}: ${rule}, at the exchange that shows it, and nothing else`, () => {
    const drafts = lawful()
    edit(new Edit(drafts))
    drafts.sort((a, b) => a.atMs - b.atMs)
    const found = judge(drafts).filter(({ kind }) => kind === 'impossible')
    expect(found.map((finding) => [finding.rule, drafts[(finding.exchange ?? 0) - 1]?.name])).toEqual([[rule, shows]])
  })
}

test('every history is of a rule that there is, and at least 34 are told apart', () => {
  const ids = rules.map(({ id }) => id)
  expect(impossible.filter(({ rule }) => !ids.includes(rule))).toEqual([])
  expect(new Set(impossible.map(({ name }) => name)).size).toBeGreaterThanOrEqual(34)
})
