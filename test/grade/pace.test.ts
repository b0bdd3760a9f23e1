import { expect, test } from 'vitest'
import type { Exchange } from '../../src/grade/exchange.ts'
import { isEven, paceOf } from '../../src/grade/pace.ts'

/** Polls of one job with so many ms between them. */
function polls(gapsMs: readonly number[]): Exchange[] {
  let atMs = 0
  return [0, ...gapsMs].map((gapMs, id) => {
    atMs += gapMs
    return { id, atMs, kind: 'poll', jobId: 'a', told: 'running', problem: null } as Exchange
  })
}

const repeated = (ms: number, times: number): number[] => Array.from({ length: times }, () => ms)

test.for<[what: string, gapsMs: number[], want: { hasGrown: boolean; isEven: boolean; isSeen: boolean }]>([
  ['grows by half', [1_000, 1_500, 2_250, 3_400], { hasGrown: true, isEven: false, isSeen: true }],
  ['grows by half, with two gaps seen', [1_000, 1_500], { hasGrown: false, isEven: false, isSeen: false }],
  ['a second, for ten seconds', repeated(1_000, 10), { hasGrown: false, isEven: false, isSeen: false }],
  ['a second, for fifteen', repeated(1_000, 15), { hasGrown: false, isEven: true, isSeen: true }],
  [
    'a second for ten seconds, then slower',
    [...repeated(1_000, 10), 2_000, 4_000],
    { hasGrown: true, isEven: false, isSeen: true },
  ],
  ['five seconds each', repeated(5_000, 4), { hasGrown: false, isEven: true, isSeen: true }],
  ['twenty seconds, once', [20_000], { hasGrown: false, isEven: false, isSeen: false }],
  ['a second with jitter', [900, 1_100, 950, 1_080, 1_010], { hasGrown: false, isEven: false, isSeen: false }],
  ['quick, and even', repeated(100, 150), { hasGrown: false, isEven: true, isSeen: true }],
])('%s', ([, gapsMs, want], { expect }) => {
  const { paces, isSeen } = paceOf(polls(gapsMs))
  const [pace] = paces
  expect({ hasGrown: pace?.hasGrown, isEven: pace && isEven(pace), isSeen }).toEqual(want)
})

test('Of two jobs, enough is seen when it is seen of both', () => {
  const grown = polls([1_000, 1_500, 2_250, 3_400])
  const other = polls([1_000, 1_000]).map((poll) => ({ ...poll, jobId: 'b' }))
  expect(paceOf(grown).isSeen).toBe(true)
  expect(paceOf([...grown, ...other]).isSeen).toBe(false)
})
