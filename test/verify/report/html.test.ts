import { expect, test } from 'vitest'
import { htmlReport } from '../../../src/verify/report/html.ts'
import { breach, exchange, finding, madeUp } from './made-up.ts'

test('Nothing of a target is markup in the report', () => {
  const nasty = '</pre><script>alert(1)</script><img src=x onerror=alert(1)>" onclick="\u0000\u202e`<b>`'
  const shown = exchange({
    request: { url: `http://x/${nasty}` },
    response: { body: nasty, headers: { [nasty]: nasty } },
  })
  const html = htmlReport(
    madeUp([
      finding('poll.scoped', 'failed', {
        breaches: [breach({ expected: nasty, seen: nasty, exchange: 1 })],
        exchanges: [shown],
      }),
      finding('poll.timestamps', 'error', { reason: nasty }),
      finding('poll.failed', 'partial', {
        tried: [{ dimension: nasty, of: [nasty], values: [], missing: [{ value: nasty, reason: nasty }] }],
      }),
    ]),
  )
  expect(html.match(/<script/g)).toHaveLength(1)
  for (const part of ['<img', '<b>`', '" onclick="', '\u0000', '\u202e']) expect(html).not.toContain(part)
})

test('What did not hold stands by what became of it, and each rule tells what it was tried over', () => {
  const html = htmlReport(
    madeUp(
      [
        finding('poll.scoped', 'failed', { breaches: [breach(), breach({ source: 'reference' })] }),
        finding('poll.unknown', 'failed', { breaches: [breach()] }),
        finding('poll.timestamps', 'error'),
        finding('poll.monotonic', 'note', { breaches: [breach({ source: 'choice' })] }),
        finding('poll.failed', 'partial', {
          tried: [
            { dimension: 'operation', of: ['a', 'b'], values: ['a'], missing: [{ value: 'b', reason: 'of this' }] },
          ],
        }),
        finding('poll.shape', 'passed', { tried: [{ dimension: 'account', of: ['c'], values: ['c'], missing: [] }] }),
      ],
      { only: ['poll'], expectedFailures: ['poll.unknown'] },
    ),
  )
  const titles = [...html.matchAll(/<h2>([^<]+)/g)].map(([, title]) => title?.trim())
  expect(titles.slice(0, 5)).toEqual([
    'Broken (new)',
    'Broken, and known',
    'Could not be judged',
    'Holds in part',
    'Different, where the API leaves it open',
  ])
  expect(html).toContain('From the API reference.')
  expect(html).toContain('<li>1 of 2 operations <small>a</small></li><li>not tried: b, because of this</li>')
  expect(html).toContain('<li>1 of 1 accounts <small>c</small></li>')
})
