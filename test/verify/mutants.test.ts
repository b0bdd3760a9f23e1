import { describe, expect, test, vi } from 'vitest'
import { type Mutant, mutants, tryMutant } from './mutant.ts'
import { sampleOf } from './sample.ts'

vi.setConfig({ testTimeout: 900_000 })

/**
 * `npm run verify:mutants` tries all of them, on all cores. Here some are enough, and none that is slow; after it, as
 * in CI, one.
 */
function some(kind: Mutant['kind'], count: number): readonly Mutant[] {
  const all = mutants.filter((one) => one.kind === kind)
  const wanted = process.env['PHOTA_MUTANTS']
  if (wanted === 'all') return all
  return sampleOf(
    all.filter(({ isSlow }) => !isSlow),
    wanted === 'tried' ? 1 : count,
  )
}

describe.concurrent('The suite names each defect by the rule it breaks, and by no unrelated one', () => {
  test.for(some('defect', 3).map((one) => [one.id, one] as const))('%s', async ([, one], { expect }) => {
    expect((await tryMutant(one)).wrong).toEqual([])
  })
})

describe.concurrent('The suite calls nothing failed that a lawful target does in its own way', () => {
  test.for(some('variant', 1).map((one) => [one.id, one] as const))('%s', async ([, one], { expect }) => {
    expect((await tryMutant(one)).wrong).toEqual([])
  })
})

test('No two mutants of a kind have the same id', () => {
  const names = mutants.map(({ kind, id }) => `${kind} ${id}`)
  expect(new Set(names).size).toBe(names.length)
})
