import { execFileSync } from 'node:child_process'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { junitReport } from '../../../src/verify/report/junit.ts'
import { breach, finding, madeUp } from './made-up.ts'

/** Reads documents by a parser that is not ours, and compares each one's counts with its elements. */
const CHECK = `
import json, sys, xml.etree.ElementTree as ET
for text in json.load(sys.stdin):
    root = ET.fromstring(text.encode('utf-8'))
    for part in [root, *root.findall('testsuite')]:
        for name, tag in {'tests': 'testcase', 'failures': 'failure', 'errors': 'error', 'skipped': 'skipped'}.items():
            counted = len(part.findall('.//' + tag))
            assert part.get(name) == str(counted), (part.get('name'), name, part.get(name), counted)
    print(json.dumps([[part.get(name) for name in ('tests', 'failures', 'errors', 'skipped')] for part in [root]]))
`

/** The counts of each document. */
function counted(documents: readonly string[]): string[][] {
  const stdout = execFileSync('python3', ['-c', CHECK], { input: JSON.stringify(documents), encoding: 'utf8' })
  return stdout
    .trim()
    .split('\n')
    .flatMap((line) => JSON.parse(line) as string[][])
}

const skipped = (findings: readonly ReturnType<typeof finding>[]) => {
  const only = findings.map(({ id }) => id)
  return { only }
}

test('The counts agree with the elements, whatever is expected to fail', () => {
  const findings = [
    finding('poll.shape', 'passed'),
    finding('poll.operation', 'partial', {
      tried: [
        {
          dimension: 'operation',
          of: ['edit', 'remix'],
          values: ['edit'],
          missing: [{ value: 'remix', reason: 'it was slow' }],
        },
      ],
    }),
    finding('poll.scoped', 'failed', { breaches: [breach()] }),
    finding('poll.unknown', 'failed', { breaches: [breach()] }),
    finding('poll.monotonic', 'note', { breaches: [breach({ source: 'choice' })] }),
    finding('poll.failed', 'skipped'),
    finding('poll.timestamps', 'error'),
    finding('idem.absent', 'passed'),
    finding('idem.scoped', 'partial'),
    finding('idem.parallel', 'note', { breaches: [breach({ source: 'choice' })] }),
  ]
  const expectedFailures = ['poll.unknown', 'poll.failed', 'idem.absent', 'idem.scoped', 'idem.parallel']
  const result = madeUp(findings, { ...skipped(findings), expectedFailures })
  const all = String(result.rules.length)
  const leftOut = result.rules.length - findings.length
  // Skipped: poll.unknown, which is known to fail, and poll.failed. Errors: poll.timestamps, and three that do not
  // fail.
  expect(counted([junitReport(result)])).toEqual([[all, '1', '4', String(leftOut + 2)]])
  expect(junitReport(result)).toContain('<system-out>not tried: remix, because it was slow</system-out>')
  expect(junitReport(result)).toContain('idem.scoped is listed as an expected failure, and holds: take it off the list')
})

test('It is well-formed, whatever a body holds', () => {
  const documents: string[] = []
  const texts = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.constantFrom(']]>', '\ufffe\uffff', '\ud800', '\udc00', '\u0000\u001b[31m', '<!--', '"\'&', '\u202e', '\r\n\t'),
  )
  fc.assert(
    fc.property(fc.array(texts, { maxLength: 3 }), texts, (parts, reason) => {
      const seen = parts.join('')
      documents.push(
        junitReport(
          madeUp([
            finding('poll.scoped', 'failed', { breaches: [breach({ seen, expected: seen })] }),
            finding('poll.monotonic', 'note', { breaches: [breach({ seen, source: 'choice' })] }),
            finding('poll.timestamps', 'error', { reason }),
            finding('poll.failed', 'skipped', { reason }),
          ]),
        ),
      )
    }),
    { numRuns: 30 },
  )
  expect(counted(documents)).toHaveLength(documents.length)
})
