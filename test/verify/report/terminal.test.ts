import { expect, test } from 'vitest'
import { plain } from '../../../src/report/paint.ts'
import { terminalReport } from '../../../src/verify/report/terminal.ts'
import type { Tried } from '../../../src/verify/verdict.ts'
import { breach, exchange, finding, madeUp } from './made-up.ts'

const half: Tried[] = [
  { dimension: 'operation', of: ['edit', 'remix'], values: ['edit', 'remix'], missing: [] },
  {
    dimension: 'account',
    of: ['first account', 'second account'],
    values: ['first account'],
    missing: [{ value: 'second account', reason: 'it needs a key of a second account (--other-key)' }],
  },
]

test('New failures stand before known ones, those before errors, those before notes, those before what holds in part', () => {
  const findings = [
    finding('poll.unknown', 'failed', { breaches: [breach()] }),
    finding('poll.scoped', 'failed', { breaches: [breach()] }),
    finding('poll.timestamps', 'error'),
    finding('poll.monotonic', 'note', { breaches: [breach({ source: 'choice' })] }),
    finding('poll.failed', 'partial', { tried: half }),
    finding('poll.shape', 'partial', { tried: half }),
    finding('poll.operation', 'skipped'),
  ]
  const result = madeUp(findings, { only: findings.map(({ id }) => id), expectedFailures: ['poll.unknown'] })
  const report = terminalReport(result, plain)
  const verdicts = report.split('\n').filter((line) => /^[✗!≈◐–] /.test(line))
  expect(verdicts).toEqual([
    expect.stringMatching(/^✗ poll\.scoped {2}/),
    expect.stringMatching(/^✗ poll\.unknown {2}.*\(known to fail\)/),
    '! poll.timestamps  could not be judged: of something',
    '≈ poll.monotonic  differs where the API leaves it open',
    '◐ poll.shape, poll.failed  2 of 2 operations, 1 of 2 accounts; not tried: second account, because it',
    '– skipped, because of something: poll.operation',
    expect.stringMatching(/^– skipped, because left out by --only or --skip: \d+ rules$/),
  ])
  expect(report).toContain('\n  needs a key of a second account (--other-key)\n')
  expect(result.summary).toMatch(/^1 of \d+ rules is broken: poll\.scoped; 1 more is known to fail\.$/)
})

test('What holds in part holds, and the summary says so', () => {
  const findings = [finding('poll.failed', 'partial', { tried: half }), finding('poll.shape', 'passed')]
  const result = madeUp(findings, { only: ['poll.failed', 'poll.shape'] })
  const { length } = result.rules
  expect(result.summary).toBe(
    `Nothing is broken: 2 of ${length} rules hold, 1 of them only in part, ${length - 2} were not tried.`,
  )
  expect(result.exitCode).toBe(0)
})

test.for([
  ['passed', 'and holds: take it off the list'],
  ['partial', 'and holds: take it off the list'],
  ['note', 'and is not failed any more: take it off the list'],
] as const)('An expected failure that is %s is an error', ([verdict, sentence]) => {
  const breaches = verdict === 'note' ? [breach({ source: 'choice' })] : []
  const found = [finding('poll.shape', verdict, { breaches })]
  const result = madeUp(found, { only: ['poll.shape'], expectedFailures: ['poll.shape'] })
  expect(result.problems).toEqual([`poll.shape is listed as an expected failure, ${sentence}`])
  expect(result.exitCode).toBe(2)
})

test('An expected failure that was skipped says nothing', () => {
  const result = madeUp([finding('poll.shape', 'skipped')], { only: ['poll.shape'], expectedFailures: ['poll.shape'] })
  expect([result.problems, result.exitCode]).toEqual([[], 0])
})

test('Each breach has its own source', () => {
  const breaches = [
    breach({ expected: 'one' }),
    breach({ expected: 'two', source: 'reference' }),
    breach({ expected: 'three' }),
  ]
  const report = terminalReport(madeUp([finding('poll.scoped', 'failed', { breaches })]), plain)
  const lines = report.split('\n').filter((line) => /^ {4}(from|expected) /.test(line))
  expect(lines).toEqual([
    '    from      the API’s guide to asynchronous requests, Errors',
    '    expected  one',
    '    expected  three',
    '    from      the API reference',
    '    expected  two',
  ])
})

test('Nothing of a target reaches the terminal but what is printable, in 100 columns', () => {
  const nasty =
    `\u001b[2J\u009b31m\u202e'; touch /tmp/pwned; '$(touch /tmp/pwned)\`\r\nx ` +
    `${'long '.repeat(80)}${'y'.repeat(300)}`
  const shown = exchange({ response: { status: 500, body: nasty, headers: { 'x-request-id': nasty } } })
  const result = madeUp([
    finding('poll.scoped', 'failed', {
      breaches: [breach({ expected: nasty, seen: nasty, exchange: 1 })],
      exchanges: [shown],
    }),
    finding('poll.monotonic', 'note', { breaches: [breach({ seen: nasty, source: 'choice' })] }),
    finding('poll.timestamps', 'error', { reason: nasty }),
    finding('poll.failed', 'skipped', { reason: nasty }),
  ])
  const report = terminalReport(result, plain)
  expect(report.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\u202a-\u202e]/u)
  expect(report).toContain('\\x1b[2J')
  for (const line of report.split('\n')) expect([...line].length).toBeLessThanOrEqual(100)
})

test('What was spent is told by the price list, the limit, the releases and the ledger', () => {
  const result = madeUp([], { maxSpendMicroUsd: 5_000_000 })
  const spent = (actualMicroUsd: number | null) =>
    terminalReport({ ...result, spend: { ...result.spend, actualMicroUsd } }, plain).replaceAll('\n', ' ')
  expect(spent(null)).toContain(
    'Spent up to $1.20 by the price list, of $5.00 allowed; $0.30 reserved for requests that were refused, and ' +
      'released; no ledger to read.',
  )
  expect(spent(1_100_000)).toContain('$1.10 by the ledger, of accounts made for this run.')
})
