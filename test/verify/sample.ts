import { randomInt } from 'node:crypto'

const seed = Number(process.env['PHOTA_SEED'] ?? randomInt(1_000_000))
let isTold = false

/** Some of what takes too long to be tried whole each time: others each time, or those of PHOTA_SEED. */
export function sampleOf<Item>(items: readonly Item[], count: number): readonly Item[] {
  if (!isTold) console.log(`A sample is tried; PHOTA_SEED=${seed} takes the same again.`)
  isTold = true
  return shuffled(items).slice(0, count)
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
