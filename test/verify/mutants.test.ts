import { randomInt } from 'node:crypto'
import { describe, expect, test, vi } from 'vitest'
import { type Mutant, mutants, tryMutant } from './mutant.ts'

vi.setConfig({ testTimeout: 900_000 })

// `npm run verify:mutants` tries all of them, on all cores. Here some are enough, others each time, and none that is slow.
const SAMPLE = { defect: 12, variant: 6 } as const
const isAll = process.env['PHOTA_MUTANTS'] === 'all'
const seed = Number(process.env['PHOTA_SEED'] ?? randomInt(1_000_000))
if (!isAll) console.log(`A sample of mutants; PHOTA_SEED=${seed} takes the same again, PHOTA_MUTANTS=all takes all.`)

function sampleOf(kind: Mutant['kind']): readonly Mutant[] {
  const all = mutants.filter((one) => one.kind === kind)
  return isAll ? all : shuffled(all.filter(({ isSlow }) => !isSlow)).slice(0, SAMPLE[kind])
}

/** In an order that follows from the seed alone. */
function shuffled<Item>(items: readonly Item[]): Item[] {
  let state = seed
  const next = (): number => {
    // A linear congruential generator, with the constants of Numerical Recipes.
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state
  }
  return items
    .map((item) => ({ item, at: next() }))
    .sort((a, b) => a.at - b.at)
    .map(({ item }) => item)
}

describe.concurrent('The suite names each defect by the rule it breaks, and by no unrelated one', () => {
  test.for(sampleOf('defect').map((one) => [one.id, one] as const))('%s', async ([, one], { expect }) => {
    expect((await tryMutant(one)).wrong).toEqual([])
  })
})

describe.concurrent('The suite calls nothing failed that a lawful target does in its own way', () => {
  test.for(sampleOf('variant').map((one) => [one.id, one] as const))('%s', async ([, one], { expect }) => {
    expect((await tryMutant(one)).wrong).toEqual([])
  })
})

test('No two mutants of a kind have the same id', () => {
  const names = mutants.map(({ kind, id }) => `${kind} ${id}`)
  expect(new Set(names).size).toBe(names.length)
})
